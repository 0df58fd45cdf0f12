package dev.cardinal.command;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Reduce;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.ZooNet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Graphs of the zoo's networks and made-up inputs for them, for timing. */
final class Synthetic {
  private Synthetic() {}

  /** A batch of inputs {@code [channels, spatial…]}. */
  static TensorType batch(int n, Shape input) {
    return new TensorType(DType.F32, Shape.of(n, input.dim(0), Arrays.copyOfRange(input.dims(), 1, input.rank())));
  }

  /** Forward alone. */
  static Graph inference(Module net, TensorType images) {
    Graph g = new Graph();
    g.output(TrainingStep.LOGITS, net.apply(new Trace(g, false), g.input(TrainingStep.IMAGES, images)));
    return g;
  }

  /** A whole step; for a generator, which has no labels, towards pictures that are all zero. */
  static Graph training(ZooNet zoo, Module net, TensorType images, int classes, boolean scalesLoss) {
    TrainOptions options = new TrainOptions().lossScaling(scalesLoss);
    if (zoo.task() != ZooNet.Task.GENERATION) {
      return TrainingStep.training(net, images, classes, options);
    }
    return TrainingStep.training(net, images, Synthetic::meanSquare, options);
  }

  private static Value meanSquare(Trace t, Value y) {
    return t.add(Reduce.toScalar(Reduce.Kind.MEAN, y.type().shape().rank()), t.add(new Binary(Binary.Kind.MULTIPLY), y, y));
  }

  /** Something for every input of a graph: noise for pictures, every class in turn for labels, a small learning rate. */
  static Map<String, HostTensor> inputs(Graph graph, int classes) {
    PhiloxRandom random = new PhiloxRandom(1, 1);
    Map<String, HostTensor> in = new HashMap<>();
    graph.inputs().forEach((name, value) -> in.put(name, switch (name) {
      case TrainingStep.IMAGES -> HostTensor.generate(value.type(), i -> random.nextGaussian());
      case TrainingStep.LABELS -> HostTensor.generate(value.type(), i -> i % classes);
      case TrainingStep.RATE -> HostTensor.scalar(1e-4f);
      default -> throw new IllegalStateException("nothing to give for input " + name);
    }));
    return in;
  }
}
