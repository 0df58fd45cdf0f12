package dev.cardinal.cuda.lowering.convolution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.conformance.Tolerance;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Scale;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every candidate is tried, the choice is written down, and the next program takes it from there. */
class MeasuredChoiceTest {
  private static final String ALGORITHMS = "cardinal.cuda.algorithms";
  private static final String CACHE = "cardinal.cache";
  private static final Conv OP = new Conv(ConvGeometry.of(2, 1, 1, 1, 8));
  private final HostTensor x = HostTensor.generate(TensorType.f32(2, 8, 6, 5), i -> i % 7 - 3);
  private final HostTensor w = HostTensor.generate(TensorType.f32(8, 1, 3, 3), i -> i % 5 - 2);
  private String before;

  @TempDir
  Path cache;

  @BeforeEach
  void measure() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu.problem());
    before = System.getProperty(ALGORITHMS);
    System.setProperty(ALGORITHMS, "measured");
    System.setProperty(CACHE, cache.toString());
  }

  @AfterEach
  void restore() {
    System.clearProperty(CACHE);
    if (before == null) {
      System.clearProperty(ALGORITHMS);
    } else {
      System.setProperty(ALGORITHMS, before);
    }
  }

  /** Runs the convolution, compares it with the reference, and gives the names of the kernels and calls that computed it. */
  private List<String> run(Precision precision) {
    HostTensor expected;
    try (Device reference = Devices.open("cpu:reference")) {
      expected = SingleOp.run(reference, OP, x, w).get(0);
    }
    Graph g = new Graph();
    Value a = g.input("x", x.type());
    Value b = g.input("w", w.type());
    g.output("y", g.add(OP, a, b));
    try (Device gpu = SimulatedGpu.open(SimulatedGpu.cuda(), 0, new DeviceOptions(0, false, precision)); Variables none = gpu.newVariables();
        Program p = gpu.compile(g, none, new CompileOptions(true))) {
      p.run(Map.of("x", x, "w", w));
      assertNull(Tolerance.difference(expected, p.read("y"), 0), precision.toString());
      return p.profile().stream().map(NodeTime::detail).toList();
    }
  }

  private Path file() throws IOException {
    try (Stream<Path> all = Files.list(cache.resolve("algorithms"))) {
      List<Path> files = all.toList();
      assertEquals(1, files.size(), files.toString());
      return files.get(0);
    }
  }

  @Test
  void theChoiceIsRemembered() throws IOException {
    run(Precision.FLOAT32);
    List<String> lines = Files.readAllLines(file());
    assertEquals(2, lines.size(), lines.toString());
    String key = lines.get(1).split("\t")[0];
    assertTrue(key.startsWith("FORWARD x[2, 8, 6, 5] w[8, 1, 3, 3]"), key);
    Files.writeString(file(), lines.get(0) + "\n" + key + "\tdirect\n");
    assertTrue(run(Precision.FLOAT32).contains("direct_forward"));
    Files.writeString(file(), lines.get(0) + "\n" + key + "\tno such thing\n");
    assertTrue(!run(Precision.FLOAT32).contains("direct_forward"));
    assertEquals(lines.get(0), Files.readAllLines(file()).get(0));
  }

  /** A convolution with bias and ReLU, plain or with a variable that changes. */
  private List<String> runWithRelu(Precision precision, boolean learns) {
    Conv op = new Conv(ConvGeometry.of(2, 1, 1, 1, 1), Activation.Kind.RELU);
    HostTensor weights = HostTensor.generate(TensorType.f32(4, 8, 3, 3), i -> i % 3 - 1);
    HostTensor bias = HostTensor.generate(TensorType.f32(4), i -> 2 * i - 3);
    HostTensor expected;
    try (Device reference = Devices.open("cpu:reference")) {
      expected = SingleOp.run(reference, op, x, weights, bias).get(0);
    }
    Graph g = new Graph();
    g.output("y", g.add(op, g.input("x", x.type()), g.input("w", weights.type()), g.input("b", bias.type())));
    if (learns) {
      Value v = g.variable("v", TensorType.f32());
      g.assign(v, g.add(new Scale(2, 1), v));
    }
    try (Device gpu = SimulatedGpu.open(SimulatedGpu.cuda(), 0, new DeviceOptions(0, false, precision)); Variables v = gpu.newVariables(); Program p = gpu.compile(g, v, new CompileOptions(true))) {
      p.run(Map.of("x", x, "w", weights, "b", bias));
      assertNull(Tolerance.difference(expected, p.read("y"), 0), precision.toString());
      return p.profile().stream().map(NodeTime::detail).toList();
    }
  }

  @Test
  void biasAndReluMayBePartOfTheCallWhereNothingIsLearnt() throws IOException {
    for (Precision precision : List.of(Precision.FLOAT32, Precision.FLOAT16)) {
      runWithRelu(precision, false);
      List<String> lines = new ArrayList<>(Files.readAllLines(file()));
      String key = lines.get(lines.size() - 1).split("\t")[0];
      assertTrue(key.endsWith(" learning nothing"), key);
      Files.writeString(file(), String.join("\n", lines.subList(0, lines.size() - 1)) + "\n" + key + "\tcudnn ROWS 1 math 0 workspace 4096 same bits with relu\n");
      List<String> fused = runWithRelu(precision, false);
      assertTrue(fused.stream().anyMatch(s -> s.endsWith("with relu")) && !fused.contains("finish"), fused.toString());
      List<String> separate = runWithRelu(precision, true);
      assertTrue(separate.stream().noneMatch(s -> s.endsWith("with relu")), separate.toString());
    }
  }

  @Test
  void everyPrecisionHasItsOwnChoice() throws IOException {
    run(Precision.FLOAT32);
    run(Precision.BFLOAT16);
    assertEquals(3, Files.readAllLines(file()).size());
  }
}
