package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.op.AdamUpdate;
import java.util.ArrayList;
import java.util.List;

/** Optimiser updates over many tensors at once: tensors are cut into chunks and the chunks divided among the workers. */
public final class UpdateKernels {
  /**
   * One parameter with what belongs to it.
   *
   * @param size elements
   * @param reads memory read, in the operation's order
   * @param writes memory written, in the operation's order; may be memory read
   * @param gradient makes the gradient, which then is not among what is read but {@code null} there; {@code null} if it is
   */
  public record Segment(long size, List<Floats> reads, List<Floats> writes, Gradient gradient) {}

  /** A gradient that is made piece by piece, where it is needed. */
  public interface Gradient {
    /** Elements of a piece, which divide those of the gradient. */
    long length();

    /** Makes the piece that begins at an element, in memory of the worker's own. */
    Floats piece(long from, int worker);
  }

  private record Chunk(Segment segment, long from, long to) {}

  private static final long CHUNK = 1 << 16;

  private UpdateKernels() {}

  private static Chunk[] chunks(List<Segment> segments) {
    List<Chunk> c = new ArrayList<>();
    for (Segment s : segments) {
      long length = s.gradient == null ? CHUNK : s.gradient.length();
      for (long from = 0; from < s.size; from += length) {
        c.add(new Chunk(s, from, Math.min(s.size, from + length)));
      }
    }
    return c.toArray(new Chunk[0]);
  }

  /** Computes one tile in place of what was read. */
  @FunctionalInterface
  private interface Rule {
    void apply(float[][] tile, int n);
  }

  /** Reads each list's tile into an array, applies the rule, and writes the arrays named by {@code written}. */
  private static void sweep(Workers workers, Chunk[] chunks, float[][][] scratch, int[] written, Rule rule) {
    workers.run(chunks.length, (task, worker) -> {
      Chunk c = chunks[task];
      float[][] s = scratch[worker];
      List<Floats> reads = c.segment.reads;
      Floats gradient = c.segment.gradient == null ? null : c.segment.gradient.piece(c.from, worker);
      for (long at = c.from; at < c.to; at += Flat.TILE) {
        int n = (int) Math.min(Flat.TILE, c.to - at);
        for (int i = 0; i < reads.size(); i++) {
          if (reads.get(i) == null) {
            gradient.get(at - c.from, s[i], 0, n);
          } else {
            reads.get(i).get(at, s[i], 0, n);
          }
        }
        rule.apply(s, n);
        for (int i = 0; i < written.length; i++) {
          c.segment.writes.get(i).put(at, s[written[i]], 0, n);
        }
      }
    });
  }

  /** Stochastic gradient descent with momentum; reads (parameter, gradient, velocity), writes (parameter, velocity). */
  public static Runnable sgd(Workers workers, Floats rate, Floats scale, List<Segment> segments, float momentum, float decay, boolean nesterov) {
    Chunk[] chunks = chunks(segments);
    float[][][] scratch = new float[workers.threads()][3][Flat.TILE];
    int[] written = {0, 2};
    Rule keep = (s, n) -> { };
    return () -> {
      float r = rate.get(0);
      float g = scale.get(0);
      Rule step = nesterov ? (s, n) -> nesterov(s[0], s[1], s[2], n, r, g, momentum, decay) : (s, n) -> momentum(s[0], s[1], s[2], n, r, g, momentum, decay);
      sweep(workers, chunks, scratch, written, Float.isFinite(g) ? step : keep);
    };
  }

  private static void momentum(float[] p, float[] g, float[] v, int n, float rate, float scale, float momentum, float decay) {
    for (int j = 0; j < n; j++) {
      float d = scale * g[j] + decay * p[j];
      float m = momentum * v[j] + d;
      v[j] = m;
      p[j] = p[j] - rate * m;
    }
  }

  private static void nesterov(float[] p, float[] g, float[] v, int n, float rate, float scale, float momentum, float decay) {
    for (int j = 0; j < n; j++) {
      float d = scale * g[j] + decay * p[j];
      float m = momentum * v[j] + d;
      v[j] = m;
      p[j] = p[j] - rate * (d + momentum * m);
    }
  }

