package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import java.util.ArrayList;
import java.util.List;

/** Copies or adds runs of elements from several tensors into one. */
public final class ExchangeKernel {
  private static final int CHUNK = 4096;

  private ExchangeKernel() {}

  /**
   * A launch that does a plan.
   *
   * @param sources address of each device's share
   * @param target address of the result of {@code size} elements
   * @param width bytes of an element
   */
  public static Runnable of(ExchangePlan plan, List<Long> sources, long target, long size, int width) {
    List<ExchangePlan.Run> runs = plan.runs();
    if (!plan.adds()) {
      return () -> {
        for (ExchangePlan.Run r : runs) {
          NativeMemory.copy(sources.get(r.source()) + r.from() * width, target + r.to() * width, r.length() * width);
        }
      };
    }
    List<Floats> from = new ArrayList<>();
    for (int e = 0; e < sources.size(); e++) {
      int source = e;
      long extent = runs.stream().filter(r -> r.source() == source).mapToLong(r -> r.from() + r.length()).max().orElse(0);
      from.add(Floats.at(sources.get(e), extent));
    }
    Floats sum = Floats.at(target, size);
    float[] a = new float[CHUNK];
    float[] b = new float[CHUNK];
    return () -> {
      NativeMemory.zero(target, size * width);
      for (ExchangePlan.Run r : runs) {
        add(from.get(r.source()), r, sum, a, b);
      }
    };
  }

  private static void add(Floats from, ExchangePlan.Run r, Floats sum, float[] a, float[] b) {
    for (long i = 0; i < r.length(); i += CHUNK) {
      int n = (int) Math.min(CHUNK, r.length() - i);
      from.get(r.from() + i, a, 0, n);
      sum.get(r.to() + i, b, 0, n);
      for (int j = 0; j < n; j++) {
        b[j] += a[j];
      }
      sum.put(r.to() + i, b, 0, n);
    }
  }
}
