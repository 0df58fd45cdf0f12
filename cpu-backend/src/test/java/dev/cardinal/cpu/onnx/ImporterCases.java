package dev.cardinal.cpu.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** One or more small models for each operation of ONNX that is imported, with random shapes and attributes. */
final class ImporterCases {
  private static final int OPSET = 20;
  private final Random r;

  ImporterCases(Random r) {
    this.r = r;
  }

  /** What an output is; others than numbers and long integers go through a Cast to numbers. */
  private enum Out {
    NUMBER, LONG, OTHER
  }

  /**
   * A node.
   *
   * @param given how many of its inputs a run may give; those behind are stored in any case
   * @param in its inputs: u8 stands for bool, {@code null} for one that is left out
   */
  record Case(int opset, String op, int given, List<HostTensor> in, List<Out> out, Object... attributes) {
    ModelBuilder model(boolean give) {
      ModelBuilder m = new ModelBuilder(opset);
      List<String> names = new ArrayList<>();
      for (int i = 0; i < in.size(); i++) {
        HostTensor t = in.get(i);
        String name = t == null ? "" : "in" + i;
        names.add(name);
        if (t == null) {
          continue;
        }
        boolean bool = t.dtype() == DType.U8;
        String stored = bool ? name + "number" : name;
        HostTensor v = bool ? t.to(DType.F32) : t;
        m = give && i < given ? m.input(stored, v) : m.init(stored, v);
        if (bool) {
          m.scalar(name + "half", 0.5).node("Greater", List.of(stored, name + "half"), List.of(name));
        }
      }
      List<String> results = IntStream.range(0, out.size()).mapToObj(i -> "out" + i).toList();
      m.node(op, names, results, attributes);
      for (int i = 0; i < out.size(); i++) {
        if (out.get(i) == Out.OTHER) {
          m.node("Cast", List.of(results.get(i)), List.of("number" + i), "to", DataType.FLOAT_VALUE).output("number" + i);
        } else {
          m.output(results.get(i), out.get(i) == Out.LONG ? DataType.INT64 : DataType.FLOAT);
        }
      }
      return m;
    }

    Case at(int opset) {
      return new Case(opset, op, given, in, out, attributes);
    }

    Case giving(Out... out) {
      return new Case(opset, op, given, in, List.of(out), attributes);
    }
  }

  private static Case node(String op, int given, List<HostTensor> in, Object... attributes) {
    return new Case(OPSET, op, given, in, List.of(Out.NUMBER), attributes);
  }

  private static Case node(String op, HostTensor x, Object... attributes) {
    return node(op, 1, List.of(x), attributes);
  }

  private int[] shape(int least) {
    return r.ints(least + r.nextInt(3), 1, 5).toArray();
  }

  private HostTensor any(int... dims) {
    return Oracle.random(r, dims);
  }

  private HostTensor positive(int... dims) {
    return Oracle.positive(r, dims);
  }

  /** Few values, so that equal ones meet. */
  private HostTensor few(int... dims) {
    return HostTensor.generate(TensorType.f32(dims), i -> r.nextInt(3) - 1);
  }

  private HostTensor bools(int... dims) {
    return HostTensor.generate(new TensorType(DType.U8, Shape.of(dims)), i -> r.nextInt(2));
  }

  private static HostTensor longs(long... v) {
    return HostTensor.of(Shape.of(v.length), v);
  }

  private static HostTensor floats(float... v) {
    return HostTensor.of(Shape.of(v.length), v);
  }

  private static HostTensor scalar(double v) {
    return HostTensor.scalar((float) v);
  }

  /** A shape that broadcasts to another. */
  private int[] broadcast(int[] to) {
    int[] d = Arrays.copyOfRange(to, r.nextInt(to.length + 1), to.length);
    for (int i = 0; i < d.length; i++) {
      d[i] = r.nextBoolean() ? 1 : d[i];
    }
    return d;
  }

