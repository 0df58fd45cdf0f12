package dev.cardinal.io.onnx;

import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;

/**
 * The interpolation of ONNX's Resize along one axis as a matrix (operators' specification, Resize-19; cubic weights from Keys 1981, equation 4).
 *
 * @param mode nearest, linear or cubic
 * @param coordinates how an output position maps to an input position
 * @param rounding how nearest rounds
 * @param cubic the coefficient of cubic interpolation
 * @param excludeOutside whether weights of places outside the input are dropped and the others scaled to sum to 1
 * @param extrapolation what tf_crop_and_resize gives outside the input
 * @param antialias whether the filter is widened where the size shrinks
 */
record ResizeWeights(String mode, String coordinates, String rounding, double cubic, boolean excludeOutside, double extrapolation, boolean antialias) {
  static final List<String> COORDINATES =
      List.of("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize");
  static final List<String> ROUNDINGS = List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");

  /**
   * Weights {@code [in, out]}.
   *
   * @param offsets {@code [out]} to add, {@code null} for none
   */
  record Matrix(HostTensor weights, HostTensor offsets) {}

  Matrix matrix(int in, int out, double scale, double from, double to) {
    if ((long) in * out > GraphImport.MAX_FOLDED) {
      throw new OnnxException("resizing an axis of " + in + " to " + out + " needs a matrix that is too large");
    }
    float[] m = new float[in * out];
    float[] offsets = new float[out];
    boolean outside = false;
    for (int o = 0; o < out; o++) {
      double p = position(o, in, out, (float) scale, from, to);
      if (coordinates.equals("tf_crop_and_resize") && (p < 0 || p > in - 1)) {
        offsets[o] = (float) extrapolation;
        outside = true;
      } else {
        column(m, o, in, out, p, antialias ? Math.min(1, scale) : 1);
      }
    }
    return new Matrix(HostTensor.of(Shape.of(in, out), m), outside ? HostTensor.of(Shape.of(out), offsets) : null);
  }

  /** In float32, as ONNX Runtime and the published test data have it: at ties the rounding of a scale like 0.6 decides. */
  private float position(int o, int in, int out, float scale, double from, double to) {
    return switch (coordinates) {
      case "half_pixel" -> (o + 0.5f) / scale - 0.5f;
      case "half_pixel_symmetric" -> {
        float exact = scale * in;
        float centre = in / 2f;
        yield centre * (1 - out / exact) + (o + 0.5f) / scale - 0.5f;
      }
      case "pytorch_half_pixel" -> out > 1 ? (o + 0.5f) / scale - 0.5f : 0;
      case "align_corners" -> out > 1 ? o * (in - 1f) / (length(in, out, scale) - 1) : 0;
      case "asymmetric" -> o / scale;
      case "tf_half_pixel_for_nn" -> (o + 0.5f) / scale;
      default -> (float) (out > 1 ? from * (in - 1) + o * (to - from) * (in - 1) / (length(in, out, scale) - 1) : 0.5 * (from + to) * (in - 1));
    };
  }

  /** The resized length, which the specification's reference implementation leaves unrounded where a scale says it; ONNX Runtime rounds it. */
  private static float length(int in, int out, float scale) {
    return Math.abs(scale * in - out) < 1e-3 ? out : scale * in;
  }

  private void column(float[] m, int o, int in, int out, double p, double shrink) {
    if (mode.equals("nearest")) {
      m[clamp((int) nearest(p), in) * out + o] = 1;
      return;
    }
    double reach = (mode.equals("linear") ? 1 : 2) / shrink;
    int first = (int) Math.ceil(p - reach);
    double[] w = new double[(int) Math.floor(p + reach) - first + 1];
    double sum = 0;
    for (int k = 0; k < w.length; k++) {
      boolean inside = first + k >= 0 && first + k < in;
      w[k] = inside || !excludeOutside ? kernel(Math.abs(first + k - p) * shrink) : 0;
      sum += w[k];
    }
    boolean scaled = excludeOutside || shrink < 1;
    for (int k = 0; k < w.length; k++) {
      m[clamp(first + k, in) * out + o] += (float) (scaled ? w[k] / sum : w[k]);
    }
  }

  private double nearest(double p) {
    return switch (rounding) {
      case "round_prefer_floor" -> Math.ceil(p - 0.5);
      case "round_prefer_ceil" -> Math.floor(p + 0.5);
      case "floor" -> Math.floor(p);
      default -> Math.ceil(p);
    };
  }

  /** The weight of a place at distance {@code d}. */
  private double kernel(double d) {
    double a = cubic;
    if (mode.equals("linear")) {
      return Math.max(0, 1 - d);
    }
    if (d >= 2) {
      return 0;
    }
    return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  }

  private static int clamp(int i, int n) {
    return Math.max(0, Math.min(i, n - 1));
  }
}
