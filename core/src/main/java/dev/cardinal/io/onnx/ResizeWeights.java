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
 */
record ResizeWeights(String mode, String coordinates, String rounding, double cubic, boolean excludeOutside, double extrapolation) {
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
        column(m, o, in, out, p);
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
      case "align_corners" -> out > 1 ? o * (in - 1f) / (out - 1) : 0;
      case "asymmetric" -> o / scale;
      case "tf_half_pixel_for_nn" -> (o + 0.5f) / scale;
      default -> (float) (out > 1 ? from * (in - 1) + o * (to - from) * (in - 1) / (out - 1) : 0.5 * (from + to) * (in - 1));
    };
  }

  private void column(float[] m, int o, int in, int out, double p) {
    if (mode.equals("nearest")) {
      m[clamp((int) nearest(p), in) * out + o] = 1;
      return;
    }
    int base = (int) Math.floor(p);
    double f = p - base;
    double[] w = mode.equals("linear") ? new double[] {0, 1 - f, f, 0} : new double[] {cubic(f + 1), cubic(f), cubic(1 - f), cubic(2 - f)};
    double sum = 0;
    for (int k = 0; k < 4; k++) {
      int at = base - 1 + k;
      if (excludeOutside && (at < 0 || at >= in)) {
        w[k] = 0;
      }
      sum += w[k];
    }
    for (int k = 0; k < 4; k++) {
      m[clamp(base - 1 + k, in) * out + o] += (float) (excludeOutside ? w[k] / sum : w[k]);
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

  private double cubic(double d) {
    double a = cubic;
    return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  }

  private static int clamp(int i, int n) {
    return Math.max(0, Math.min(i, n - 1));
  }
}
