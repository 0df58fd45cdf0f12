package dev.cardinal.conformance;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;

/**
 * How far a result may be from what is expected: the one table of the suite. The allowance grows with the square root of the number of terms added, as rounding errors of random sign do, and is
 * relative to the larger of the element and the tensor's root mean square, because terms of a sum may cancel; and never below what the rounding of a number of size {@value #FLOOR} leaves, because
 * inputs are of size one and may cancel in every element.
 */
public final class Tolerance {
  private Tolerance() {}

  /** Allowed relative error, in units of the type's rounding, for one operation; vectorised transcendental functions take most of it. */
  private static double unit(DType dtype) {
    return switch (dtype) {
      case F64 -> 0x1p-53 * 64;
      case F32 -> 0x1p-24 * 64;
      case F16 -> 0x1p-11 * 4;
      case BF16 -> 0x1p-8 * 4;
      case I32, I64, U8 -> 0;
    };
  }

  /** Allowed relative error of a sum of {@code length} terms. */
  public static double of(DType dtype, long length) {
    return unit(dtype) * Math.max(1, Math.sqrt(length));
  }

  /** Numerically differentiated closed forms are good to this, whatever the type. */
  static final double NUMERIC = 2e-7;

  private static final double FLOOR = 0.05;

  /** The first element that is too far off, as a sentence; {@code null} if there is none. */
  public static String difference(HostTensor expected, HostTensor actual, double tolerance) {
    if (!expected.shape().equals(actual.shape())) {
      return "expected shape " + expected.shape() + ", got " + actual.shape();
    }
    int n = expected.size();
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double e = expected.get(i);
      squares += Double.isFinite(e) ? e * e : 0;
    }
    double typical = tolerance == 0 ? 0 : Math.max(FLOOR, Math.sqrt(squares / Math.max(1, n)));
    for (int i = 0; i < n; i++) {
      double e = expected.get(i);
      double a = actual.get(i);
      boolean equal = e == a || Double.isNaN(e) && Double.isNaN(a);
      if (!equal && !(Math.abs(e - a) <= tolerance * Math.max(Math.abs(e), typical))) {
        return String.format("element %d of %s: expected %.9g, got %.9g, off by %.3g where %.3g is allowed", i, expected.shape(), e, a, Math.abs(e - a),
            tolerance * Math.max(Math.abs(e), typical));
      }
    }
    return null;
  }
}
