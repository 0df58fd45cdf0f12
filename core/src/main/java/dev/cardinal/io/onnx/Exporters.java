package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.Binary;
import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.Cast;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.Op;
import dev.cardinal.op.Pad;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Slice;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.Spatial;
import dev.cardinal.op.Transpose;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The ONNX form of each operation that inference needs. Pooling, response normalisation and resizing are in {@link PoolExport}. */
final class Exporters {
  private Exporters() {}

  static void export(ExportNames m, Node n) {
    List<String> in = new ArrayList<>();
    if (!PoolExport.export(m, n)) {
      n.inputs().forEach(v -> in.add(m.of(v)));
      m.alias(n.output(0), single(m, n, n.op(), in));
    }
  }

  private static String single(ExportNames m, Node n, Op op, List<String> in) {
    String at = n.name();
    Shape out = n.output(0).type().shape();
    if (op instanceof Conv c) {
      Object[] a = {"kernel_shape", Spatial.of(n.input(1).type().shape().spatial()), "strides", c.geometry().stride(), "pads", pads(c.geometry()), "dilations", c.geometry().dilation(), "group",
          c.geometry().groups()};
      return activated(m, at, c.activation(), 0, m.add("Conv", at, in, a));
    } else if (op instanceof ConvBackwardData c) {
      return transposed(m, n, c, in);
    } else if (op instanceof Linear l) {
      return activated(m, at, l.activation(), 0, m.add("Gemm", at, in, "transB", 1));
    } else if (op instanceof MatMul p) {
      return m.add("Gemm", at, in, "transA", p.transposeA() ? 1 : 0, "transB", p.transposeB() ? 1 : 0);
    } else if (op instanceof BatchNormInference b) {
      String y = m.add("BatchNormalization", at, in.subList(0, 5), "epsilon", b.epsilon());
      return activated(m, at, b.activation(), 0, in.size() == 6 ? m.add("Add", at, List.of(y, in.get(5))) : y);
    } else if (op instanceof Activation a) {
      return activated(m, at, a.kind(), a.alpha(), in.get(0));
    } else if (op instanceof Binary b) {
      return binary(m, at, b, in);
    } else if (op instanceof Unary u) {
      return unary(m, at, u, in);
    } else if (op instanceof Scale s) {
      String y = s.factor() == 1 ? in.get(0) : m.add("Mul", at, List.of(in.get(0), m.constant(HostTensor.scalar((float) s.factor()))));
      return s.offset() == 0 ? y : m.add("Add", at, List.of(y, m.constant(HostTensor.scalar((float) s.offset()))));
    } else if (op instanceof Reshape) {
      return reshape(m, at, in.get(0), n.input(0), out);
    } else if (op instanceof Transpose t) {
      return m.add("Transpose", at, in, "perm", t.permutation().stream().mapToInt(i -> i).toArray());
    } else if (op instanceof Concat c) {
      return m.add("Concat", at, in, "axis", c.axis());
    } else if (op instanceof Slice s) {
      return slice(m, n, s, in.get(0));
    } else if (op instanceof Pad p) {
      return pad(m, at, p, in.get(0));
    } else if (op instanceof Softmax s) {
      return m.add(s.log() ? "LogSoftmax" : "Softmax", at, in, "axis", s.axis());
    } else if (op instanceof Reduce r) {
      return reduce(m, at, r, in.get(0));
    } else if (op instanceof BroadcastTo b) {
      long[] dims = IntStream.of(b.shape().dims()).asLongStream().toArray();
      if (m.isBatched(n.input(0).type().shape())) {
        dims[0] = 1;
      }
      return m.add("Expand", at, List.of(in.get(0), m.longs(dims)));
    } else if (op instanceof Cast c) {
      return m.add("Cast", at, in, "to", OnnxTensors.onnxType(c.to()).getNumber());
    } else if (op instanceof ChannelShuffle c) {
      return shuffle(m, at, c, in.get(0), out);
    }
    throw new OnnxException(at + ": " + op.opName() + " has no ONNX form here; only the inference form of a network can be exported");
  }

  static int[] pads(ConvGeometry g) {
    return IntStream.concat(IntStream.of(g.padLow().toArray()), IntStream.of(g.padHigh().toArray())).toArray();
  }

  private static String transposed(ExportNames m, Node n, ConvBackwardData c, List<String> in) {
    ConvGeometry g = c.geometry();
    int[] kernel = n.input(1).type().shape().spatial();
    int[] from = n.input(0).type().shape().spatial();
    int[] extra = new int[kernel.length];
    for (int i = 0; i < extra.length; i++) {
      extra[i] = c.size().at(i) - ((from[i] - 1) * g.stride().at(i) - g.padLow().at(i) - g.padHigh().at(i) + g.span(i, kernel[i]));
    }
    String y = m.add("ConvTranspose", n.name(), in, "kernel_shape", Spatial.of(kernel), "strides", g.stride(), "pads", pads(g), "dilations", g.dilation(), "group", g.groups(), "output_padding", extra);
    return activated(m, n.name(), c.activation(), 0, y);
  }

