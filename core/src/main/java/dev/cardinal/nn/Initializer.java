package dev.cardinal.nn;

import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.function.IntToDoubleFunction;

/** Gives a parameter its first value. For weights {@code [out, in/groups, kernel…]} fan-in is {@code in/groups × kernel} and fan-out {@code out/groups × kernel}. */
@FunctionalInterface
public interface Initializer {
  /** The elements of a new tensor of the type by linear (row-major) index, to be asked for once each and in order: so a device can take them in pieces. */
  IntToDoubleFunction values(TensorType type, PhiloxRandom random);

  /** A new tensor of the type. */
  default HostTensor create(TensorType type, PhiloxRandom random) {
    return HostTensor.generate(type, values(type, random));
  }

  /** The same value everywhere. */
  static Initializer constant(double value) {
    return (type, random) -> i -> value;
  }

  /** Normally distributed with mean 0: N(0, 0.01) is AlexNet's, with {@code deviation} 0.01 (Krizhevsky et al. 2012, section 5). */
  static Initializer normal(double deviation) {
    return (type, random) -> i -> deviation * random.nextGaussian();
  }

  /** Uniform between {@code -bound} and {@code bound}. */
  static Initializer uniform(double bound) {
    return (type, random) -> i -> bound * (2 * random.nextDouble() - 1);
  }

  /** Normal with variance 2 / fan-in, for layers followed by ReLU (He et al. 2015, equation 10). */
  static Initializer heNormal() {
    return (type, random) -> normal(Math.sqrt(2.0 / fanIn(type.shape()))).values(type, random);
  }

  /** Normal with variance 2 / fan-out, as ResNets are initialised (He et al. 2015, equation 14). */
  static Initializer heNormalFanOut(int groups) {
    return (type, random) -> normal(Math.sqrt(2.0 / fanOut(type.shape(), groups))).values(type, random);
  }

  /** Uniform with bound 1 / √fan-in: what PyTorch gives convolutions and linear layers. */
  static Initializer inverseSquareRoot() {
    return (type, random) -> uniform(1 / Math.sqrt(fanIn(type.shape()))).values(type, random);
  }

  /** Uniform with bound 1 / √n, for a bias whose layer has fan-in n. */
  static Initializer inverseSquareRoot(long fanIn) {
    return uniform(1 / Math.sqrt(fanIn));
  }

  /** Uniform with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010, equation 16). */
  static Initializer glorotUniform() {
    return (type, random) -> uniform(Math.sqrt(6.0 / (fanIn(type.shape()) + fanOut(type.shape(), 1)))).values(type, random);
  }

  /**
   * The identity: output channel i copies input channel i at the middle of an odd kernel, as far as there are both; other outputs are initialised by {@code others} (Zagoruyko and Komodakis 2017,
   * "DiracNets"). For ungrouped convolutions.
   */
  static Initializer dirac(Initializer others) {
    return (type, random) -> {
      IntToDoubleFunction other = others.values(type, random);
      int in = type.shape().dim(1);
      int taps = (int) type.shape().spatialSize();
      return i -> {
        double value = other.applyAsDouble(i);
        int out = i / taps / in;
        return out >= in ? value : i == (out * in + out) * taps + taps / 2 ? 1 : 0;
      };
    };
  }

  private static double fanIn(Shape s) {
    return Math.max(1, (double) s.size() / Math.max(1, s.dim(0)));
  }

  private static double fanOut(Shape s, int groups) {
    return Math.max(1, (double) s.size() / Math.max(1, s.dim(1)) / groups);
  }
}
