package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.op.ConvGeometry;
import java.util.HashMap;
import java.util.Map;

/**
 * The sizes that own kernels are compiled for, and the strips of a row that their threads compute. Convolutions of one spatial axis are those of two with one row.
 *
 * @param kernel taps, rows then columns
 * @param stride of the kernel
 * @param dilation of the kernel
 * @param x rows and columns of the input
 * @param y rows and columns of the output
 * @param pad zeros before
 */
record Strips(int[] kernel, int[] stride, int[] dilation, int[] x, int[] y, int[] pad) {
  private static final int AXES = 2;
  private static final int MOST_COLUMNS = 24;
  private static final int CHUNK_COLUMNS = 32;
  private static final int CHUNK_ROWS = 8;

  static Strips of(ConvTask t) {
    ConvGeometry g = t.geometry();
    return new Strips(two(t.w().spatial(), 1), two(g.stride().toArray(), 1), two(g.dilation().toArray(), 1), two(t.x().spatial(), 1), two(t.y().spatial(), 1), two(g.padLow().toArray(), 0));
  }

  /** Whether a task has one or two spatial axes. */
  static boolean fits(ConvTask t) {
    return t.geometry().rank() <= AXES;
  }

  private static int[] two(int[] v, int missing) {
    return v.length == AXES ? v : new int[] {missing, v[0]};
  }

  int taps() {
    return kernel[0] * kernel[1];
  }

  /**
   * The length of a strip that wastes least of a row.
   *
   * @param onX whether strips lie on the input, where they must be whole strides
   * @param lengths to choose from, the preferred first
   */
  int length(boolean onX, int... lengths) {
    int width = onX ? x[1] + pad[1] % stride[1] : y[1];
    int best = 0;
    for (int n : lengths) {
      boolean whole = !onX || n % stride[1] == 0;
      if (whole && (best == 0 || covered(width, n) < covered(width, best))) {
        best = n;
      }
    }
    return best == 0 ? stride[1] : best;
  }

  private static int covered(int width, int strip) {
    return (width + strip - 1) / strip * strip;
  }

  /** Strips of that length over all samples. */
  long items(int samples, boolean onX, int strip) {
    return onX ? (long) samples * x[0] * covered(x[1] + pad[1] % stride[1], strip) / strip : (long) samples * y[0] * covered(y[1], strip) / strip;
  }

  /** Whether threads can hold what strips of that length read of a row of x. */
  boolean readable(int strip) {
    return (strip - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1 <= MOST_COLUMNS;
  }

  /** Whether threads can hold what strips of x of that length read of a row of y. */
  boolean readableBackwards(int strip) {
    return (kernel[1] - 1) * dilation[1] / stride[1] + (strip - 1) / stride[1] + 1 <= MOST_COLUMNS;
  }

  /**
   * Adds the step that adds partial sums up: of kernels in {@code chunks.cuh}, which the family takes in.
   *
   * @param n how many sums there are
   * @param width a row's length, if the sums are a matrix to be transposed; else 1
   */
  static void sumChunks(CudaBuild build, String family, Map<String, String> macros, Slot partial, Slot total, int chunks, int n, int width) {
    build.kernel(family, "sum_chunks", macros, new LaunchShape((n + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS, 1, 1, CHUNK_COLUMNS, CHUNK_ROWS, 1, 0), Arg.in(partial), Arg.out(total), Arg.of(chunks), Arg.of(n),
        Arg.of(width));
  }

  /** The macros of {@code strips.cuh} with those of storage and activation. */
  Map<String, String> macros(ConvTask t, int strip) {
    Map<String, String> m = new HashMap<>(CudaBuild.macros(t.storage()));
    m.put("ACTIVATION", Finish.number(t.activation()));
    m.put("KERNEL_H", String.valueOf(kernel[0]));
    m.put("KERNEL_W", String.valueOf(kernel[1]));
    m.put("STRIDE_H", String.valueOf(stride[0]));
    m.put("STRIDE_W", String.valueOf(stride[1]));
    m.put("DILATION_H", String.valueOf(dilation[0]));
    m.put("DILATION_W", String.valueOf(dilation[1]));
    m.put("STRIP", String.valueOf(strip));
    return m;
  }
}
