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
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.Binary;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
  void variablesAreWrittenByTheirElementsInOrder() {
    for (TensorType type : List.of(TensorType.f32(3, 70_001), TensorType.f32(1 << 17), TensorType.i32(5), TensorType.f32(), new TensorType(DType.I64, Shape.of(65_537)))) {
      int[] next = new int[1];
      try (Variables v = device.newVariables()) {
        v.write("v", type, i -> {
          assertEquals(next[0]++, i, "elements are asked for once each and in order");
          return i % 1000 - 500;
        });
        assertEquals(type.shape().size(), next[0]);
        assertTrue(v.read("v").sameBits(HostTensor.generate(type, i -> i % 1000 - 500)), type.toString());
        assertThrows(DeviceException.class, () -> v.write("v", TensorType.f32(2), i -> 0));
      }
    }
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

  /** The one-pass sums of a normalisation with a residual lose nothing where the mean is a thousand deviations away from zero. */
  @Test
  void statisticsFarFromZero() {
    int channels = 3;
    Shape s = Shape.of(2, channels, 60, 61);
    Random random = new Random(5);
    HostTensor x = HostTensor.generate(new TensorType(DType.F32, s), i -> 1000 * (1 + (int) (i / s.spatialSize() % channels)) + random.nextGaussian());
    HostTensor r = HostTensor.generate(x.type(), i -> random.nextGaussian());
    HostTensor ones = HostTensor.of(Shape.of(channels), 1f, 1f, 1f);
    HostTensor zeros = HostTensor.zeros(ones.type());
    List<HostTensor> out = SingleOp.run(device, new BatchNormTraining(1e-5, 1), x, ones, zeros, zeros, ones, r);
    long perChannel = s.size() / channels;
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < s.size(); i++) {
        sum += i / s.spatialSize() % channels == c ? x.get(i) : 0;
      }
      double mean = sum / perChannel;
      for (int i = 0; i < s.size(); i++) {
        squares += i / s.spatialSize() % channels == c ? (x.get(i) - mean) * (x.get(i) - mean) : 0;
      }
      double variance = squares / perChannel;
      assertEquals(mean, out.get(3).get(c), mean * 1e-7);
      assertEquals(variance * perChannel / (perChannel - 1), out.get(2).get(c), 1e-5);
      for (int i = 0; i < s.size(); i++) {
        if (i / s.spatialSize() % channels == c) {
          assertEquals((x.get(i) - mean) / Math.sqrt(variance + 1e-5) + r.get(i), out.get(0).get(i), 1e-3);
        }
      }
    }
  }

  @Test
  void variablesLieOneBehindTheOther() {
    try (OneDnnVariables v = (OneDnnVariables) device.newVariables()) {
      long[] at = new long[40];
      for (int i = 0; i < at.length; i++) {
        at[i] = v.address("v" + i, TensorType.f32(100, 100));
      }
      int jumps = 0;
      for (int i = 1; i < at.length; i++) {
        jumps += at[i] == at[i - 1] + 40_000 ? 0 : 1;
      }
      assertEquals(1, jumps, "1.6 MB in a block of one MiB and another");
      assertEquals(40 * 40_000, v.bytes());
      assertEquals(at[3], v.address("v3", TensorType.f32(100, 100)));
    }
  }
}
