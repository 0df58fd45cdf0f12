package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.op.Dropout;
import dev.cardinal.random.Philox;
import dev.cardinal.tensor.Shape;

/** Dropout over a row-major tensor. */
public final class DropoutKernel {
  private DropoutKernel() {}

  /** The loop over given memory; the state is (key, step). */
  public static Runnable bind(Workers workers, Dropout op, Shape shape, Floats x, long state, Floats y) {
    Flat flat = new Flat(workers, 1);
    int[][] words = new int[workers.threads()][Flat.TILE + 8];
    UndividedIndex undivided = UndividedIndex.of(op, shape);
    long size = shape.size();
    int least = least(op);
    double keep = 1 - op.rate();
    var stateView = NativeMemory.view(state, 2 * Long.BYTES).asLongBuffer();
    float[][] scratch = new float[workers.threads()][Flat.TILE];
    return () -> {
      long key = stateView.get(0);
      long stream = op.philoxStream(stateView.get(1));
      flat.runOn(size, (from, n, worker) -> {
        float[] v = scratch[worker];
        int[] w = words[worker];
        x.get(from, v, 0, n);
        int done = 0;
        while (done < n) {
          int m = (int) Math.min(n - done, undivided.run(from + done));
          long index = undivided.of(from + done);
          int skip = (int) (index & 3);
          for (int i = 0; i < skip + m; i += 4) {
            Philox.block(key, stream, (index >>> 2) + (i >>> 2), w, i);
          }
          drop(v, done, w, skip, m, least, keep);
          done += m;
        }
        y.put(from, v, 0, n);
      });
    };
  }

  /** What the upper 24 bits of a kept element's word are at least: uniforms are multiples of 2^-24, so the comparison is one of integers. */
  public static int least(Dropout op) {
    return (int) Math.ceil(op.rate() * 0x1p24);
  }

  /** Without branches: half of them would be predicted wrongly. */
  private static void drop(float[] v, int at, int[] words, int from, int n, int least, double keep) {
    for (int j = 0; j < n; j++) {
      // All bits where the word is large enough, else none.
      int mask = least - 1 - (words[from + j] >>> 8) >> 31;
      v[at + j] = Float.intBitsToFloat(Float.floatToRawIntBits((float) (v[at + j] / keep)) & mask);
    }
  }
}
