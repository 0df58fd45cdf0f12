package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.io.onnx.OnnxExport;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxModule;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.Binary;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Resize;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Slice;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.Spatial;
import dev.cardinal.op.Transpose;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exported networks in ONNX Runtime, and imported again. */
class OnnxExportTest {
  private final Random r = new Random(3);

  /** Networks that run here in a moment; the others of the zoo differ from them in width and depth only. */
  static Stream<ZooNet> small() {
    return Zoo.all().stream().filter(n -> !n.name().matches(".*(-g[124]|-0\\.[0-9]+x?)$") && n.build(10, smallest(n)).parameterCount() < 9_000_000);
  }

  private static Shape smallest(ZooNet n) {
    return n.input().rank() == 4 || n.task() == ZooNet.Task.GENERATION ? n.input() : n.inputOf(n.input().dim(0), n.minSize());
  }

  @ParameterizedTest
  @MethodSource("small")
  void networksAgreeWithOnnxRuntime(ZooNet zoo) {
    Shape in = smallest(zoo);
    Module net = zoo.build(10, in);
    Map<String, HostTensor> values = lively(net);
    int[] dims = java.util.stream.IntStream.concat(java.util.stream.IntStream.of(in.size() > 1 << 18 ? 1 : 2), java.util.stream.IntStream.of(in.dims())).toArray();
    HostTensor x = Oracle.random(r, dims);
    byte[] model = OnnxExport.model(net, in, values);
    HostTensor expected = Oracle.run(model, Map.of("input", x)).get("output");
    double tolerance = 1e-4 * Math.max(1, largest(expected));
    OnnxModel read = OnnxModel.parse(model, null);
    assertEquals(net.parameterCount(), read.parameterCount());
    OnnxModule again = OnnxModule.of(read, x.shape());
    assertTrue(net.parameters().keySet().containsAll(again.parameters().keySet()), () -> again.parameters().keySet() + " and " + net.parameters().keySet());
    Oracle.close(zoo.name(), expected, run(net, x, values), tolerance);
    if (net.parameterCount() < 3_000_000) {
      Oracle.close(zoo.name() + " imported", expected, run(again, x, again.values()), tolerance);
    }
  }

  private static double largest(HostTensor t) {
    double m = 0;
    for (int i = 0; i < t.size(); i++) {
      m = Math.max(m, Math.abs(t.get(i)));
    }
    return m;
  }

  /** First values, with statistics and biases other than 0 and 1. */
  private Map<String, HostTensor> lively(Module net) {
    Map<String, HostTensor> values = net.initialize(5);
    values.replaceAll((path, t) -> path.endsWith("running_var") || path.endsWith("bias") || path.endsWith("running_mean")
        ? HostTensor.generate(t.type(), i -> path.endsWith("var") ? 0.8 + 0.4 * r.nextDouble() : 0.1 * r.nextDouble()) : t);
    return values;
  }

  private static HostTensor run(Module net, HostTensor x, Map<String, HostTensor> values) {
    Graph g = new Graph();
    g.output("y", net.apply(new Trace(g, false), g.input("x", x.type())));
    return run(g, x, values);
  }

  private static HostTensor run(Graph g, HostTensor x, Map<String, HostTensor> values) {
    try (Device d = Devices.open("cpu:reference"); Variables v = d.newVariables()) {
      values.forEach(v::write);
      try (Program p = Compilation.compile(d, g, v)) {
        p.run(Map.of("x", x));
        return p.read("y");
      }
    }
  }

  private interface Body {
    Value build(Graph g, Value x);
  }

  private void check(String what, Body body, int... dims) {
    Graph g = new Graph();
    HostTensor x = Oracle.random(r, dims);
    g.output("y", body.build(g, g.input("x", x.type())));
    byte[] model = OnnxExport.model(g, new HashMap<>(), dims[0]);
    HostTensor expected = Oracle.run(model, Map.of("x", x)).get("y");
    Oracle.close(what, expected, run(g, x, Map.of()), 1e-4);
    try (Device d = Devices.open("cpu:reference")) {
      Oracle.close(what + " imported", expected, OnnxRun.run(OnnxModel.parse(model, null), d, Map.of("x", x)).get("y"), 1e-4);
    }
  }

