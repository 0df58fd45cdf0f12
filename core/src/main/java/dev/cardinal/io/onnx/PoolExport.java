package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import dev.cardinal.graph.Node;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Resize;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The ONNX forms of pooling, response normalisation and resizing. */
final class PoolExport {
  private PoolExport() {}

  /** Writes the node if it is one of these. */
  static boolean export(ExportNames m, Node n) {
    if (n.op() instanceof MaxPool p) {
      maxPool(m, n, p.geometry());
    } else if (n.op() instanceof AvgPool p) {
      m.alias(n.output(0), avgPool(m, n, p));
    } else if (n.op() instanceof AdaptiveAvgPool p) {
      m.alias(n.output(0), adaptive(m, n, p.output()));
    } else if (n.op() instanceof MaxUnpool u) {
      m.alias(n.output(0), unpool(m, n, u.size()));
    } else if (n.op() instanceof Lrn l) {
      m.alias(n.output(0), lrn(m, n, l));
    } else if (n.op() instanceof Resize r) {
      m.alias(n.output(0), resize(m, n, r));
    } else {
      return false;
    }
    return true;
  }

  private static String x(ExportNames m, Node n) {
    return m.of(n.input(0));
  }

  /** Padding with which rounding down gives the node's sizes: partial windows are said by padding, which every reader understands alike. */
  private static int[] pads(Node n, PoolGeometry g) {
    int r = g.rank();
    int[] pads = new int[2 * r];
    for (int i = 0; i < r; i++) {
      int span = g.dilation().at(i) * (g.kernel().at(i) - 1) + 1;
      int needed = (n.output(0).type().shape().dim(i + 2) - 1) * g.stride().at(i) + span - n.input(0).type().shape().dim(i + 2) - g.padLow().at(i);
      pads[i] = g.padLow().at(i);
      pads[i + r] = g.ceil() ? Math.max(0, needed) : g.padHigh().at(i);
    }
    return pads;
  }

  private static void maxPool(ExportNames m, Node n, PoolGeometry g) {
    // ONNX counts indices over the whole tensor, we within a plane: only unpooling may read them.
    int[] pads = pads(n, g);
    boolean wide = IntStream.range(0, pads.length).anyMatch(i -> pads[i] >= g.kernel().at(i % g.rank()));
    // ONNX Runtime wants padding below the kernel's size, whatever its dilation.
    String from = wide ? padded(m, n, pads, Float.NEGATIVE_INFINITY) : x(m, n);
    NodeProto.Builder b = m.node("MaxPool", n.name());
    b.addInput(from);
    String y = m.fresh(n.name() + ".out");
    String indices = m.fresh(n.name() + ".indices");
    b.addOutput(y).addOutput(indices);
    m.attributes(b, "kernel_shape", g.kernel(), "strides", g.stride(), "pads", wide ? new int[pads.length] : pads, "dilations", g.dilation());
    m.alias(n.output(0), y);
    if (!wide) {
      m.indices(n.output(1), indices);
    }
  }

  private static String padded(ExportNames m, Node n, int[] pads, float value) {
    int r = pads.length / 2;
    long[] all = new long[2 * (r + 2)];
    for (int i = 0; i < r; i++) {
      all[i + 2] = pads[i];
      all[r + 4 + i] = pads[i + r];
    }
    return m.add("Pad", n.name(), List.of(x(m, n), m.longs(all), m.constant(HostTensor.scalar(value))));
  }

  private static String avgPool(ExportNames m, Node n, AvgPool p) {
    PoolGeometry g = p.geometry();
    int[] pads = pads(n, g);
    String y = m.add("AveragePool", n.name(), List.of(x(m, n)), "kernel_shape", g.kernel(), "strides", g.stride(), "pads", pads, "count_include_pad", p.countPadding() ? 1 : 0);
    boolean partial = IntStream.range(0, g.rank()).anyMatch(i -> pads[i + g.rank()] > g.padHigh().at(i));
    return p.countPadding() && partial ? m.add("Mul", n.name(), List.of(y, m.constant(shares(n, g)))) : y;
  }

  /** By what the mean over all taps is to be multiplied where those beyond the padding do not count: readers disagree on what rounding up means for the divisor. */
  private static HostTensor shares(Node n, PoolGeometry g) {
    int[] out = n.output(0).type().shape().spatial();
    int[] in = n.input(0).type().shape().spatial();
    return HostTensor.generate(new TensorType(DType.F32, Shape.of(1, 1, out)), i -> {
      double share = 1;
      int rest = i;
      for (int a = out.length - 1; a >= 0; a--) {
        int begin = rest % out[a] * g.stride().at(a);
        share *= (double) g.kernel().at(a) / Math.min(g.kernel().at(a), in[a] + g.padLow().at(a) + g.padHigh().at(a) - begin);
        rest /= out[a];
      }
      return share;
    });
  }