  static String activated(ExportNames m, String at, Activation.Kind kind, double alpha, String x) {
    return switch (kind) {
      case IDENTITY -> x;
      case RELU -> m.add("Relu", at, List.of(x));
      case RELU6 -> m.add("Clip", at, List.of(x, m.constant(HostTensor.scalar(0)), m.constant(HostTensor.scalar(6))));
      case LEAKY_RELU -> m.add("LeakyRelu", at, List.of(x), "alpha", alpha);
      case SIGMOID -> m.add("Sigmoid", at, List.of(x));
      case TANH -> m.add("Tanh", at, List.of(x));
      case HARD_SWISH -> m.add("HardSwish", at, List.of(x));
    };
  }

  private static String binary(ExportNames m, String at, Binary b, List<String> in) {
    return switch (b.kind()) {
      case ADD -> m.add("Add", at, in);
      case SUBTRACT -> m.add("Sub", at, in);
      case MULTIPLY -> m.add("Mul", at, in);
      case DIVIDE -> m.add("Div", at, in);
      case MAXIMUM -> m.add("Max", at, in);
      case MINIMUM -> m.add("Min", at, in);
      case GREATER_OR_EQUAL -> m.add("Cast", at, List.of(m.add("GreaterOrEqual", at, in)), "to", DataType.FLOAT_VALUE);
    };
  }

  private static String unary(ExportNames m, String at, Unary u, List<String> in) {
    return switch (u.kind()) {
      case NEGATE -> m.add("Neg", at, in);
      case ABSOLUTE -> m.add("Abs", at, in);
      case SQUARE -> m.add("Mul", at, List.of(in.get(0), in.get(0)));
      case SQUARE_ROOT -> m.add("Sqrt", at, in);
      case EXPONENTIAL -> m.add("Exp", at, in);
      case LOGARITHM -> m.add("Log", at, in);
      case SIGN -> m.add("Sign", at, in);
    };
  }

  /** A batch in front stays whatever it is: 0 copies the size of the input's axis. */
  private static String reshape(ExportNames m, String at, String x, Value from, Shape to) {
    long[] dims = IntStream.of(to.dims()).asLongStream().toArray();
    if (m.isBatched(from.type().shape())) {
      if (m.isBatched(to)) {
        dims[0] = 0;
      } else if (to.rank() > 0 && to.dim(0) % from.type().shape().dim(0) == 0) {
        dims[0] = -1;
      } else {
        throw new OnnxException(at + ": a reshape from " + from.type().shape() + " to " + to + " moves the batch, which cannot be exported for any batch size");
      }
    }
    return m.add("Reshape", at, List.of(x, m.longs(dims)));
  }

  private static String slice(ExportNames m, Node n, Slice s, String x) {
    Shape from = n.input(0).type().shape();
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < from.rank(); i++) {
      boolean all = s.begin().get(i) == 0 && s.end().get(i) == from.dim(i) && s.step().get(i) == 1;
      if (!all) {
        axes.add(i);
      }
    }
    if (axes.contains(0) && m.isBatched(from)) {
      throw new OnnxException(n.name() + ": a slice of the batch cannot be exported for any batch size");
    }
    if (axes.isEmpty()) {
      return x;
    }
    return m.add("Slice", n.name(), List.of(x, picked(m, axes, s.begin()), picked(m, axes, s.end()), m.longs(axes.stream().mapToLong(i -> i).toArray()), picked(m, axes, s.step())));
  }

  private static String picked(ExportNames m, List<Integer> axes, List<Integer> values) {
    return m.longs(axes.stream().mapToLong(values::get).toArray());
  }

  private static String pad(ExportNames m, String at, Pad p, String x) {
    if (p.low().isEmpty()) {
      return x;
    }
    long[] pads = IntStream.range(0, 2 * p.low().size()).mapToLong(i -> i < p.low().size() ? p.low().get(i) : p.high().get(i - p.low().size())).toArray();
    List<String> in = new ArrayList<>(List.of(x, m.longs(pads)));
    if (p.mode() == Pad.Mode.CONSTANT) {
      in.add(m.constant(HostTensor.scalar((float) p.value())));
    }
    return m.add("Pad", at, in, "mode", p.mode().name().toLowerCase(Locale.ROOT));
  }

  private static String reduce(ExportNames m, String at, Reduce r, String x) {
    int[] axes = r.axes().stream().mapToInt(i -> i).toArray();
    int keep = r.keepAxes() ? 1 : 0;
    if (axes.length == 0) {
      return x;
    }
    if (r.kind() == Reduce.Kind.MEAN) {
      return m.add("ReduceMean", at, List.of(x), "axes", axes, "keepdims", keep);
    }
    return m.add("ReduceSum", at, List.of(x, m.longs(IntStream.of(axes).asLongStream().toArray())), "keepdims", keep);
  }

  /** Channels as a matrix [groups, n], transposed. */
  private static String shuffle(ExportNames m, String at, ChannelShuffle c, String x, Shape s) {
    int r = s.rank();
    long[] split = IntStream.range(0, r + 1).mapToLong(i -> i == 0 ? 0 : i == 1 ? c.groups() : i == 2 ? s.dim(1) / c.groups() : s.dim(i - 1)).toArray();
    long[] merged = IntStream.range(0, r).mapToLong(i -> i == 0 ? 0 : s.dim(i)).toArray();
    int[] perm = IntStream.range(0, r + 1).map(i -> i == 1 ? 2 : i == 2 ? 1 : i).toArray();
    String y = m.add("Transpose", at, List.of(m.add("Reshape", at, List.of(x, m.longs(split)))), "perm", perm);
    return m.add("Reshape", at, List.of(y, m.longs(merged)));
  }
}