  List<Case> of(String op) {
    int[] s = shape(1);
    return switch (op) {
      case "Abs", "Neg", "Exp", "Sign", "Identity", "Relu", "Sigmoid", "Tanh", "Softplus", "Softsign", "HardSwish", "Mish", "Erf", "Floor", "Ceil", "Round" -> List.of(node(op, any(s)));
      case "Log", "Sqrt", "Reciprocal" -> List.of(node(op, positive(s)));
      case "Elu", "Celu", "LeakyRelu", "ThresholdedRelu" -> List.of(node(op, any(s)), node(op, any(s), "alpha", 0.3));
      case "HardSigmoid" -> List.of(node(op, any(s), "alpha", 0.3, "beta", 0.4));
      case "Selu" -> List.of(node(op, any(s), "alpha", 1.5, "gamma", 1.1));
      case "Gelu" -> List.of(node(op, any(s)), node(op, any(s), "approximate", "tanh"));
      case "Shrink" -> List.of(node(op, any(s), "lambd", 0.7, "bias", 0.2));
      case "Clip" -> List.of(node(op, 1, List.of(any(s), scalar(-0.6), scalar(0.8))));
      case "PRelu" -> List.of(node(op, 1, List.of(any(s), any(broadcast(s)))));
      case "Cast" -> List.of(node(op, any(s), "to", DataType.FLOAT16_VALUE).giving(Out.OTHER), node(op, any(s), "to", DataType.INT32_VALUE).giving(Out.OTHER));
      case "CastLike" -> List.of(node(op, 1, List.of(any(s), longs(1))).giving(Out.LONG), node(op, 1, List.of(any(s), scalar(1))));
      case "Add", "Sub", "Mul", "Max", "Min", "Sum", "Mean" -> List.of(node(op, 2, List.of(any(s), any(broadcast(s)))), node(op, 2, List.of(any(broadcast(s)), any(s))));
      case "Div" -> List.of(node(op, 2, List.of(any(s), positive(broadcast(s)))));
      case "Mod" -> List.of(node(op, 2, List.of(any(s), positive(broadcast(s))), "fmod", 1), node(op, 0, List.of(longs(-7, 7, 5), longs(3, -3, 2))).giving(Out.LONG));
      case "Pow" -> List.of(node(op, 1, List.of(positive(s), scalar(r.nextInt(4)))), node(op, 2, List.of(positive(s), any(broadcast(s)))));
      case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual" -> List.of(node(op, 2, List.of(few(s), few(broadcast(s)))).giving(Out.OTHER));
      case "And", "Or", "Xor" -> List.of(node(op, 2, List.of(bools(s), bools(broadcast(s)))).giving(Out.OTHER));
      case "Not" -> List.of(node(op, bools(s)).giving(Out.OTHER));
      case "Where" -> List.of(node(op, 3, List.of(bools(broadcast(s)), any(s), any(broadcast(s)))), node(op, 3, List.of(bools(s), any(s), scalar(Float.NEGATIVE_INFINITY))));
      default -> op.startsWith("Reduce") || op.startsWith("Arg") ? reductions(op) : op.contains("Norm") || op.equals("LRN") || op.equals("Dropout") ? normalisations(op) : layers(op);
    };
  }

  private List<Case> reductions(String op) {
    int[] s = shape(2);
    int axis = r.nextInt(s.length);
    if (op.startsWith("Arg")) {
      return List.of(node(op, few(s), "axis", axis, "keepdims", r.nextInt(2)).giving(Out.LONG), node(op, few(s), "axis", axis - s.length, "select_last_index", 1).giving(Out.LONG));
    }
    return List.of(node(op, 1, List.of(positive(s), longs(axis)), "keepdims", r.nextInt(2)), node(op, positive(s)),
        node(op, positive(s), op.equals("ReduceSum") ? "keepdims" : "axes", op.equals("ReduceSum") ? 0 : new int[] {axis}).at(12));
  }

  private List<Case> normalisations(String op) {
    int c = 1 + r.nextInt(5);
    HostTensor x = any(2, c, 3, 2 + r.nextInt(3));
    return switch (op) {
      case "BatchNormalization" -> List.of(node(op, 1, List.of(x, any(c), any(c), any(c), positive(c)), "epsilon", 1e-3));
      case "InstanceNormalization" -> List.of(node(op, 1, List.of(x, any(c), any(c)), "epsilon", 1e-2));
      case "GroupNormalization" -> List.of(node(op, 1, List.of(any(2, 2 * c, 3, 2), any(2 * c), any(2 * c)), "num_groups", c).at(21), node(op, 1, List.of(any(2, 2 * c, 3, 2), any(c), any(c)), "num_groups", c));
      case "LayerNormalization" -> List.of(node(op, 1, List.of(x, any(x.shape().dim(3)), any(x.shape().dim(3))), "epsilon", 1e-2),
          node(op, 1, List.of(any(2, 3, 4), any(3, 4)), "axis", -2).giving(Out.NUMBER, Out.NUMBER, Out.NUMBER));
      case "MeanVarianceNormalization" -> List.of(node(op, any(2, c, 3, 4)), node(op, any(2, c, 3, 4), "axes", new int[] {2, 3}));
      case "LpNormalization" -> List.of(node(op, x, "axis", r.nextInt(4), "p", 1 + r.nextInt(2)), node(op, HostTensor.zeros(TensorType.f32(2, 3))));
      case "LRN" -> List.of(node(op, x, "size", 1 + 2 * r.nextInt(3), "alpha", 0.3, "beta", 0.6, "bias", 1.2));
      case "Dropout" -> List.of(node(op, 1, Arrays.asList(x, scalar(0.4))));
      default -> List.of();
    };
  }

