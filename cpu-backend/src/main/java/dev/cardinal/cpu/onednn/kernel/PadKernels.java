package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.op.Pad;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** The gradient of reflecting and edge padding: each input element gathers from every padded position that reads it. */
public final class PadKernels {
  private PadKernels() {}

  /** dx[i] = Σ dy[p] over the positions p that are padded from i. Row-major. */
  public static Runnable backward(Workers workers, Pad pad, Shape input, Shape padded, Floats dy, Floats dx) {
    int rank = input.rank();
    List<int[][]> readers = new ArrayList<>();
    for (int a = 0; a < rank; a++) {
      List<List<Integer>> lists = new ArrayList<>();
      for (int i = 0; i < input.dim(a); i++) {
        lists.add(new ArrayList<>());
      }
      for (int p = 0; p < padded.dim(a); p++) {
        int s = pad.source(a, p, input.dim(a));
        if (s >= 0) {
          lists.get(s).add(p);
        }
      }
      readers.add(lists.stream().map(l -> l.stream().mapToInt(Integer::intValue).toArray()).toArray(int[][]::new));
    }
    long[] inStrides = input.strides();
    long[] outStrides = padded.strides();
    long size = input.size();
    int tasks = (int) Math.min(Math.max(1, size / 4096), workers.threads() * 4L);
    return () -> workers.run(tasks, (task, worker) -> {
      long last = size * (task + 1) / tasks;
      for (long i = size * task / tasks; i < last; i++) {
        dx.put(i, (float) sum(readers, inStrides, outStrides, dy, i, 0, 0));
      }
    });
  }

  private static double sum(List<int[][]> readers, long[] inStrides, long[] outStrides, Floats dy, long rest, int axis, long at) {
    if (axis == inStrides.length) {
      return dy.get(at);
    }
    int index = (int) (rest / inStrides[axis]);
    double total = 0;
    for (int p : readers.get(axis)[index]) {
      total += sum(readers, inStrides, outStrides, dy, rest % inStrides[axis], axis + 1, at + p * outStrides[axis]);
    }
    return total;
  }
}
