package dev.cardinal.cpu.onednn.kernel;

/** A function of two operands, either of which may repeat along some axes, over the rows of a result. Sizes and strides are those of the result's axes, the slowest first. */
public final class Broadcast {
  private static final int MAX_ROW = 4096;

  private final Workers workers;
  private final long[] dims;
  private final long[] aStrides;
  private final long[] bStrides;
  private final Flat.Map2 f;

  /** Over a result of these sizes; a stride of 0 repeats. */
  public Broadcast(Workers workers, long[] dims, long[] aStrides, long[] bStrides, Flat.Map2 f) {
    this.workers = workers;
    this.dims = dims;
    this.aStrides = aStrides;
    this.bStrides = bStrides;
    this.f = f;
  }

  /** The loop over given memory. */
  public Runnable bind(Floats a, Floats b, Floats y) {
    int inner = dims.length - 1;
    long row = dims[inner];
    long rows = 1;
    for (int i = 0; i < inner; i++) {
      rows *= dims[i];
    }
    long count = row == 0 ? 0 : rows;
    int tasks = (int) Math.min(Math.max(1, count * row / 8192), workers.threads() * 4L);
    int width = (int) Math.min(row, MAX_ROW);
    float[][][] scratch = new float[workers.threads()][3][Math.max(1, width)];
    return () -> workers.run(tasks, (task, worker) -> {
      float[][] s = scratch[worker];
      long last = count * (task + 1) / tasks;
      for (long r = count * task / tasks; r < last; r++) {
        long atA = offset(r, aStrides);
        long atB = offset(r, bStrides);
        for (long from = 0; from < row; from += width) {
          int n = (int) Math.min(width, row - from);
          load(a, atA + from * aStrides[inner], aStrides[inner], s[0], n);
          load(b, atB + from * bStrides[inner], bStrides[inner], s[1], n);
          f.apply(s[0], s[1], s[2], n);
          y.put(r * row + from, s[2], 0, n);
        }
      }
    });
  }

  private long offset(long row, long[] strides) {
    long at = 0;
    long left = row;
    for (int i = dims.length - 2; i >= 0; i--) {
      at += left % dims[i] * strides[i];
      left /= dims[i];
    }
    return at;
  }

  private static void load(Floats x, long at, long stride, float[] to, int n) {
    if (stride == 1) {
      x.get(at, to, 0, n);
    } else if (stride == 0) {
      java.util.Arrays.fill(to, 0, n, x.get(at));
    } else {
      for (int j = 0; j < n; j++) {
        to[j] = x.get(at + j * stride);
      }
    }
  }
}