  /** Adam; reads (parameter, gradient, first moment, second moment), writes (parameter, first moment, second moment). */
  public static Runnable adam(Workers workers, Floats rate, Floats scale, long step, List<Segment> segments, AdamUpdate op) {
    Chunk[] chunks = chunks(segments);
    float[][][] scratch = new float[workers.threads()][4][Flat.TILE];
    int[] written = {0, 2, 3};
    Rule keep = (s, n) -> { };
    float beta1 = (float) op.beta1();
    float beta2 = (float) op.beta2();
    float decay = (float) op.weightDecay();
    var stepView = NativeMemory.view(step, Long.BYTES).asLongBuffer();
    return () -> {
      double t = stepView.get(0) + 1.0;
      double r = rate.get(0);
      float g = scale.get(0);
      // p - rate m̂ / (√v̂ + ε) = p - (rate √c2 / c1) m / (√v + ε √c2), with c the bias corrections: one division and one root per element.
      double root2 = Math.sqrt(1 - Math.pow(op.beta2(), t));
      float rateOfStep = (float) (r * root2 / (1 - Math.pow(op.beta1(), t)));
      float epsilon = (float) (op.epsilon() * root2);
      float shrink = op.decoupled() ? (float) (1 - r * op.weightDecay()) : 1;
      float coupled = op.decoupled() ? 0 : decay;
      Rule rule = (s, n) -> adam(s[0], s[1], s[2], s[3], n, g, coupled, shrink, beta1, beta2, rateOfStep, epsilon);
      sweep(workers, chunks, scratch, written, Float.isFinite(g) ? rule : keep);
    };
  }

  private static void adam(float[] p, float[] g, float[] m, float[] v, int n, float scale, float coupled, float shrink, float beta1, float beta2, float rate, float epsilon) {
    for (int j = 0; j < n; j++) {
      float d = scale * g[j] + coupled * p[j];
      float first = beta1 * m[j] + (1 - beta1) * d;
      float second = beta2 * v[j] + (1 - beta2) * d * d;
      m[j] = first;
      v[j] = second;
      p[j] = p[j] * shrink - rate * first / ((float) Math.sqrt(second) + epsilon);
    }
  }

  /** Moving average; reads (average, value), writes the average. */
  public static Runnable ema(Workers workers, Floats decay, List<Segment> segments) {
    Chunk[] chunks = chunks(segments);
    float[][][] scratch = new float[workers.threads()][2][Flat.TILE];
    int[] written = {0};
    return () -> {
      float d = decay.get(0);
      sweep(workers, chunks, scratch, written, (s, n) -> average(s[0], s[1], n, d));
    };
  }

  private static void average(float[] a, float[] v, int n, float decay) {
    for (int j = 0; j < n; j++) {
      a[j] = decay * a[j] + (1 - decay) * v[j];
    }
  }

  /** The factor that clips to a norm, and the norm. */
  public static Runnable clip(Workers workers, List<Floats> tensors, long[] sizes, double maxNorm, Floats factor, Floats norm) {
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      segments.add(new Segment(sizes[i], List.of(tensors.get(i)), List.of(), null));
    }
    Chunk[] chunks = chunks(segments);
    float[][] scratch = new float[workers.threads()][Flat.TILE];
    double[] sums = new double[chunks.length];
    return () -> {
      workers.run(chunks.length, (task, worker) -> {
        Chunk c = chunks[task];
        double sum = 0;
        for (long at = c.from; at < c.to; at += Flat.TILE) {
          int n = (int) Math.min(Flat.TILE, c.to - at);
          c.segment.reads.get(0).get(at, scratch[worker], 0, n);
          sum += squares(scratch[worker], n);
        }
        sums[task] = sum;
      });
      double total = 0;
      for (double s : sums) {
        total += s;
      }
      double length = Math.sqrt(total);
      norm.put(0, (float) length);
      factor.put(0, (float) (length > maxNorm ? maxNorm / length : length <= maxNorm ? 1 : length));
    };
  }

  private static double squares(float[] x, int n) {
    double sum = 0;
    for (int j = 0; j < n; j++) {
      sum += (double) x[j] * x[j];
    }
    return sum;
  }
}
