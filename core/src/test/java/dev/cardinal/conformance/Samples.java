package dev.cardinal.conformance;

import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** Random sizes and values for one case. The same seed, operation and index give the same case anywhere. */
public final class Samples {
  private static final int[] SMALL_CHANNELS = {1, 2, 3, 4, 5};
  private static final int[] LARGE_CHANNELS = {1, 2, 3, 5, 7, 8, 15, 16, 17, 24, 32, 33};

  private final PhiloxRandom random;
  private final int index;
  private final boolean large;

  /**
   * For one case.
   *
   * @param index number of the case among those of its operation: cases cycle through kinds and ranks with it, so that none is left to chance
   * @param large sizes for comparing two engines; otherwise sizes for closed forms
   */
  public Samples(long seed, String operation, int index, boolean large) {
    this.random = new PhiloxRandom(seed, (long) operation.hashCode() << 32 | index);
    this.index = index;
    this.large = large;
  }

  /** Number of the case. */
  public int index() {
    return index;
  }

  /** One of the values, in turn from case to case. */
  @SafeVarargs
  public final <T> T turn(T... values) {
    return values[index % values.length];
  }

  /** A number of spatial axes, 1 to 3 in turn. */
  public int rank() {
    return index % 3 + 1;
  }

  /** Uniform from {@code low} to {@code high}, both included. */
  public int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  /** True with probability one half. */
  public boolean coin() {
    return random.nextBoolean();
  }

  /** One of the values. */
  @SafeVarargs
  public final <T> T pick(T... values) {
    return values[random.nextInt(values.length)];
  }

  /** Uniform between {@code low} and {@code high}. */
  public double real(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** A number of channels: powers of two, odd ones, and their neighbours. */
  public int channels() {
    int[] c = large ? LARGE_CHANNELS : SMALL_CHANNELS;
    return c[random.nextInt(c.length)];
  }

  /** A batch size. */
  public int batch() {
    return between(1, 3);
  }

  /** One value per axis. */
  public Spatial spatial(int rank, int low, int high) {
    int[] v = new int[rank];
    for (int i = 0; i < rank; i++) {
      v[i] = between(low, high);
    }
    return Spatial.of(v);
  }

  /** The size of a feature map, at least {@code low}; smaller with more axes. */
  public Spatial map(int rank, int low) {
    int extra = large ? (rank == 1 ? 40 : rank == 2 ? 16 : 7) : 6 - rank;
    return spatial(rank, low, low + extra);
  }

  /** {@code [N, C, spatial…]}, sometimes without spatial axes. */
  public Shape features() {
    int rank = index % 4;
    return rank == 0 ? Shape.of(between(2, 4), channels()) : Shape.of(batch(), channels(), map(rank, 1).toArray());
  }

  /** Any shape, of rank 0 to 5. */
  public Shape any() {
    int[] d = new int[index % 6];
    for (int i = 0; i < d.length; i++) {
      d[i] = between(1, large && d.length < 4 ? 9 : 4);
    }
    return Shape.of(d);
  }

  /** Uniform between -1 and 1. */
  public HostTensor uniform(Shape shape) {
    return uniform(shape, -1, 1);
  }

  /** Uniform between two numbers. */
  public HostTensor uniform(Shape shape, double low, double high) {
    return HostTensor.generate(new TensorType(DType.F64, shape), i -> real(low, high));
  }

  /** Uniform between -9 and 9 and at least 0.05 away from the points where a function has a kink. */
  public HostTensor awayFrom(Shape shape, double... kinks) {
    return HostTensor.generate(new TensorType(DType.F64, shape), i -> {
      double v = real(-9, 9);
      for (double k : kinks) {
        if (Math.abs(v - k) < 0.05) {
          v = k + (v < k ? -0.05 : 0.05);
        }
      }
      return v;
    });
  }

  /** All different and at least 1/16 apart, so that small changes do not alter which is the largest. */
  public HostTensor distinct(Shape shape) {
    int n = (int) shape.size();
    int[] order = random.permutation(n);
    return HostTensor.generate(new TensorType(DType.F64, shape), i -> (order[i] - n / 2) * 0.0625);
  }

  /** Integers from {@code low} to {@code high} as float64. */
  public HostTensor integers(Shape shape, int low, int high) {
    return HostTensor.generate(new TensorType(DType.F64, shape), i -> between(low, high));
  }

  /** Integers from {@code low} to {@code high} as int32. */
  public HostTensor labels(Shape shape, int low, int high) {
    return HostTensor.generate(new TensorType(DType.I32, shape), i -> between(low, high));
  }

  /** A permutation of 0 to n-1. */
  public List<Integer> permutation(int n) {
    return java.util.Arrays.stream(random.permutation(n)).boxed().toList();
  }

  /** Any 64 bits. */
  public long word() {
    return random.nextLong();
  }
}