  private List<Case> layers(String op) {
    int g = 1 + r.nextInt(3);
    HostTensor maps = any(2, 2 * g, 5 + r.nextInt(3), 6);
    int[] two = {2, 1 + r.nextInt(3)};
    int[] pads = r.ints(4, 0, 1 + 1).toArray();
    return switch (op) {
      case "Conv" -> List.of(node(op, 3, List.of(maps, any(3 * g, 2, 2, 3), any(3 * g)), "group", g, "strides", two, "pads", pads, "dilations", new int[] {1, 2}));
      case "ConvTranspose" -> List.of(node(op, 3, List.of(maps, any(2 * g, 3, 3, 2), any(3 * g)), "group", g, "strides", two, "pads", pads, "output_padding", new int[] {1, 0}));
      case "MaxPool" -> List.of(node(op, maps, "kernel_shape", new int[] {3, 2}, "strides", two, "pads", pads, "ceil_mode", 1).giving(Out.NUMBER, Out.LONG));
      case "AveragePool" -> List.of(node(op, maps, "kernel_shape", new int[] {3, 2}, "strides", two, "pads", pads, "count_include_pad", r.nextInt(2)));
      case "LpPool" -> List.of(node(op, maps, "kernel_shape", new int[] {3, 2}, "strides", two, "pads", pads, "p", 1 + r.nextInt(3)), node(op, maps, "kernel_shape", new int[] {2, 2}).at(11));
      case "GlobalAveragePool", "GlobalMaxPool" -> List.of(node(op, maps), node(op, any(2, 3, 5)));
      case "GlobalLpPool" -> List.of(node(op, maps), node(op, any(2, 3, 5), "p", 3));
      case "MaxUnpool" -> List.of(node(op, 1, List.of(any(2, 3, 2, 4), unpoolingIndices(2, 3, 2, 4)), "kernel_shape", new int[] {2, 2}, "strides", new int[] {2, 2}));
      case "Resize" -> List.of(node(op, 1, Arrays.asList(maps, null, floats(1, 1, 2, 1.5f)), "mode", "linear"), node(op, 1, Arrays.asList(maps, null, null, longs(2, 2 * g, 9, 4)), "mode", "cubic"),
          node(op, 1, Arrays.asList(maps, null, floats(1, 1, 2, 3)), "mode", "nearest", "coordinate_transformation_mode", "asymmetric", "nearest_mode", "floor"));
      case "Upsample" -> List.of(node(op, 1, List.of(maps, floats(1, 1, 2, 3)), "mode", r.nextBoolean() ? "nearest" : "linear").at(9));
      case "Gemm" -> List.of(node(op, 3, List.of(any(3, 4), any(5, 4), any(5)), "transB", 1, "alpha", 0.5), node(op, 3, List.of(any(4, 3), any(4, 5), any(3, 1)), "transA", 1, "beta", 2.0));
      case "MatMul" -> List.of(node(op, 2, List.of(any(3, 4), any(4, g))), node(op, 2, List.of(any(2, 1, 3, 4), any(g, 4, 2))));
      case "Hardmax" -> List.of(node(op, few(2, 3, 4), "axis", r.nextInt(3)), node(op, few(2, 3, 4), "axis", r.nextInt(3)).at(11), node(op, few(2, 3, 4)).at(7));
      case "Softmax", "LogSoftmax" -> List.of(node(op, any(2, 3, 4), "axis", r.nextInt(3)), node(op, any(2, 3, 4), "axis", r.nextInt(3)).at(11));
      default -> moves(op);
    };
  }

