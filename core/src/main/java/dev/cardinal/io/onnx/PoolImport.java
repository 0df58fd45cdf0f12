package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Spatial;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Pooling over windows and over everything, and unpooling. */
final class PoolImport {
  private PoolImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("MaxPool", PoolImport::maxPool);
    map.put("AveragePool", PoolImport::averagePool);
    map.put("GlobalAveragePool", n -> n.out(n.emit(new AdaptiveAvgPool(Spatial.all(maps(n), 1)), n.value(0))));
    map.put("GlobalMaxPool", PoolImport::globalMax);
    map.put("MaxUnpool", PoolImport::unpool);
    map.put("LpPool", n -> {
      Window w = Window.of(n);
      n.out(powers(n, x -> windowSums(n, w, x)));
    });
    map.put("GlobalLpPool", n -> {
      List<Integer> axes = IntStream.range(2, maps(n) + 2).boxed().toList();
      n.out(powers(n, x -> n.emit(new Reduce(Reduce.Kind.SUM, axes, true), x)));
    });
  }

  private static int maps(NodeImport n) {
    int r = n.rank(0) - 2;
    if (r < 1 || r > 3) {
      throw n.unsupported("needs x [N, C, spatial...] with 1 to 3 spatial axes, got " + n.shape(0));
    }
    return r;
  }

  private static void globalMax(NodeImport n) {
    int r = maps(n);
    PoolGeometry g = new PoolGeometry(Spatial.of(n.shape(0).spatial()), Spatial.all(r, 1), Spatial.all(r, 0), Spatial.all(r, 0), Spatial.all(r, 1), false);
    n.out(n.emitAll(new MaxPool(g), List.of(n.value(0))).get(0));
  }

  /** Window, stride, padding and dilation as the node has them. */
  private record Window(int[] kernel, int[] stride, int[] pads, int[] dilation, int[] span, boolean ceil, int[] in) {
    static Window of(NodeImport n) {
      int r = maps(n);
      if (!n.attributes().has("kernel_shape")) {
        throw n.broken("has no kernel_shape");
      }
      int[] in = n.shape(0).spatial();
      int[] kernel = ConvImport.positive(n, "kernel_shape", r);
      int[] stride = ConvImport.positive(n, "strides", r);
      int[] dilation = ConvImport.positive(n, "dilations", r);
      int[] span = ConvImport.spans(kernel, dilation);
      return new Window(kernel, stride, ConvImport.pads(n, in, span, stride), dilation, span, n.attributes().flag("ceil_mode", false), in);
    }

    PoolGeometry geometry() {
      return new PoolGeometry(Spatial.of(kernel), Spatial.of(stride), ConvImport.low(pads), ConvImport.high(pads), Spatial.of(dilation), ceil);
    }

    boolean padsBelowSpan() {
      int r = kernel.length;
      for (int i = 0; i < r; i++) {
        if (pads[i] >= span[i] || pads[i + r] >= span[i]) {
          return false;
        }
      }
      return true;
    }

    /** Outputs of one axis; with {@code ceil} a last window that begins in the padding behind the input does not count. */
    int out(int i) {
      int padded = in[i] + pads[i] + pads[i + kernel.length];
      int free = padded - span[i];
      int o = (ceil ? Math.floorDiv(free + stride[i] - 1, stride[i]) : Math.floorDiv(free, stride[i])) + 1;
      return ceil && (o - 1) * stride[i] >= in[i] + pads[i] ? o - 1 : o;
    }
  }

  private static void maxPool(NodeImport n) {
    Window w = Window.of(n);
    boolean columnMajor = n.attributes().flag("storage_order", false);
    List<Value> y = n.emitAll(new MaxPool(w.geometry()), List.of(n.value(0)));
    n.out(y.get(0));
    if (n.wantsOutput(1)) {
      n.out(1, globalIndices(n, y.get(1), columnMajor));
    }
  }

  /** ONNX counts indices over the whole tensor, we within a channel's plane. They travel as float32, exact up to 2^24. */
  private static Value globalIndices(NodeImport n, Value indices, boolean columnMajor) {
    Shape x = n.shape(0);
    if (x.size() > 1 << 24 || columnMajor && x.rank() != 4) {
      throw n.unsupported("gives indices into " + x + (columnMajor ? " in column-major order" : ""));
    }
    int plane = (int) x.spatialSize();
    Value p = n.emit(new Cast(DType.F32), indices);
    if (columnMajor) {
      int height = x.dim(2);
      int width = x.dim(3);
      Value row = n.emit(new Cast(DType.F32), n.emit(new Cast(DType.I32), n.emit(new Scale(1.0 / width, 0.5 / width), p)));
      Value column = n.emit(new Binary(Binary.Kind.SUBTRACT), p, n.emit(new Scale(width, 0), row));
      p = n.emit(new Binary(Binary.Kind.ADD), n.emit(new Scale(height, 0), column), row);
    }
    int[] dims = new int[x.rank()];
    Arrays.fill(dims, 1);
    dims[0] = x.dim(0);
    dims[1] = x.dim(1);
    HostTensor offsets = HostTensor.generate(TensorType.f32(dims), i -> (double) i * plane);
    return n.emit(new Binary(Binary.Kind.ADD), p, n.constant(offsets));
  }

  private static void averagePool(NodeImport n) {
    Window w = Window.of(n);
    boolean count = n.attributes().flag("count_include_pad", false);
    if (Arrays.stream(w.dilation).allMatch(d -> d == 1) && w.padsBelowSpan()) {
      n.out(n.emit(new AvgPool(w.geometry(), count), n.value(0)));
    } else {
      n.out(averageByConvolution(n, w, count));
    }
  }

  /** The p-th root of the sum of |x|^p. */
  private static Value powers(NodeImport n, UnaryOperator<Value> sum) {
    int p = n.attributes().integer("p", 2);
    if (p < 1) {
      throw n.broken("has p = " + p + ", which must be positive");
    }
    Value y = sum.apply(ArithmeticImport.whole(n, n.emit(new Unary(Unary.Kind.ABSOLUTE), n.value(0)), p));
    if (p <= 2) {
      return p == 1 ? y : n.emit(new Unary(Unary.Kind.SQUARE_ROOT), y);
    }
    return n.emit(new Unary(Unary.Kind.EXPONENTIAL), n.emit(new Scale(1.0 / p, 0), n.emit(new Unary(Unary.Kind.LOGARITHM), y)));
  }

  /** The sum of each window's elements: a depthwise convolution with ones. */
  private static Value windowSums(NodeImport n, Window w, Value x) {
    int r = w.kernel.length;
    int channels = n.shape(0).dim(1);
    int[] pads = w.pads.clone();
    for (int i = 0; i < r; i++) {
      pads[i + r] = Math.max(pads[i + r], (w.out(i) - 1) * w.stride[i] + w.span[i] - w.in[i] - pads[i]);
    }
    ConvGeometry g = new ConvGeometry(Spatial.of(w.stride), ConvImport.low(pads), ConvImport.high(pads), Spatial.of(w.dilation), channels);
    HostTensor ones = HostTensor.generate(new TensorType(DType.F32, Shape.of(channels, 1, w.kernel)), i -> 1);
    return n.emit(new Conv(g), x, n.constant(ones));
  }

  /**
   * What average pooling lacks (dilation, padding beyond the window): the sums of the windows, divided by how many elements each window counts. With {@code count_include_pad} these are all
   * taps in the input or its padding, on both sides, as in the operators' specification and its reference implementation; ONNX Runtime leaves out padding behind the input from opset 19 on
   * (microsoft/onnxruntime, issue 24681).
   */
  private static Value averageByConvolution(NodeImport n, Window w, boolean count) {
    int r = w.kernel.length;
    int[] out = IntStream.range(0, r).map(w::out).toArray();
    Value sum = windowSums(n, w, n.value(0));
    Shape counts = Shape.of(1, 1, out);
    HostTensor divisors = HostTensor.generate(new TensorType(DType.F32, counts), i -> {
      double product = 1;
      int rest = i;
      for (int a = r - 1; a >= 0; a--) {
        int o = rest % out[a];
        rest /= out[a];
        int inside = 0;
        for (int k = 0; k < w.kernel[a]; k++) {
          int p = o * w.stride[a] - w.pads[a] + k * w.dilation[a];
          boolean counted = count ? p < w.in[a] + w.pads[a + r] : p >= 0 && p < w.in[a];
          inside += counted ? 1 : 0;
        }
        product *= inside;
      }
      return product;
    });
    return n.emit(new Binary(Binary.Kind.DIVIDE), sum, n.constant(divisors));
  }

  private static void unpool(NodeImport n) {
    int r = maps(n);
    if (!n.attributes().has("kernel_shape")) {
      throw n.broken("has no kernel_shape");
    }
    int[] kernel = ConvImport.positive(n, "kernel_shape", r);
    int[] stride = ConvImport.positive(n, "strides", r);
    int[] pads = ConvImport.perAxis(n, "pads", 2 * r, 0);
    Shape x = n.shape(0);
    int[] inferred = new int[r];
    for (int i = 0; i < r; i++) {
      inferred[i] = (x.dim(i + 2) - 1) * stride[i] - pads[i] - pads[i + r] + kernel[i];
    }
    Spatial plane = Spatial.of(inferred);
    Value indices = n.operand(1).host() != null ? hostIndices(n, (int) plane.product()) : planeIndices(n, plane);
    Value y = n.emit(new MaxUnpool(plane), n.value(0), indices);
    n.out(n.has(2) ? CutImport.pad(n, y, around(n, inferred), Pad.Mode.CONSTANT, 0) : y);
  }

  /**
   * The output shape, if given, adds zeros behind what kernel and stride say; indices count in the latter (the specification's reference implementation; ONNX Runtime counts in the former).
   */
  private static int[] around(NodeImport n, int[] inferred) {
    long[] shape = n.longs(2);
    int r = inferred.length;
    int[] pads = new int[2 * (r + 2)];
    boolean fits = shape.length == r + 2 && shape[0] == n.shape(0).dim(0) && shape[1] == n.shape(0).dim(1);
    for (int i = 0; fits && i < r; i++) {
      pads[r + 4 + i] = Math.toIntExact(shape[i + 2] - inferred[i]);
      fits = pads[r + 4 + i] >= 0;
    }
    if (!fits) {
      throw n.broken("has output_shape " + Arrays.toString(shape) + " for x " + n.shape(0) + ", which unpools to " + Arrays.toString(inferred));
    }
    return pads;
  }

  /** Global indices of a pooling inside the model, back in their planes. */
  private static Value planeIndices(NodeImport n, Spatial plane) {
    Shape i = n.shape(1);
    int[] dims = new int[i.rank()];
    Arrays.fill(dims, 1);
    dims[0] = i.dim(0);
    dims[1] = i.dim(1);
    HostTensor offsets = HostTensor.generate(TensorType.f32(dims), k -> (double) k * plane.product());
    return n.emit(new Cast(DType.I32), n.emit(new Binary(Binary.Kind.SUBTRACT), n.value(1), n.constant(offsets)));
  }

  private static Value hostIndices(NodeImport n, int plane) {
    long[] given = n.longs(1);
    int perPlane = (int) n.shape(1).spatialSize();
    int[] indices = new int[given.length];
    for (int i = 0; i < given.length; i++) {
      long at = given[i] - (long) (i / perPlane) * plane;
      if (at < 0 || at >= plane) {
        throw n.unsupported("has index " + given[i] + ", which lies outside its channel's plane of " + plane + " elements");
      }
      indices[i] = (int) at;
    }
    return n.constant(HostTensor.of(n.shape(1), indices));
  }
}
