package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.op.Binary;

/** Elementwise functions of tiles. Each loop stands alone so that the compiler vectorises it. */
public final class Maps {
  private Maps() {}

  /** y = factor x + offset. */
  public static void scale(float[] x, float[] y, int n, float factor, float offset) {
    for (int j = 0; j < n; j++) {
      y[j] = factor * x[j] + offset;
    }
  }

  /** |x|. */
  public static void absolute(float[] x, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = Math.abs(x[j]);
    }
  }

  /** x². */
  public static void square(float[] x, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = x[j] * x[j];
    }
  }

  /** √x. */
  public static void squareRoot(float[] x, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = (float) Math.sqrt(x[j]);
    }
  }

  /** ln x, more exact than oneDNN's. */
  public static void logarithm(float[] x, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = (float) Math.log(x[j]);
    }
  }

  /** -1, 0 or 1. */
  public static void sign(float[] x, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = Math.signum(x[j]);
    }
  }

  /** The name of a binary function for profiles. */
  public static String name(Binary.Kind kind) {
    return kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }

  /** A binary function. */
  public static Flat.Map2 of(Binary.Kind kind) {
    return switch (kind) {
      case ADD -> Maps::add;
      case SUBTRACT -> Maps::subtract;
      case MULTIPLY -> Maps::multiply;
      case DIVIDE -> Maps::divide;
      case MAXIMUM -> Maps::maximum;
      case MINIMUM -> Maps::minimum;
      case GREATER_OR_EQUAL -> Maps::greaterOrEqual;
    };
  }

  private static void add(float[] a, float[] b, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = a[j] + b[j];
    }
  }

  private static void subtract(float[] a, float[] b, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = a[j] - b[j];
    }
  }

  private static void multiply(float[] a, float[] b, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = a[j] * b[j];
    }
  }

  private static void divide(float[] a, float[] b, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = a[j] / b[j];
    }
  }

  private static void maximum(float[] a, float[] b, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = Math.max(a[j], b[j]);
    }
  }

  private static void minimum(float[] a, float[] b, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = Math.min(a[j], b[j]);
    }
  }

  private static void greaterOrEqual(float[] a, float[] b, float[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] = a[j] >= b[j] ? 1 : 0;
    }
  }
}
