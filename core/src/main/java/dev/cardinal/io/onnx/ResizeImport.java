package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.Resize;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Resize and Upsample. What our Resize means exactly becomes one; every other combination of interpolation and coordinates is linear and separable, so it becomes one constant matrix per resized axis
 * ({@link ResizeWeights}).
 */
final class ResizeImport {
  private ResizeImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("Resize", ResizeImport::resize);
    map.put("Upsample", ResizeImport::upsample);
  }

  private static void upsample(NodeImport n) {
    String mode = n.attributes().oneOf("mode", "nearest", List.of("nearest", "linear"));
    float[] scales = n.opset() >= 9 ? numbers(n.host(1)) : n.attributes().numbers("scales");
    if (scales == null || scales.length != n.rank(0)) {
      throw n.broken("needs one scale per axis of " + n.shape(0) + ", got " + Arrays.toString(scales));
    }
    emit(n, new ResizeWeights(mode, "asymmetric", "floor", -0.75, false, 0, false), scaled(n, scales), doubles(scales), null);
  }

  private static float[] numbers(HostTensor t) {
    float[] f = new float[t.size()];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) t.get(i);
    }
    return f;
  }

  private static double[] doubles(float[] f) {
    return IntStream.range(0, f.length).mapToDouble(i -> f[i]).toArray();
  }

  private static int[] scaled(NodeImport n, float[] scales) {
    int[] size = new int[scales.length];
    for (int i = 0; i < size.length; i++) {
      // In float32, as the specification's floor(size × scale) is computed everywhere.
      double s = Math.floor((double) (n.shape(0).dim(i) * scales[i]));
      if (!(s >= 1 && s < Integer.MAX_VALUE)) {
        throw n.broken("scales " + n.shape(0) + " by " + Arrays.toString(scales));
      }
      size[i] = (int) s;
    }
    return size;
  }

  private static void resize(NodeImport n) {
    boolean old = n.opset() < 11;
    Attributes a = n.attributes();
    String mode = a.oneOf("mode", "nearest", List.of("nearest", "linear", "cubic"));
    ResizeWeights w;
    if (old) {
      w = new ResizeWeights(mode, "asymmetric", "floor", -0.75, false, 0, false);
    } else {
      String coordinates = a.oneOf("coordinate_transformation_mode", "half_pixel", ResizeWeights.COORDINATES);
      String nearest = a.oneOf("nearest_mode", "round_prefer_floor", ResizeWeights.ROUNDINGS);
      if (n.opset() >= 18 && mode.equals("nearest")) {
        a.requireInteger("antialias", 0);
      }
      boolean smooth = n.opset() >= 18 && a.flag("antialias", false);
      w = new ResizeWeights(mode, coordinates, nearest, a.number("cubic_coeff_a", -0.75), a.flag("exclude_outside", false), a.number("extrapolation_value", 0), smooth);
    }
    int rank = n.rank(0);
    int scalesAt = old ? 1 : 2;
    long[] axes = n.opset() >= 18 ? a.longs("axes") : null;
    int[] on = axes == null ? IntStream.range(0, rank).toArray() : Arrays.stream(axes).mapToInt(x -> n.axis(x, rank)).toArray();
    double[] scales = new double[rank];
    Arrays.fill(scales, 1);
    int[] size = n.shape(0).dims();
    if (n.has(scalesAt) && n.shape(scalesAt).size() > 0) {
      float[] given = numbers(n.host(scalesAt));
      requireCount(n, given.length, on.length);
      float[] all = new float[rank];
      Arrays.fill(all, 1);
      for (int i = 0; i < on.length; i++) {
        all[on[i]] = given[i];
      }
      size = scaled(n, all);
      scales = doubles(all);
    } else {
      size = sized(n, on, scales);
    }
    double[] roi = w.coordinates().equals("tf_crop_and_resize") ? roi(n, on) : null;
    emit(n, w, size, scales, roi);
  }

  private static void requireCount(NodeImport n, int got, int want) {
    if (got != want) {
      throw n.broken("has " + got + " scales or sizes for " + want + " axes");
    }
  }

  private static int[] sized(NodeImport n, int[] on, double[] scales) {
    long[] sizes = n.longs(3);
    requireCount(n, sizes.length, on.length);
    String policy = n.opset() >= 18 ? n.attributes().oneOf("keep_aspect_ratio_policy", "stretch", List.of("stretch", "not_larger", "not_smaller")) : "stretch";
    double common = policy.equals("not_larger") ? Double.POSITIVE_INFINITY : 0;
    for (int i = 0; i < on.length; i++) {
      double s = (double) sizes[i] / n.shape(0).dim(on[i]);
      common = policy.equals("not_larger") ? Math.min(common, s) : Math.max(common, s);
      scales[on[i]] = s;
    }
    int[] out = n.shape(0).dims();
    for (int i = 0; i < on.length; i++) {
      if (sizes[i] < 1) {
        throw n.broken("resizes to " + Arrays.toString(sizes));
      }
      boolean stretch = policy.equals("stretch");
      out[on[i]] = stretch ? Math.toIntExact(sizes[i]) : (int) Math.floor(common * n.shape(0).dim(on[i]) + 0.5);
      scales[on[i]] = stretch ? scales[on[i]] : common;
    }
    return out;
  }

  private static double[] roi(NodeImport n, int[] on) {
    int rank = n.rank(0);
    double[] roi = new double[2 * rank];
    Arrays.fill(roi, rank, 2 * rank, 1);
    HostTensor given = n.host(1);
    requireCount(n, given.size(), 2 * on.length);
    for (int i = 0; i < on.length; i++) {
      roi[on[i]] = given.get(i);
      roi[on[i] + rank] = given.get(i + on.length);
    }
    return roi;
  }

  private static void emit(NodeImport n, ResizeWeights w, int[] size, double[] scales, double[] roi) {
    Shape x = n.shape(0);
    Value v = n.value(0);
    if (x.size() == 0) {
      throw n.unsupported("resizes an empty tensor " + x);
    }
    boolean maps = x.rank() >= 3 && x.rank() <= 5 && size[0] == x.dim(0) && size[1] == x.dim(1);
    Boolean aligned = maps ? ours(w, x, size, scales) : null;
    if (aligned != null) {
      Resize.Mode mode = w.mode().equals("nearest") ? Resize.Mode.NEAREST : Resize.Mode.LINEAR;
      n.out(n.emit(new Resize(mode, Spatial.of(Arrays.copyOfRange(size, 2, size.length)), aligned), v));
      return;
    }
    for (int axis = 0; axis < x.rank(); axis++) {
      boolean crops = roi != null && (roi[axis] != 0 || roi[axis + x.rank()] != 1);
      if (size[axis] != x.dim(axis) || scales[axis] != 1 || crops) {
        ResizeWeights.Matrix m = w.matrix(x.dim(axis), size[axis], scales[axis], roi == null ? 0 : roi[axis], roi == null ? 1 : roi[axis + x.rank()]);
        v = along(n, v, axis, m);
      }
    }
    n.out(v);
  }

  /** Whether our Resize computes the same, and if so whether with aligned corners; {@code null} if not. */
  private static Boolean ours(ResizeWeights w, Shape x, int[] size, double[] scales) {
    for (int i = 2; i < size.length; i++) {
      if (w.antialias() && scales[i] < 1) {
        return null;
      }
      if (Math.abs(scales[i] * x.dim(i) - size[i]) > 1e-4) {
        return null; // A size that was rounded: ONNX keeps the scale for coordinates, we take the sizes.
      }
    }
    if (w.mode().equals("nearest")) {
      boolean whole = IntStream.range(2, size.length).allMatch(i -> size[i] % x.dim(i) == 0);
      return w.coordinates().equals("asymmetric") && w.rounding().equals("floor") && whole ? Boolean.FALSE : null;
    }
    if (!w.mode().equals("linear")) {
      return null;
    }
    return switch (w.coordinates()) {
      case "half_pixel" -> Boolean.FALSE;
      case "pytorch_half_pixel" -> IntStream.range(2, size.length).allMatch(i -> size[i] > 1) ? Boolean.FALSE : null;
      case "align_corners" -> Boolean.TRUE;
      default -> null;
    };
  }

  /** x · M along an axis, plus what lies outside. */
  private static Value along(NodeImport n, Value x, int axis, ResizeWeights.Matrix m) {
    Shape s = x.type().shape();
    int[] order = Axes.last(s.rank(), List.of(axis));
    Value t = Axes.transpose(n, x, order);
    int[] dims = t.type().shape().dims();
    int in = s.dim(axis);
    int out = m.weights().shape().dim(1);
    Value y = n.emit(new MatMul(false, false), Axes.reshape(n, t, Math.toIntExact(s.size() / in), in), n.constant(m.weights()));
    if (m.offsets() != null) {
      y = n.emit(new dev.cardinal.op.Binary(dev.cardinal.op.Binary.Kind.ADD), y, n.constant(m.offsets()));
    }
    dims[dims.length - 1] = out;
    return Axes.transpose(n, Axes.reshape(n, y, dims), Axes.inverse(order));
  }
}