  /** One window for everything, equal windows where the sizes divide, else axis by axis the mean of each slice. */
  private static String adaptive(ExportNames m, Node n, Spatial out) {
    int[] in = n.input(0).type().shape().spatial();
    if (out.isAll(1)) {
      return m.add("GlobalAveragePool", n.name(), List.of(x(m, n)));
    }
    int[] window = new int[in.length];
    boolean even = true;
    for (int i = 0; i < in.length; i++) {
      even &= in[i] % out.at(i) == 0;
      window[i] = in[i] / out.at(i);
    }
    if (even) {
      return m.add("AveragePool", n.name(), List.of(x(m, n)), "kernel_shape", window, "strides", window);
    }
    String y = x(m, n);
    for (int a = 0; a < in.length; a++) {
      List<String> parts = new ArrayList<>();
      for (int i = 0; i < out.at(a); i++) {
        int begin = (int) ((long) i * in[a] / out.at(a));
        int end = (int) (((long) (i + 1) * in[a] + out.at(a) - 1) / out.at(a));
        String part = m.add("Slice", n.name(), List.of(y, m.longs(begin), m.longs(end), m.longs(a + 2)));
        parts.add(m.add("ReduceMean", n.name(), List.of(part), "axes", new int[] {a + 2}, "keepdims", 1));
      }
      y = m.add("Concat", n.name(), parts, "axis", a + 2);
    }
    return y;
  }

  private static String unpool(ExportNames m, Node n, Spatial size) {
    boolean ours = n.input(1).isComputed() && m.indices(n.input(1)) != null && n.input(1).node().op() instanceof MaxPool && Spatial.of(n.input(1).node().input(0).type().shape().spatial()).equals(size);
    if (!ours) {
      throw new OnnxException(n.name() + ": unpooling can be exported where its indices come from a max pooling of the same size, this one is to " + size);
    }
    // Indices count in what kernel, stride and padding make of the input, so these are chosen to make the size; readers disagree on what an output shape would mean for them.
    Spatial stride = ((MaxPool) n.input(1).node().op()).geometry().stride();
    int r = size.rank();
    int[] kernel = new int[r];
    int[] pads = new int[2 * r];
    for (int i = 0; i < r; i++) {
      int rest = size.at(i) - (n.input(0).type().shape().dim(i + 2) - 1) * stride.at(i);
      kernel[i] = Math.max(1, rest);
      pads[i + r] = kernel[i] - rest;
    }
    return m.add("MaxUnpool", n.name(), List.of(x(m, n), m.indices(n.input(1))), "kernel_shape", kernel, "strides", stride, "pads", pads);
  }

  private static String part(ExportNames m, Node n, String shape, int from, int to) {
    return m.add("Slice", n.name(), List.of(shape, m.longs(from), m.longs(to)));
  }

  private static String lrn(ExportNames m, Node n, Lrn l) {
    Object[] a = {"size", l.size(), "alpha", l.alpha(), "beta", l.beta(), "bias", l.k()};
    if (l.groups() == 1) {
      return m.add("LRN", n.name(), List.of(x(m, n)), a);
    }
    int each = n.input(0).type().shape().dim(1) / l.groups();
    List<String> parts = new ArrayList<>();
    for (int g = 0; g < l.groups(); g++) {
      String part = m.add("Slice", n.name(), List.of(x(m, n), m.longs((long) g * each), m.longs((long) (g + 1) * each), m.longs(1)));
      parts.add(m.add("LRN", n.name(), List.of(part), a));
    }
    return m.add("Concat", n.name(), parts, "axis", 1);
  }

  /** Sizes are put together from the input's batch and channels, so that the batch stays free. */
  private static String resize(ExportNames m, Node n, Resize r) {
    String shape = m.add("Shape", n.name(), List.of(x(m, n)));
    String size = m.longs(IntStream.of(r.size().toArray()).asLongStream().toArray());
    String target = m.add("Concat", n.name(), List.of(part(m, n, shape, 0, 2), size), "axis", 0);
    String none = m.constant(HostTensor.of(Shape.of(0), new float[0]));
    boolean nearest = r.mode() == Resize.Mode.NEAREST;
    return m.add("Resize", n.name(), List.of(x(m, n), none, none, target), "mode", nearest ? "nearest" : "linear", "coordinate_transformation_mode",
        nearest ? "asymmetric" : r.alignCorners() ? "align_corners" : "half_pixel", "nearest_mode", "floor");
  }
}