  /** One place in each window of 2 × 2. */
  private HostTensor unpoolingIndices(int n, int c, int h, int w) {
    return HostTensor.generate(new TensorType(DType.I64, Shape.of(n, c, h, w)), i -> {
      int x = i % w;
      int y = i / w % h;
      int plane = i / w / h;
      return (plane * 2 * h + 2 * y + r.nextInt(2)) * 2.0 * w + 2 * x + r.nextInt(2);
    });
  }

  /** A graph that gives some numbers. */
  private GraphProto branch(int count) {
    return new ModelBuilder(OPSET).init("some" + count, any(count)).node("Neg", List.of("some" + count), List.of("negative" + count)).output("negative" + count).graph().build();
  }

  private List<Case> moves(String op) {
    HostTensor x = any(2, 3, 4);
    int axis = r.nextInt(3);
    return switch (op) {
      case "Reshape" -> List.of(node(op, 1, List.of(x, longs(0, -1, 2))), node(op, 1, List.of(x, longs(24))));
      case "Flatten" -> List.of(node(op, x, "axis", axis), node(op, any(3)));
      case "Squeeze" -> List.of(node(op, 1, List.of(any(1, 3, 1, 2), longs(r.nextBoolean() ? 0 : -2))), node(op, any(1, 3, 1)), node(op, any(1, 3, 1), "axes", new int[] {2}).at(11));
      case "Unsqueeze" -> List.of(node(op, 1, List.of(x, longs(0, -1))), node(op, x, "axes", new int[] {1, 3}).at(11));
      case "Transpose" -> List.of(node(op, x), node(op, x, "perm", new int[] {1, 2, 0}));
      case "Expand" -> List.of(node(op, 1, List.of(any(3, 1), longs(2, 1, 4))));
      case "Tile" -> List.of(node(op, 1, List.of(x, longs(1, 2, 1 + r.nextInt(3)))));
      case "Concat" -> List.of(node(op, 3, List.of(any(2, 3), any(2, 1), any(2, 4)), "axis", -1));
      case "DepthToSpace" -> List.of(node(op, any(1, 8, 2, 3), "blocksize", 2), node(op, any(1, 8, 2, 3), "blocksize", 2, "mode", "CRD"));
      case "SpaceToDepth" -> List.of(node(op, any(2, 2, 4, 6), "blocksize", 2));
      case "Slice" -> List.of(node(op, 1, List.of(any(5, 6), longs(-1, 1), longs(-100, 100), longs(0, 1), longs(-2, 2))), node(op, any(5, 6), "starts", new int[] {1}, "ends", new int[] {-1}).at(9));
      case "Split" -> List.of(node(op, 1, List.of(any(5, 4), longs(2, 3)), "axis", 0).giving(Out.NUMBER, Out.NUMBER), node(op, any(5, 4), "axis", -1, "num_outputs", 2).giving(Out.NUMBER, Out.NUMBER),
          node(op, any(4, 6), "axis", 1).giving(Out.NUMBER, Out.NUMBER).at(11));
      case "Gather" -> List.of(node(op, 1, List.of(x, HostTensor.of(Shape.of(2, 2), 1L, 0L, -1L, 1L)), "axis", axis), node(op, 1, List.of(x, HostTensor.of(Shape.scalar(), 1L)), "axis", axis));
      case "Pad" -> List.of(node(op, 1, List.of(any(4, 5), longs(1, 0, 2, 3), scalar(0.5))), node(op, 1, List.of(any(4, 5), longs(1, 0, 2, 3)), "mode", r.nextBoolean() ? "reflect" : "edge"));
      case "CenterCropPad" -> List.of(node(op, 1, List.of(any(5, 4), longs(2, 7))), node(op, 1, List.of(any(5, 4, 6), longs(3, 9)), "axes", new int[] {0, -1}));
      case "If" -> List.of(node(op, 0, List.of(bools()), "then_branch", branch(3), "else_branch", branch(2)));
      case "Shape" -> List.of(node(op, x).giving(Out.LONG), node(op, x, "start", 1, "end", -1).giving(Out.LONG));
      case "Size" -> List.of(node(op, x).giving(Out.LONG));
      case "Constant" -> List.of(node(op, 0, List.of(), "value_floats", new float[] {1, 2, 3}), node(op, 0, List.of(), "value_int", 7).giving(Out.LONG));
      case "ConstantOfShape" -> List.of(node(op, 0, List.of(longs(2, 1 + axis))));
      case "Range" -> List.of(node(op, 0, List.of(scalar(1), scalar(5), scalar(0.75))));
      default -> List.of();
    };
  }
}
