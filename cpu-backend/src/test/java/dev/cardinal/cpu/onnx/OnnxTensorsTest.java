package dev.cardinal.cpu.onnx;

import static dev.cardinal.cpu.onnx.Oracle.compare;
import static dev.cardinal.cpu.onnx.Oracle.positive;
import static dev.cardinal.cpu.onnx.Oracle.random;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Operations on single elements and on shapes, with random attributes, against ONNX Runtime. */
class OnnxTensorsTest {
  private static final List<String> X = List.of("x");
  private static final List<String> Y = List.of("y");
  private final Random r = new Random(11);

  private void one(int opset, String op, HostTensor x, Object... attributes) {
    compare(op + " " + opset, new ModelBuilder(opset).input("x", x).node(op, X, Y, attributes).output("y"));
  }

  @Test
  void functions() {
    for (String op : List.of("Relu", "Sigmoid", "Tanh", "HardSigmoid", "LeakyRelu", "Elu", "Selu", "Softplus", "Softsign", "Abs", "Neg", "Exp", "Sign", "Reciprocal", "Identity", "ThresholdedRelu",
        "Celu")) {
      one(12, op, random(r, 2, 3, 4));
    }
    one(6, "Elu", random(r, 2, 3));
    one(14, "HardSwish", HostTensor.generate(dev.cardinal.tensor.TensorType.f32(4, 5), i -> i - 10));
    one(18, "Mish", random(r, 4, 5));
    for (String op : List.of("Log", "Sqrt")) {
      one(9, op, positive(r, 3, 4));
    }
    for (double a : new double[] {-0.5, 0.1, 0.3}) {
      one(9, "LeakyRelu", random(r, 3, 4), "alpha", a);
      one(9, "Elu", random(r, 3, 4), "alpha", Math.abs(a));
      one(12, "Celu", random(r, 3, 4), "alpha", Math.abs(a));
      one(9, "HardSigmoid", random(r, 3, 4), "alpha", Math.abs(a), "beta", 0.4);
      one(9, "Selu", random(r, 3, 4), "alpha", Math.abs(a), "gamma", 1.2);
      one(9, "Shrink", random(r, 3, 4), "lambd", 1.0, "bias", Math.abs(a));
    }
    one(8, "Clip", random(r, 3, 4), "min", 0.0, "max", 1.0);
    one(8, "Clip", random(r, 3, 4), "min", -1.0);
    compare("Clip", new ModelBuilder(12).input("x", random(r, 3, 4)).scalar("lo", -0.5).scalar("hi", 0.7).node("Clip", List.of("x", "lo", "hi"), Y).output("y"));
    compare("Clip", new ModelBuilder(12).input("x", random(r, 3, 4)).scalar("hi", 6).node("Clip", List.of("x", "", "hi"), Y).output("y"));
    compare("Clip", new ModelBuilder(12).input("x", random(r, 3, 4)).scalar("lo", 0).scalar("hi", 6).node("Clip", List.of("x", "lo", "hi"), Y).output("y"));
    for (int[] slope : new int[][] {{1}, {3, 1, 1}, {1, 3, 1, 1}}) {
      compare("PRelu", new ModelBuilder(9).input("x", random(r, 2, 3, 4, 4)).init("s", random(r, slope)).node("PRelu", List.of("x", "s"), Y).output("y"));
    }
  }

  @Test
  void arithmetic() {
    int[][][] shapes = {{{2, 3, 4}, {2, 3, 4}}, {{2, 3, 4}, {3, 1}}, {{4}, {2, 3, 1}}, {{2, 3}, {}}};
    for (String op : List.of("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean")) {
      for (int[][] s : shapes) {
        compare(op, new ModelBuilder(9).input("x", random(r, s[0])).input("z", positive(r, s[1])).node(op, List.of("x", "z"), Y).output("y"));
        compare(op, new ModelBuilder(9).input("x", random(r, s[0])).init("z", positive(r, s[1])).node(op, List.of("x", "z"), Y).output("y"));
      }
    }
    for (String op : List.of("Max", "Min", "Sum", "Mean")) {
      compare(op, new ModelBuilder(13).input("x", random(r, 2, 3)).input("z", random(r, 3)).input("w", random(r, 2, 1)).node(op, List.of("x", "z", "w"), Y).output("y"));
    }
    for (double p : new double[] {0, 1, 2, 3, 5, -1, 0.5, 0.75, -0.5}) {
      compare("Pow " + p, new ModelBuilder(12).input("x", positive(r, 3, 4)).scalar("p", p).node("Pow", List.of("x", "p"), Y).output("y"));
    }
  }

