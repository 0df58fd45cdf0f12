package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Blocks;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Depthwise convolutions against the reference. Results must be right on every processor; that machine code of ours computed them is checked where there is some. */
class DepthwiseConvolutionsTest {
  private static final String DETAIL = "depthwise";
  private final WholeNumbers numbers = new WholeNumbers(new PhiloxRandom(43, 3));
  private Device cpu;
  private Device reference;

  @BeforeEach
  void open() {
    cpu = Devices.open("cpu");
    reference = Devices.open("cpu:reference");
  }

  @AfterEach
  void close() {
    cpu.close();
    reference.close();
  }

  /** Small whole numbers: every sum is exact. */
  private void exact(boolean ours, Op op, HostTensor... in) {
    Graph g = new Graph();
    List<Value> values = new ArrayList<>();
    Map<String, HostTensor> given = new HashMap<>();
    for (int i = 0; i < in.length; i++) {
      values.add(g.input("in" + i, in[i].type()));
      given.put("in" + i, in[i]);
    }
    g.output("out", g.add(op, values.toArray(new Value[0])));
    try (Variables v = cpu.newVariables(); Program p = cpu.compile(g, v, new CompileOptions(true))) {
      p.run(given);
      assertEquals(ours && TileCode.isThere(), p.profile().stream().anyMatch(t -> t.detail().equals(DETAIL)), () -> op + ": " + p.profile());
      // ReLU may give zeros of either sign.
      assertArrayEquals(SingleOp.run(reference, op, in).get(0).floats(), p.read("out").floats(), 1e-3f, op::toString);
    }
  }

  private void all(boolean ours, ConvGeometry g, TensorType x, TensorType w) {
    TensorType y = new Conv(g).infer(List.of(x, w)).get(0);
    TensorType channels = TensorType.f32(x.shape().dim(1));
    Spatial size = Spatial.of(x.shape().spatial());
    HostTensor weights = numbers.tensor(w);
    exact(ours, new Conv(g), numbers.tensor(x), weights);
    exact(ours, new Conv(g, Activation.Kind.RELU6), numbers.tensor(x), weights, numbers.tensor(channels));
    exact(ours, new ConvBackwardData(g, size), numbers.tensor(y), weights);
    exact(ours, new ConvBackwardData(g, size, Activation.Kind.RELU), numbers.tensor(y), weights, numbers.tensor(channels));
    exact(ours, new ConvBackwardWeights(g, Spatial.of(w.shape().spatial())), numbers.tensor(x), numbers.tensor(y));
  }

  @Test
  void areExact() {
    all(true, ConvGeometry.of(2, 1, 1, 1, 48), TensorType.f32(2, 48, 50, 41), TensorType.f32(48, 1, 3, 3));
    all(true, ConvGeometry.of(2, 2, 1, 1, 64), TensorType.f32(3, 64, 45, 46), TensorType.f32(64, 1, 3, 3));
    all(true, ConvGeometry.of(2, 3, 2, 2, 32), TensorType.f32(2, 32, 50, 77), TensorType.f32(32, 1, 5, 4));
    all(true, ConvGeometry.of(1, 2, 3, 1, 16), TensorType.f32(64, 16, 300), TensorType.f32(16, 1, 7));
  }

  @Test
  void othersAreTheLibrarys() {
    all(false, ConvGeometry.of(2, 1, 1, 1, 24), TensorType.f32(3, 24, 50, 50), TensorType.f32(24, 1, 3, 3));
    all(false, ConvGeometry.of(3, 1, 1, 1, 16), TensorType.f32(1, 16, 20, 20, 20), TensorType.f32(16, 1, 3, 3, 3));
    all(false, ConvGeometry.of(1, 1, 1, 1, 16), TensorType.f32(1, 16, 9000), TensorType.f32(16, 1, 3));
    all(false, ConvGeometry.of(2, 1, 1, 1, 32), TensorType.f32(1, 32, 7, 7), TensorType.f32(32, 1, 3, 3));
  }

  /** What a training did. */
  private record Run(double[] losses, Map<String, float[]> weights, List<NodeTime> launches) {}

  private static Run train(Device d) {
    TensorType images = TensorType.f32(3, 3, 40, 36);
    Module net = new Sequential().add("stem", Blocks.normed(3, 32, 3, 1, 1)).add("first", Blocks.normed(32, 32, 3, 1, 32)).add("wider", Blocks.normed(32, 48, 1, 1, 1))
        .add("second", Blocks.normed(48, 48, 3, 2, 48)).add("pool", globalAvgPool()).add("flat", flatten()).add("fc", linear(48, 5));
    PhiloxRandom random = new PhiloxRandom(5, 1);
    HostTensor x = HostTensor.generate(images, i -> random.nextGaussian());
    HostTensor y = HostTensor.generate(TensorType.i32(3), i -> i);
    try (Variables variables = d.newVariables()) {
      net.initialize(1).forEach(variables::write);
      TrainOptions options = new TrainOptions().optimizer(new Optimizer.Sgd(0.9, 1e-4, false));
      try (Program p = Compilation.compile(d, TrainingStep.training(net, images, 5, options), variables, new CompileOptions(true))) {
        double[] losses = new double[3];
        for (int i = 0; i < losses.length; i++) {
          p.run(Map.of(TrainingStep.IMAGES, x, TrainingStep.LABELS, y, TrainingStep.RATE, HostTensor.scalar(0.05f)));
          losses[i] = p.read(TrainingStep.LOSS).get(0);
        }
        Map<String, float[]> weights = new TreeMap<>();
        net.parameters().keySet().forEach(name -> weights.put(name, variables.read(name).floats()));
        return new Run(losses, weights, p.profile());
      }
    }
  }

  @Test
  void aNetTrainsAsOnTheReference() {
    Run want = train(reference);
    Run got = train(cpu);
    assertArrayEquals(want.losses, got.losses, 1e-4);
    assertTrue(Math.abs(want.losses[0] - want.losses[2]) > 0.05, "the loss moved");
    want.weights.forEach((name, w) -> assertArrayEquals(w, got.weights.get(name), 1e-3f, name));
    Run again = train(cpu);
    assertArrayEquals(got.losses, again.losses);
    want.weights.keySet().forEach(name -> assertArrayEquals(got.weights.get(name), again.weights.get(name), () -> "bits of " + name));
    if (TileCode.isThere()) {
      assertEquals(6, got.launches.stream().filter(t -> t.detail().equals(DETAIL)).count(), () -> got.launches.toString());
      assertEquals(2, got.launches.stream().filter(t -> t.name().matches("(first|second).*") && t.detail().equals("moments given")).count(), () -> got.launches.toString());
    }
  }
}
