package dev.cardinal.cpu.onednn.binding;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.global.dnnl;

/** A oneDNN memory descriptor, of float32 elements unless it says otherwise: logical sizes and a physical layout. */
public final class MemoryDesc implements AutoCloseable {
  final dnnl_memory_desc handle;
  private boolean closed;

  private MemoryDesc(dnnl_memory_desc handle) {
    this.handle = handle;
  }

  /** A layout given by strides in elements. */
  public static MemoryDesc strided(long[] dims, long[] strides) {
    dnnl_memory_desc m = new dnnl_memory_desc();
    OneDnn.check(dnnl.dnnl_memory_desc_create_with_strides(m, dims.length, dims, dnnl.dnnl_f32, strides), "a memory descriptor");
    return new MemoryDesc(m);
  }

  /** The same layout in bfloat16. */
  public static MemoryDesc reduced(long[] dims, long[] strides) {
    dnnl_memory_desc m = new dnnl_memory_desc();
    OneDnn.check(dnnl.dnnl_memory_desc_create_with_strides(m, dims.length, dims, dnnl.dnnl_bf16, strides), "a memory descriptor");
    return new MemoryDesc(m);
  }

  /** Elements of bfloat16 on a line. */
  public static MemoryDesc reducedLine(long count) {
    return reduced(new long[] {count}, new long[] {1});
  }

  /** Row-major. */
  public static MemoryDesc rowMajor(long... dims) {
    return strided(dims, rowMajorStrides(dims));
  }

  /** Row-major strides; sizes of 0 and 1 count as 1. */
  public static long[] rowMajorStrides(long... dims) {
    long[] s = new long[dims.length];
    long step = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      s[i] = step;
      step *= Math.max(1, dims[i]);
    }
    return s;
  }

  /** A layout left to the primitive. */
  public static MemoryDesc any(long... dims) {
    dnnl_memory_desc m = new dnnl_memory_desc();
    OneDnn.check(dnnl.dnnl_memory_desc_create_with_tag(m, dims.length, dims, dnnl.dnnl_f32, dnnl.dnnl_format_tag_any), "a memory descriptor");
    return new MemoryDesc(m);
  }

  /** A bfloat16 layout left to the primitive. */
  public static MemoryDesc reducedAny(long... dims) {
    dnnl_memory_desc m = new dnnl_memory_desc();
    OneDnn.check(dnnl.dnnl_memory_desc_create_with_tag(m, dims.length, dims, dnnl.dnnl_bf16, dnnl.dnnl_format_tag_any), "a memory descriptor");
    return new MemoryDesc(m);
  }

  /** A box of a larger tensor, with the larger one's address. */
  public static MemoryDesc box(MemoryDesc of, long[] sizes, long[] begin) {
    dnnl_memory_desc m = new dnnl_memory_desc();
    OneDnn.check(dnnl.dnnl_memory_desc_create_submemory(m, of.handle, sizes, begin), "a memory descriptor");
    return new MemoryDesc(m);
  }

  /** An owned copy of a descriptor borrowed from a primitive. */
  static MemoryDesc copyOf(dnnl_memory_desc borrowed) {
    dnnl_memory_desc m = new dnnl_memory_desc();
    OneDnn.check(dnnl.dnnl_memory_desc_clone(m, borrowed), "a memory descriptor");
    return new MemoryDesc(m);
  }

  /** Bytes that a tensor of this layout takes, padding included. */
  public long bytes() {
    return dnnl.dnnl_memory_desc_get_size(handle);
  }

  /** Whether sizes and layout agree. */
  public boolean sameAs(MemoryDesc o) {
    return dnnl.dnnl_memory_desc_equal(handle, o.handle) != 0;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      dnnl.dnnl_memory_desc_destroy(handle);
    }
  }
}
