package dev.cardinal.cpu.onednn.binding;

import java.util.List;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.global.dnnl;

/** Attributes of a primitive: scratch memory given by us, the arithmetic, and what is applied to the result. */
final class Attributes implements AutoCloseable {
  final dnnl_primitive_attr handle = new dnnl_primitive_attr();

  private Attributes() {
    OneDnn.check(dnnl.dnnl_primitive_attr_create(handle), "attributes");
    OneDnn.check(dnnl.dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl.dnnl_scratchpad_mode_user), "attributes");
  }

  static Attributes plain() {
    return new Attributes();
  }

  /**
   * For convolutions and matrix products, followed by a function if {@code then} is not {@code null}.
   *
   * @param reduced whether float32 operands may be rounded to bfloat16 for the matrix units
   */
  static Attributes product(Elementwise then, boolean reduced) {
    Attributes a = new Attributes();
    if (reduced) {
      OneDnn.check(dnnl.dnnl_primitive_attr_set_fpmath_mode(a.handle, dnnl.dnnl_fpmath_mode_bf16), "attributes");
    }
    a.append(then);
    return a;
  }

  /** For convolutions. A trial has other attributes, so that the library's cache of kernels, which forgets which of several implementations it holds, takes neither for the other. */
  static Attributes convolution(Elementwise then, ConvShape s) {
    Attributes a = product(then, s.reduced());
    if (s.trial()) {
      OneDnn.check(dnnl.dnnl_primitive_attr_set_scratchpad_mode(a.handle, dnnl.dnnl_scratchpad_mode_library), "attributes");
    }
    return a;
  }

  static Attributes followedBy(Elementwise then) {
    Attributes a = new Attributes();
    a.append(then);
    return a;
  }

  /** The result first multiplied by {@code scale}, then increased by each of {@code summands}, all of which may be repeated along axes, then followed by a function unless that is {@code null}. */
  static Attributes scaled(MemoryDesc scale, List<MemoryDesc> summands, Elementwise then) {
    Attributes a = new Attributes();
    dnnl_post_ops ops = new dnnl_post_ops();
    OneDnn.check(dnnl.dnnl_post_ops_create(ops), "attributes");
    OneDnn.check(dnnl.dnnl_post_ops_append_binary(ops, dnnl.dnnl_binary_mul, scale.handle), "attributes");
    for (MemoryDesc s : summands) {
      OneDnn.check(dnnl.dnnl_post_ops_append_binary(ops, dnnl.dnnl_binary_add, s.handle), "attributes");
    }
    a.set(ops, then);
    return a;
  }

  private void append(Elementwise then) {
    if (then == null) {
      return;
    }
    dnnl_post_ops ops = new dnnl_post_ops();
    OneDnn.check(dnnl.dnnl_post_ops_create(ops), "attributes");
    set(ops, then);
  }

  private void set(dnnl_post_ops ops, Elementwise then) {
    if (then != null) {
      OneDnn.check(dnnl.dnnl_post_ops_append_eltwise(ops, then.algorithm(), then.alpha(), then.beta()), "attributes");
    }
    OneDnn.check(dnnl.dnnl_primitive_attr_set_post_ops(handle, ops), "attributes");
    dnnl.dnnl_post_ops_destroy(ops);
  }

  @Override
  public void close() {
    dnnl.dnnl_primitive_attr_destroy(handle);
  }
}
