package dev.cardinal.cpu.onednn;

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
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
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

/** Convolutions on the CPU engine against the reference: results must be right on every processor; which kernel computed them is told. */
final class AgainstReference implements AutoCloseable {
  private final String detail;
  private final WholeNumbers numbers;
  private final Device cpu = Devices.open("cpu");
  private final Device reference = Devices.open("cpu:reference");

  /**
   * Opens both.
   *
   * @param detail what launches of the kernel are called
   */
  AgainstReference(String detail, PhiloxRandom random) {
    this.detail = detail;
    this.numbers = new WholeNumbers(random);
  }

  @Override
  public void close() {
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
      assertEquals(ours, p.profile().stream().anyMatch(t -> t.detail().equals(detail)), () -> op + ": " + p.profile());
      // ReLU may give zeros of either sign.
      assertArrayEquals(SingleOp.run(reference, op, in).get(0).floats(), p.read("out").floats(), 1e-3f, op::toString);
    }
  }

  /** All three directions, with and without a bias and a limit; whether the kernel is expected to compute them. */
  void all(boolean ours, ConvGeometry g, TensorType x, TensorType w) {
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

  /** What a training, and the evaluation after it, did. */
  private record Run(double[] losses, Map<String, float[]> weights, float[] logits, List<NodeTime> training, List<NodeTime> evaluation) {}

  private static Run train(Device d, Module net, TensorType images) {
    PhiloxRandom random = new PhiloxRandom(5, 1);
    HostTensor x = HostTensor.generate(images, i -> random.nextGaussian());
    HostTensor y = HostTensor.generate(TensorType.i32(images.shape().dim(0)), i -> i);
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
        Graph g = new Graph();
        g.output(TrainingStep.LOGITS, net.apply(new Trace(g, false), g.input(TrainingStep.IMAGES, images)));
        try (Program e = Compilation.compile(d, g, variables, new CompileOptions(true))) {
          e.run(Map.of(TrainingStep.IMAGES, x));
          return new Run(losses, weights, e.read(TrainingStep.LOGITS).floats(), p.profile(), e.profile());
        }
      }
    }
  }

  /** Trains a net of five classes a little and evaluates it, as on the reference and again with the same bits: launches of both. */
  List<List<NodeTime>> trains(Module net, TensorType images) {
    Run want = train(reference, net, images);
    Run got = train(cpu, net, images);
    assertArrayEquals(want.losses, got.losses, 1e-4);
    assertTrue(Math.abs(want.losses[0] - want.losses[2]) > 0.05, "the loss moved");
    want.weights.forEach((name, w) -> assertArrayEquals(w, got.weights.get(name), 1e-3f, name));
    assertArrayEquals(want.logits, got.logits, 1e-3f);
    Run again = train(cpu, net, images);
    assertArrayEquals(got.losses, again.losses);
    want.weights.keySet().forEach(name -> assertArrayEquals(got.weights.get(name), again.weights.get(name), () -> "bits of " + name));
    assertArrayEquals(got.logits, again.logits);
    return List.of(got.training, got.evaluation);
  }
}
