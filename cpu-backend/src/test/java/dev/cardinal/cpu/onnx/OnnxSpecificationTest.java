package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.io.onnx.OnnxException;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where ONNX Runtime 1.22 departs from the operators' specification, or has none of it any more: values by hand. */
class OnnxSpecificationTest {
  private static HostTensor run(String op, HostTensor x, HostTensor w, Object... attributes) {
    ModelBuilder m = new ModelBuilder(19).input("x", x);
    if (w != null) {
      m.init("w", w);
    }
    return run(m.node(op, w == null ? List.of("x") : List.of("x", "w"), List.of("y"), attributes).output("y"));
  }

  private static void equal(HostTensor y, double... expected) {
    assertEquals(expected.length, y.size());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], y.get(i), 1e-6, "element " + i + " of " + y);
    }
  }

  /** Every tap that lies in the input or in its padding counts, the padding behind the input as that before it. */
  @Test
  void averagePoolingCountsPaddingOnBothSides() {
    HostTensor x = HostTensor.of(Shape.of(1, 1, 4), 1f, 2f, 3f, 4f);
    int[] two = {2};
    int[] pads = {1, 1};
    equal(run("AveragePool", x, null, "kernel_shape", two, "dilations", two, "pads", pads, "count_include_pad", 1), 1, 2, 3, 1.5);
    equal(run("AveragePool", x, null, "kernel_shape", two, "dilations", two, "pads", pads, "count_include_pad", 0), 2, 2, 3, 3);
    equal(run("AveragePool", x, null, "kernel_shape", two, "pads", new int[] {0, 1}, "count_include_pad", 1), 1.5, 2.5, 3.5, 2);
  }

  /** SAME makes the output input times stride, also where the kernel reaches less far than the stride; what no tap reaches is 0. */
  @Test
  void transposedConvolutionWithSameIsInputTimesStride() {
    HostTensor x = HostTensor.of(Shape.of(1, 1, 3), 1f, 2f, 3f);
    HostTensor w = HostTensor.of(Shape.of(1, 1, 1), 1f);
    equal(run("ConvTranspose", x, w, "strides", new int[] {2}, "auto_pad", "SAME_UPPER"), 1, 0, 2, 0, 3, 0);
    HostTensor wide = HostTensor.of(Shape.of(1, 1, 3), 1f, 10f, 100f);
    equal(run("ConvTranspose", x, wide, "strides", new int[] {2}, "auto_pad", "SAME_UPPER"), 1, 10, 102, 20, 203, 30);
  }

  /** Corners are aligned over the resized length as the scale says it, 4 × 0.6 = 2.4, not over the 2 elements there are (the specification's own example). */
  @Test
  void alignedCornersCountAFractionOfAnElement() {
    HostTensor x = HostTensor.of(Shape.of(1, 1, 1, 4), 1f, 2f, 3f, 4f);
    HostTensor scales = HostTensor.of(Shape.of(4), 1f, 1f, 1f, 0.6f);
    ModelBuilder m = new ModelBuilder(13).input("x", x).init("s", scales).node("Resize", List.of("x", "", "s"), List.of("y"), "mode", "linear", "coordinate_transformation_mode", "align_corners");
    equal(run(m.output("y")), 1, 1 + 3 / 1.4);
  }

  /** In opset 6 the second input of a sum is spread from an axis on, slopes and normalisation go by channel, and {@code is_test} says what a layer is for. */
  @Test
  void opset6IsReadWhereItsFormsAreKnown() {
    HostTensor x = HostTensor.of(Shape.of(1, 2, 2), -1f, 2f, -3f, 4f);
    HostTensor c = HostTensor.of(Shape.of(2), 10f, 100f);
    equal(run(old(x, c, "Add", "broadcast", 1, "axis", 1)), 9, 12, 97, 104);
    equal(run(old(x, c, "Mul", "broadcast", 1)), -10, 200, -30, 400);
    equal(run(old(x, c, "PRelu")), -10, 2, -300, 4);
    equal(run(new ModelBuilder(6).input("x", x).node("Dropout", List.of("x"), List.of("y"), "is_test", 1).output("y")), -1, 2, -3, 4);
    HostTensor a = HostTensor.of(Shape.of(1, 2), 1f, 2f);
    ModelBuilder gemm = new ModelBuilder(6).input("x", a).init("b", HostTensor.of(Shape.of(2, 2), 1f, 2f, 3f, 4f)).init("c", c);
    equal(run(gemm.node("Gemm", List.of("x", "b", "c"), List.of("y"), "transB", 1, "broadcast", 1).output("y")), 15, 111);
    ModelBuilder norm = new ModelBuilder(6).input("x", x).init("s", c).init("b", c).init("m", HostTensor.of(Shape.of(2), 1f, 0f)).init("v", HostTensor.of(Shape.of(2), 1f, 4f));
    equal(run(norm.node("BatchNormalization", List.of("x", "s", "b", "m", "v"), List.of("y"), "is_test", 1, "epsilon", 0.0).output("y")), -10, 20, -50, 300);
    for (ModelBuilder m : List.of(old(x, c, "Add"), old(x, c, "Add", "axis", 1), new ModelBuilder(6).input("x", x).node("Dropout", List.of("x"), List.of("y")).output("y"))) {
      assertThrows(OnnxException.class, () -> run(m));
    }
  }

  private static ModelBuilder old(HostTensor x, HostTensor c, String op, Object... attributes) {
    return new ModelBuilder(6).input("x", x).init("c", c).node(op, List.of("x", "c"), List.of("y"), attributes).output("y");
  }

  private static HostTensor run(ModelBuilder m) {
    try (Device d = Devices.open("cpu:reference")) {
      return OnnxRun.run(OnnxModel.parse(m.build(), null), d, m.inputs).get("y");
    }
  }
}