  @Test
  void operationsThatFewNetworksHave() {
    check("adaptive pooling", (g, x) -> g.add(new AdaptiveAvgPool(Spatial.of(3, 4)), x), 3, 2, 7, 9);
    check("even adaptive pooling", (g, x) -> g.add(new AdaptiveAvgPool(Spatial.of(2, 3)), x), 3, 2, 8, 9);
    check("grouped response normalisation", (g, x) -> g.add(new Lrn(5, 1e-2, 0.75, 2, 2), x), 3, 8, 4, 4);
    check("shuffle", (g, x) -> g.add(new ChannelShuffle(3), x), 3, 6, 4, 4);
    for (boolean ceil : new boolean[] {false, true}) {
      check("max pooling", (g, x) -> g.add(new MaxPool(PoolGeometry.of(2, 3, 2, 1).withCeil(ceil)), x), 3, 2, 8, 7);
      check("average pooling", (g, x) -> g.add(new AvgPool(PoolGeometry.of(2, 3, 2, 1).withCeil(ceil), false), x), 3, 2, 8, 7);
    }
    check("average pooling that counts padding", (g, x) -> g.add(new AvgPool(PoolGeometry.of(2, 3, 2, 1), true), x), 3, 2, 8, 7);
    for (boolean corners : new boolean[] {false, true}) {
      check("linear resize", (g, x) -> g.add(new Resize(Resize.Mode.LINEAR, Spatial.of(9, 7), corners), x), 3, 2, 4, 5);
    }
    check("nearest resize", (g, x) -> g.add(new Resize(Resize.Mode.NEAREST, Spatial.of(8, 15), false), x), 3, 2, 4, 5);
    check("unpooling", (g, x) -> {
      List<Value> p = g.addAll(new MaxPool(PoolGeometry.of(2, 2, 2, 0)), List.of(x));
      return g.add(new MaxUnpool(Spatial.of(6, 7)), g.add(new Scale(2, 0), p.get(0)), p.get(1));
    }, 3, 2, 6, 7);
    check("transposed convolution", (g, x) -> g.add(new ConvBackwardData(ConvGeometry.of(2, 2, 1, 1, 2), Spatial.of(8, 9)), x, g.constant("w", Oracle.random(r, 4, 3, 3, 3))), 3, 4, 4, 5);
    check("padding", (g, x) -> g.add(new Pad(List.of(0, 0, 1, 2), List.of(0, 0, 2, 1), Pad.Mode.REFLECT, 0), x), 3, 2, 4, 5);
    check("constant padding", (g, x) -> g.add(new Pad(List.of(0, 1, 0, 2), List.of(0, 0, 2, 1), Pad.Mode.CONSTANT, 1.5), x), 3, 2, 4, 5);
    check("arithmetic", (g, x) -> {
      Value y = g.add(new Binary(Binary.Kind.MAXIMUM), g.add(new Unary(Unary.Kind.SQUARE), x), g.add(new Scale(2, 1), x));
      Value z = g.add(new Binary(Binary.Kind.GREATER_OR_EQUAL), x, g.add(new Unary(Unary.Kind.ABSOLUTE), x));
      return g.add(new Binary(Binary.Kind.DIVIDE), y, g.add(new Scale(1, 1), z));
    }, 3, 2, 4);
    check("cutting and reducing", (g, x) -> {
      Value y = g.add(new Slice(List.of(0, 1, 0), List.of(3, 4, 5), List.of(1, 2, 1)), x);
      Value z = g.add(new Reduce(Reduce.Kind.SUM, List.of(1), true), g.add(new Transpose(List.of(0, 2, 1)), y));
      return g.add(new Softmax(-1, true), g.add(new Reduce(Reduce.Kind.MEAN, List.of(1), false), g.add(new Activation(Activation.Kind.HARD_SWISH), z)));
    }, 3, 4, 5);
  }
}
