package dev.cardinal.cpu.onednn.binding;

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

  /** The source multiplied by factors, one for each place along the first {@code axes} axes together. */
  static Attributes scaledBy(int axes) {
    Attributes a = new Attributes();
    OneDnn.check(dnnl.dnnl_primitive_attr_set_scales_mask(a.handle, dnnl.DNNL_ARG_SRC, (1 << axes) - 1), "attributes");
    return a;
  }

  static Attributes plain() {
    return new Attributes();
  }

  /**
   * For convolutions and matrix products.
   *
   * @param reduced whether float32 operands may be rounded to bfloat16 for the matrix units
   */
  static Attributes product(Following following, boolean reduced) {
    Attributes a = new Attributes();
    if (reduced) {
      OneDnn.check(dnnl.dnnl_primitive_attr_set_fpmath_mode(a.handle, dnnl.dnnl_fpmath_mode_bf16), "attributes");
    }
    a.append(following);
    return a;
  }

  /** For convolutions. A trial has other attributes, so that the library's cache of kernels, which forgets which of several implementations it holds, takes neither for the other. */
  static Attributes convolution(Following following, ConvShape s) {
    Attributes a = product(following, s.reduced());
    if (s.trial()) {
      OneDnn.check(dnnl.dnnl_primitive_attr_set_scratchpad_mode(a.handle, dnnl.dnnl_scratchpad_mode_library), "attributes");
    }
    return a;
  }

  static Attributes followedBy(Following following) {
    Attributes a = new Attributes();
    a.append(following);
    return a;
  }

  private void append(Following f) {
    if (f.channels() == null && f.residual() == null && f.then() == null) {
      return;
    }
    dnnl_post_ops ops = new dnnl_post_ops();
    OneDnn.check(dnnl.dnnl_post_ops_create(ops), "attributes");
    if (f.channels() != null) {
      OneDnn.check(dnnl.dnnl_post_ops_append_binary(ops, dnnl.dnnl_binary_mul, f.channels().handle), "attributes");
      OneDnn.check(dnnl.dnnl_post_ops_append_binary(ops, dnnl.dnnl_binary_add, f.channels().handle), "attributes");
    }
    if (f.residual() != null) {
      OneDnn.check(dnnl.dnnl_post_ops_append_binary(ops, dnnl.dnnl_binary_add, f.residual().handle), "attributes");
    }
    if (f.then() != null) {
      OneDnn.check(dnnl.dnnl_post_ops_append_eltwise(ops, f.then().algorithm(), f.then().alpha(), f.then().beta()), "attributes");
    }
    OneDnn.check(dnnl.dnnl_primitive_attr_set_post_ops(handle, ops), "attributes");
    dnnl.dnnl_post_ops_destroy(ops);
  }

  @Override
  public void close() {
    dnnl.dnnl_primitive_attr_destroy(handle);
  }
}
