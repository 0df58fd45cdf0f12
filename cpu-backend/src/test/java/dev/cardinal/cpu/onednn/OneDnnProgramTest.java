package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What belongs to programs of this engine rather than to an operation: variables, aliasing, errors, narrow groups. Operations are the conformance suite's. */
class OneDnnProgramTest {
  private static Device device;

  @BeforeAll
  static void open() {
    device = Devices.open("cpu");
  }

  @AfterAll
  static void close() {
    device.close();
  }

  @Test
  void exchangedVariablesBothTakeTheOldValue() {
    Graph g = new Graph();
    Value a = g.variable("a", TensorType.f32(3));
    Value b = g.variable("b", TensorType.f32(3));
    g.assign(a, b);
    g.assign(b, a);
    g.output("old", a);
    try (Variables v = device.newVariables()) {
      v.write("a", HostTensor.of(Shape.of(3), 1f, 2f, 3f));
      v.write("b", HostTensor.of(Shape.of(3), 4f, 5f, 6f));
      try (Program p = device.compile(g, v, CompileOptions.defaults())) {
        p.run(Map.of());
        assertArrayEquals(new float[] {4, 5, 6}, v.read("a").floats());
        assertArrayEquals(new float[] {1, 2, 3}, v.read("b").floats());
        assertArrayEquals(new float[] {1, 2, 3}, p.read("old").floats());
      }
    }
  }

  @Test
  void aValueReadLaterIsNotOverwrittenInPlace() {
    Graph g = new Graph();
    Value x = g.input("x", TensorType.f32(4));
    Value twice = g.add(new Scale(2, 0), x);
    Value sum = g.add(new Binary(Binary.Kind.MULTIPLY), twice, x);
    g.output("sum", g.add(new Binary(Binary.Kind.ADD), sum, twice));
    try (Variables v = device.newVariables(); Program p = device.compile(g, v, CompileOptions.defaults())) {
      p.run(Map.of("x", HostTensor.of(Shape.of(4), 1f, 2f, 3f, 4f)));
      assertArrayEquals(new float[] {4, 12, 24, 40}, p.read("sum").floats());
    }
  }

  @Test
  void mergedNarrowGroupsKeepTheirOwnGradient() {
    // Sixteen groups of two channels, a 1x1 kernel and one position: dw[o, i] = dy[o] x[i of o's group].
    HostTensor x = HostTensor.generate(TensorType.f32(1, 32, 1, 1), i -> i + 1);
    HostTensor dy = HostTensor.generate(TensorType.f32(1, 32, 1, 1), i -> 2 * i - 31);
    HostTensor dw = SingleOp.run(device, new ConvBackwardWeights(ConvGeometry.of(2).withGroups(16), Spatial.of(1, 1)), x, dy).get(0);
    for (int o = 0; o < 32; o++) {
      for (int i = 0; i < 2; i++) {
        assertEquals((2 * o - 31) * (o / 2 * 2 + i + 1), dw.get(o * 2 + i));
      }
    }
  }

  @Test
  void otherFloatingTypesAreRefusedNamingTheOtherEngine() {
    HostTensor x = HostTensor.zeros(new TensorType(DType.F64, Shape.of(2)));
    DeviceException e = assertThrows(DeviceException.class, () -> SingleOp.run(device, new Activation(Activation.Kind.RELU), x));
    assertTrue(e.getMessage().contains("Activation") && e.getMessage().contains("f64") && e.getMessage().contains("cpu:reference"), e.getMessage());
  }

  @Test
  void aTooLargeProgramSaysWhatItNeeds() {
    Graph g = new Graph();
    Value x = g.input("x", TensorType.f32(1 << 20, 1 << 10, 1 << 6));
    g.output("y", g.add(new Activation(Activation.Kind.RELU), x));
    try (Variables v = device.newVariables()) {
      DeviceException e = assertThrows(DeviceException.class, () -> device.compile(g, v, CompileOptions.defaults()));
      assertTrue(e.getMessage().contains("arena") && e.getMessage().contains("bytes"), e.getMessage());
    }
  }
}
