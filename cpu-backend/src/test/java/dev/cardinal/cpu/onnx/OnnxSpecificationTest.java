package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where ONNX Runtime 1.22 departs from the operators' specification: values by hand. */
class OnnxSpecificationTest {
  private static HostTensor run(String op, HostTensor x, HostTensor w, Object... attributes) {
    ModelBuilder m = new ModelBuilder(19).input("x", x);
    if (w != null) {
      m.init("w", w);
    }
    m.node(op, w == null ? List.of("x") : List.of("x", "w"), List.of("y"), attributes).output("y");
    try (Device d = Devices.open("cpu:reference")) {
      return OnnxRun.run(OnnxModel.parse(m.build(), null), d, Map.of("x", x)).get("y");
    }
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
}