  @Test
  void shapesAndAxes() {
    one(9, "Flatten", random(r, 2, 3, 4));
    one(11, "Flatten", random(r, 2, 3, 4), "axis", -1);
    one(9, "Flatten", random(r, 2, 3, 4), "axis", 0);
    one(9, "Transpose", random(r, 2, 3, 4));
    one(9, "Transpose", random(r, 2, 3, 4), "perm", new int[] {1, 2, 0});
    one(9, "Squeeze", random(r, 1, 3, 1, 4), "axes", new int[] {0, 2});
    one(9, "Squeeze", random(r, 1, 3, 1, 4));
    one(11, "Unsqueeze", random(r, 3, 4), "axes", new int[] {0, -1});
    compare("Squeeze 13", new ModelBuilder(13).input("x", random(r, 3, 1, 4)).ints("a", -2).node("Squeeze", List.of("x", "a"), Y).output("y"));
    compare("Unsqueeze 13", new ModelBuilder(13).input("x", random(r, 3, 4)).ints("a", 1, 3).node("Unsqueeze", List.of("x", "a"), Y).output("y"));
    for (long[] s : new long[][] {{4, 6}, {-1, 3}, {0, -1}, {2, 0, 4}, {1, 24}}) {
      compare("Reshape", new ModelBuilder(9).input("x", random(r, 2, 3, 4)).ints("s", s).node("Reshape", List.of("x", "s"), Y).output("y"));
    }
    compare("Expand", new ModelBuilder(9).input("x", random(r, 3, 1)).ints("s", 2, 1, 4).node("Expand", List.of("x", "s"), Y).output("y"));
    compare("Tile", new ModelBuilder(9).input("x", random(r, 2, 3)).ints("s", 2, 3).node("Tile", List.of("x", "s"), Y).output("y"));
    compare("Concat", new ModelBuilder(9).input("x", random(r, 2, 3)).input("z", random(r, 2, 4)).node("Concat", List.of("x", "z"), Y, "axis", 1).output("y"));
    compare("Concat", new ModelBuilder(11).input("x", random(r, 2, 3)).input("z", random(r, 1, 3)).node("Concat", List.of("x", "z", "x"), Y, "axis", -2).output("y"));
    one(11, "DepthToSpace", random(r, 2, 8, 2, 3), "blocksize", 2);
    one(11, "DepthToSpace", random(r, 2, 8, 2, 3), "blocksize", 2, "mode", "CRD");
    one(11, "SpaceToDepth", random(r, 2, 2, 4, 6), "blocksize", 2);
  }

  @Test
  void parts() {
    one(9, "Slice", random(r, 4, 5, 6), "starts", new int[] {1, -3}, "ends", new int[] {100, -1}, "axes", new int[] {0, 2});
    one(9, "Slice", random(r, 4, 5), "starts", new int[] {1, 2}, "ends", new int[] {3, 4});
    long[][] forms = {{0, 4, 0, 2}, {-1, -100, 1, -1}, {4, 0, 1, -2}, {1, 1000, 2, 3}};
    for (long[] f : forms) {
      ModelBuilder m = new ModelBuilder(11).input("x", random(r, 5, 6, 7)).ints("b", f[0]).ints("e", f[1]).ints("a", f[2]).ints("s", f[3]);
      compare("Slice", m.node("Slice", List.of("x", "b", "e", "a", "s"), Y).output("y"));
    }
    for (int opset : new int[] {9, 13}) {
      ModelBuilder m = new ModelBuilder(opset).input("x", random(r, 6, 4)).ints("s", 1, 2, 3);
      List<String> in = opset == 13 ? List.of("x", "s") : X;
      compare("Split", m.node("Split", in, List.of("a", "b", "c"), "axis", 0, "split", opset == 9 ? new int[] {1, 2, 3} : null).output("a").output("b").output("c"));
    }
    compare("Split", new ModelBuilder(18).input("x", random(r, 7, 4)).node("Split", X, List.of("a", "b"), "num_outputs", 2).output("a").output("b"));
    for (int axis = 0; axis < 3; axis++) {
      HostTensor i = HostTensor.of(Shape.of(2, 2), 1L, 0L, 2L, -1L);
      compare("Gather", new ModelBuilder(11).input("x", random(r, 3, 4, 5)).init("i", i).node("Gather", List.of("x", "i"), Y, "axis", axis).output("y"));
    }
    for (String mode : List.of("constant", "reflect", "edge")) {
      one(9, "Pad", random(r, 1, 2, 4, 5), "mode", mode, "pads", new int[] {0, 0, 1, 2, 0, 0, 2, 1}, "value", 1.5);
      ModelBuilder m = new ModelBuilder(18).input("x", random(r, 1, 2, 4, 5)).ints("p", 1, 0, 2, 1).scalar("v", mode.equals("constant") ? 2.5 : 0).ints("a", -1, 2);
      compare("Pad 18", m.node("Pad", List.of("x", "p", "v", "a"), Y, "mode", mode).output("y"));
    }
    one(9, "Pad", random(r, 4, 5), "pads", new int[] {-1, 2, 1, -2});
    compare("Pad 19", new ModelBuilder(19).input("x", random(r, 3, 4)).ints("p", 2, 1, 0, 3).node("Pad", List.of("x", "p"), Y, "mode", "wrap").output("y"));
  }

