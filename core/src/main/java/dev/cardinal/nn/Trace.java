package dev.cardinal.nn;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.Binary;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Dropout;
import dev.cardinal.op.Op;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Resize;
import dev.cardinal.op.Slice;
import dev.cardinal.op.Spatial;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One building of a network into a graph: the graph, the mode, and the functions that {@link Module#build} uses on values.
 *
 * <p>Parameters become variables of their path. When training, dropout draws from the variable {@value #RANDOM_STATE}, which every run moves one step on.
 */
public final class Trace {
  /** Variable int64 {@code [2]}: the random key and the step. */
  public static final String RANDOM_STATE = "random.state";

  private final Graph graph;
  private final boolean training;
  private final UnaryOperator<String> variableNames;
  private final List<Auxiliary> auxiliaries = new ArrayList<>();
  private int dropouts;

  /**
   * An output on the side whose loss helps to train what lies below it.
   *
   * @param logits of the form of the network's own
   * @param weight of its loss in the sum
   */
  public record Auxiliary(Value logits, double weight) {}

  /**
   * Begins to build.
   *
   * @param training whether batch normalisation uses the batch's statistics and dropout is active
   */
  public Trace(Graph graph, boolean training) {
    this(graph, training, UnaryOperator.identity());
  }

  /** As above, with other names for the variables of parameters: evaluating averaged weights, for one. */
  public Trace(Graph graph, boolean training, UnaryOperator<String> variableNames) {
    this.graph = graph;
    this.training = training;
    this.variableNames = variableNames;
  }

  /** The graph being built. */
  public Graph graph() {
    return graph;
  }

  /** Whether a module builds its training form: in training mode, and not frozen. */
  public boolean isTraining(Module m) {
    return training && !m.isFrozen();
  }

  /** The variable of a parameter of the module being built. */
  public Value variable(String parameterName, TensorType type) {
    String path = graph.path();
    return graph.variable(variableNames.apply(path.isEmpty() ? parameterName : path + "." + parameterName), type);
  }

  /** Appends any operation and returns its first output. */
  public Value add(Op op, Value... inputs) {
    return graph.add(op, inputs);
  }

  /** Appends any operation and returns all outputs. */
  public List<Value> addAll(Op op, List<Value> inputs) {
    return graph.addAll(op, inputs);
  }

  /** max(x, 0). */
  public Value relu(Value x) {
    return activate(Activation.Kind.RELU, x);
  }

  /** An activation without a parameter. */
  public Value activate(Activation.Kind kind, Value x) {
    return graph.add(new Activation(kind), x);
  }

  /** Concatenated ReLU: relu(x) and relu(-x) along the channels (Shang et al. 2016). */
  public Value crelu(Value x) {
    return concat(relu(x), relu(graph.add(new Unary(Unary.Kind.NEGATE), x)));
  }

  /** a + b, with broadcasting. */
  public Value sum(Value a, Value b) {
    return graph.add(new Binary(Binary.Kind.ADD), a, b);
  }

  /** a b, with broadcasting. */
  public Value product(Value a, Value b) {
    return graph.add(new Binary(Binary.Kind.MULTIPLY), a, b);
  }

  /** x {@code [N, C, …]} scaled by one factor per channel, {@code [C]}. */
  public Value scaleChannels(Value x, Value factors) {
    int[] dims = new int[x.type().shape().rank() - 1];
    java.util.Arrays.fill(dims, 1);
    dims[0] = factors.type().shape().dim(0);
    return product(x, graph.add(new Reshape(Shape.of(dims)), factors));
  }

  /** Joins along the channels. */
  public Value concat(Value... xs) {
    return graph.add(new Concat(1), xs);
  }

  /** {@code [N, …]} to {@code [N, features]}. */
  public Value flatten(Value x) {
    Shape s = x.type().shape();
    int n = s.dim(0);
    return graph.add(new Reshape(Shape.of(n, n == 0 ? 0 : (int) (s.size() / n))), x);
  }

  /** Mean over all positions: {@code [N, C, spatial…]} to {@code [N, C, 1…]}. */
  public Value globalAvgPool(Value x) {
    return graph.add(new AdaptiveAvgPool(Spatial.all(x.type().shape().rank() - 2, 1)), x);
  }

  /** Channel shuffle in groups. */
  public Value shuffle(Value x, int groups) {
    return graph.add(new ChannelShuffle(groups), x);
  }

  /** Up-samples every spatial axis by a whole factor. */
  public Value upsample(Value x, Resize.Mode mode, int factor) {
    int[] size = x.type().shape().spatial();
    for (int i = 0; i < size.length; i++) {
      size[i] *= factor;
    }
    return graph.add(new Resize(mode, Spatial.of(size), false), x);
  }

  /** Channels {@code from} to before {@code to}. */
  public Value channels(Value x, int from, int to) {
    return graph.add(Slice.along(x.type().shape(), 1, from, to), x);
  }

  /** The middle of x with the spatial size of {@code like}; if the difference is odd, one element more is dropped at the end (Ronneberger et al. 2015, figure 1). */
  public Value cropLike(Value x, Value like) {
    Shape target = like.type().shape();
    Value v = x;
    for (int axis = 2; axis < target.rank(); axis++) {
      Shape s = v.type().shape();
      int from = (s.dim(axis) - target.dim(axis)) / 2;
      v = from == 0 && s.dim(axis) == target.dim(axis) ? v : graph.add(Slice.along(s, axis, from, from + target.dim(axis)), v);
    }
    return v;
  }

  /** Says that a training step adds {@code weight} times the loss of these logits to the network's own (Szegedy et al. 2015, section 5). Call only while {@link #isTraining}. */
  public void auxiliary(Value logits, double weight) {
    auxiliaries.add(new Auxiliary(logits, weight));
  }

  /** What {@link #auxiliary} was given, in order. */
  public List<Auxiliary> auxiliaries() {
    return List.copyOf(auxiliaries);
  }

  /** Dropout while {@code m} trains. Each call in a network draws its own numbers. */
  public Value dropout(Module m, Value x, double rate) {
    int stream = dropouts++;
    if (!isTraining(m) || rate == 0) {
      return x;
    }
    Value state = graph.variable(RANDOM_STATE, new TensorType(DType.I64, Shape.of(2)));
    return graph.add(new Dropout(rate, stream), x, state);
  }

  /** Ends the building of a training step: moves the random state on, after everything that reads it. Call once, when all nodes are there. */
  public void finish() {
    Value state = graph.variables().get(RANDOM_STATE);
    if (state != null) {
      graph.assign(state, graph.add(new AdvanceCounter(), state));
    }
  }
}
