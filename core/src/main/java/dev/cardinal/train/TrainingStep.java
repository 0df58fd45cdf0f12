package dev.cardinal.train;

import dev.cardinal.autodiff.Differentiation;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Parameter;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Binary;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.Scale;
import dev.cardinal.op.ShapeException;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Builds the graphs of training and evaluation: network, loss, gradients, update. */
public final class TrainingStep {
  /** Input: f32 {@code [N, C, spatial…]}. */
  public static final String IMAGES = "images";
  /** Input: i32 {@code [N]}, or {@code [N, spatial…]} for a network that classifies every pixel; {@value #IGNORED} does not count. */
  public static final String LABELS = "labels";
  /** Input: scalar learning rate. */
  public static final String RATE = "rate";
  /** Input: scalar decay of the averaged weights, if there are any. */
  public static final String AVERAGING = "averaging";
  /** Output: scalar mean loss, auxiliary losses with their weights included. */
  public static final String LOSS = "loss";
  /** Output: f32 {@code [N, classes]} or {@code [N, classes, spatial…]}. */
  public static final String LOGITS = "logits";
  /** Prefix of the variables that hold averaged weights. */
  public static final String AVERAGE_PREFIX = "average.";
  /** The label of rows that only fill a batch. */
  public static final int IGNORED = -1;

  private TrainingStep() {}

  /** What a network is trained to make small. */
  @FunctionalInterface
  public interface Loss {
    /** The scalar loss of a network's output; targets are declared as inputs of the graph. */
    Value of(Trace t, Value output);
  }

  /**
   * The graph of one training step of a classifier.
   *
   * @param images type of a batch
   * @param classes the network's outputs must be {@code [N, classes]}, or {@code [N, classes, spatial…]} with a label per position
   * @throws ShapeException if the network does not fit the images or the classes
   */
  public static Graph training(Module net, TensorType images, int classes, TrainOptions o) {
    return training(net, images, (t, logits) -> {
      Shape labels = labels(logits, images, classes);
      Value wanted = t.graph().input(LABELS, new TensorType(DType.I32, labels));
      Value loss = t.add(new CrossEntropy(o.smoothing, IGNORED), logits, wanted);
      for (Trace.Auxiliary a : t.auxiliaries()) {
        loss = t.sum(loss, t.add(new Scale(a.weight(), 0), t.add(new CrossEntropy(o.smoothing, IGNORED), a.logits(), wanted)));
      }
      return loss;
    }, o);
  }

  /** The graph of one training step for any loss: of a generator, for one. */
  public static Graph training(Module net, TensorType images, Loss objective, TrainOptions o) {
    Graph g = new Graph();
    Trace t = new Trace(g, true);
    Value logits = net.apply(t, g.input(IMAGES, images));
    Value loss = objective.of(t, logits);
    Value rate = g.input(RATE, TensorType.f32());
    Map<String, Parameter> learned = net.learnedParameters();
    if (learned.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to learn: the network has no parameters that are not frozen");
    }
    List<Value> variables = learned.keySet().stream().map(path -> g.variables().get(path)).toList();
    LossScaling scaling = o.lossScaling ? new LossScaling(g) : null;
    // Known before the gradients, so that an update need not wait for all of them.
    Value guard = guard(g, loss);
    List<Value> gradients = Differentiation.gradients(g, scaling == null ? loss : scaling.scaled(loss), variables);
    List<Optimizer.Slot> slots = new ArrayList<>();
    int i = 0;
    for (Map.Entry<String, Parameter> e : learned.entrySet()) {
      slots.add(new Optimizer.Slot(e.getKey(), variables.get(i), gradients.get(i), e.getValue().role() == Parameter.Role.WEIGHT));
      i++;
    }
    List<Value> updated = o.optimizer.append(g, rate, gradientScale(g, guard, gradients, scaling, o), slots);
    if (o.averaging > 0) {
      average(g, net, variables, updated);
    }
    t.finish();
    g.output(LOSS, loss);
    g.output(LOGITS, logits);
    return g;
  }

  /** The graph of evaluation with the running statistics, on the averaged weights if there are any. */
  public static Graph evaluation(Module net, TensorType images, int classes, boolean averaged) {
    Graph g = new Graph();
    g.output(LOGITS, forward(new Trace(g, false, averaged ? path -> AVERAGE_PREFIX + path : path -> path), net, images, classes));
    return g;
  }

  static Value forward(Trace t, Module net, TensorType images, int classes) {
    Value logits = net.apply(t, t.graph().input(IMAGES, images));
    labels(logits, images, classes);
    return logits;
  }

  /** The shape of the labels that belong to logits: theirs without the channels. */
  private static Shape labels(Value logits, TensorType images, int classes) {
    Shape s = logits.type().shape();
    int n = images.shape().dim(0);
    boolean perPixel = s.rank() > 2 && s.spatialSize() != 1;
    if (s.rank() < 2 || s.dim(0) != n || s.dim(1) != classes || s.rank() > 2 && !perPixel) {
      throw new ShapeException("the network gives " + s + " for images " + images.shape() + ", expected " + Shape.of(n, classes) + " for " + classes
          + " classes, or a map of them; end it with flatten() and linear(features, " + classes + ")");
    }
    int[] dims = new int[s.rank() - 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = s.dim(i == 0 ? 0 : i + 1);
    }
    return Shape.of(dims);
  }

  /** One; not a number if the loss is not, so that the update changes nothing. */
  private static Value guard(Graph g, Value loss) {
    try (Graph.Scope scope = g.absoluteScope("optimizer")) {
      return g.add(new Scale(0, 1), loss);
    }
  }

  /** The guard, times what clips the gradients. */
  private static Value gradientScale(Graph g, Value guard, List<Value> gradients, LossScaling scaling, TrainOptions o) {
    try (Graph.Scope scope = g.absoluteScope("optimizer")) {
      if (scaling != null) {
        return g.add(new Binary(Binary.Kind.MULTIPLY), guard, scaling.gradientScale(gradients, o.clipNorm));
      }
      return o.clipNorm > 0 ? g.add(new Binary(Binary.Kind.MULTIPLY), guard, g.addAll(new ClipFactor(o.clipNorm), gradients).get(0)) : guard;
    }
  }

  private static void average(Graph g, Module net, List<Value> variables, List<Value> updated) {
    Map<Value, Value> fresh = new HashMap<>();
    for (int i = 0; i < variables.size(); i++) {
      fresh.put(variables.get(i), updated.get(i));
    }
    List<Value> averages = new ArrayList<>();
    List<Value> values = new ArrayList<>();
    for (String path : net.parameters().keySet()) {
      Value v = g.variables().get(path);
      if (v == null) {
        // A frozen auxiliary head is not built.
        continue;
      }
      averages.add(g.variable(AVERAGE_PREFIX + path, v.type()));
      values.add(fresh.getOrDefault(v, g.assignments().getOrDefault(v, v)));
    }
    try (Graph.Scope scope = g.absoluteScope("optimizer")) {
      List<Value> in = new ArrayList<>(List.of(g.input(AVERAGING, TensorType.f32())));
      in.addAll(averages);
      in.addAll(values);
      List<Value> out = g.addAll(new EmaUpdate(), in);
      for (int i = 0; i < averages.size(); i++) {
        g.assign(averages.get(i), out.get(i));
      }
    }
  }
}