  @Test
  void reductions() {
    for (String op : List.of("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp", "ReduceLogSum")) {
      one(11, op, positive(r, 2, 3, 4));
      one(11, op, positive(r, 2, 3, 4), "axes", new int[] {0, -1}, "keepdims", 0);
      one(11, op, positive(r, 2, 3, 4, 5), "axes", new int[] {2, 3}, "keepdims", 1);
      ModelBuilder m = new ModelBuilder(18).input("x", positive(r, 2, 3, 4)).ints("a", 1);
      compare(op + " 18", m.node(op, List.of("x", "a"), Y, "keepdims", 0).output("y"));
    }
  }

  /** The pattern of exporters: the batch size is read from the input, a shape is put together, and the feature map flattened to it. */
  @Test
  void foldedShapes() {
    ModelBuilder m = new ModelBuilder(13).input("x", random(r, 2, 3, 4, 4)).ints("i", 0).ints("minus", -1).ints("axes", 0);
    m.node("Shape", X, List.of("shape")).node("Gather", List.of("shape", "i"), List.of("n"), "axis", 0);
    m.node("Concat", List.of("n", "minus"), List.of("target"), "axis", 0).node("Reshape", List.of("x", "target"), Y);
    compare("flattening by shape", m.output("y").output("shape", DataType.INT64));
    ModelBuilder up = new ModelBuilder(13).input("x", random(r, 1, 2, 3, 4)).ints("b", 2).ints("e", 4).ints("z", 0).floats("two", 2, 2).ints("first", 0);
    up.node("Shape", X, List.of("s")).node("Slice", List.of("s", "b", "e", "z"), List.of("hw")).node("Cast", List.of("hw"), List.of("f"), "to", DataType.FLOAT_VALUE);
    up.node("Mul", List.of("f", "two"), List.of("g")).node("Floor", List.of("g"), List.of("h")).node("Cast", List.of("h"), List.of("k"), "to", DataType.INT64_VALUE);
    up.node("Slice", List.of("s", "first", "b", "z"), List.of("nc")).node("Concat", List.of("nc", "k"), List.of("size"), "axis", 0);
    up.node("Resize", List.of("x", "", "", "size"), Y, "mode", "nearest", "coordinate_transformation_mode", "asymmetric", "nearest_mode", "floor");
    compare("up-sampling by shape", up.output("y"));
  }

  @Test
  void constantsAndDropout() {
    ModelBuilder m = new ModelBuilder(9).input("x", random(r, 2, 3));
    m.node("ConstantOfShape", List.of("s"), List.of("c")).node("Add", List.of("x", "c"), List.of("d")).node("Dropout", List.of("d"), List.of("y", "mask"), "ratio", 0.3);
    compare("Dropout 9", m.ints("s", 2, 3).output("y"));
    compare("Dropout 13", new ModelBuilder(13).input("x", random(r, 2, 3)).scalar("p", 0.2).node("Dropout", List.of("x", "p"), List.of("y")).output("y"));
    ModelBuilder u = new ModelBuilder(7).input("x", random(r, 2, 3, 4)).init("w", random(r, 3)).node("Unsqueeze", List.of("w"), List.of("u"), "axes", new int[] {1});
    compare("a weight given another shape", u.node("Mul", List.of("x", "u"), Y).output("y"));
  }
}
