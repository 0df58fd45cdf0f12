package dev.cardinal.accounting;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Parameter;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Reshape;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a network costs, layer by layer, as it trains: auxiliary heads are among the layers.
 *
 * @param net its name
 * @param input shape with the batch
 * @param layers in order of execution
 * @param training memory of a training step; {@code null} if none was given
 */
public record Summary(String net, Shape input, List<LayerCost> layers, TrainingMemory training) {
  /** The layers do not depend on the batch; two samples, because normalisation cannot train on one value per channel. */
  private static final int BUILT = 2;

  public Summary {
    layers = List.copyOf(layers);
  }

  /**
   * Builds the network and counts. Nothing is allocated.
   *
   * @param input {@code [N, C, spatial…]}
   * @throws dev.cardinal.op.ShapeException if the network does not take it
   */
  public static Summary of(String name, Module net, Shape input) {
    Graph g = new Graph();
    net.apply(new Trace(g, true), g.input("input", new TensorType(DType.F32, input.with(0, BUILT))));
    Map<String, Parameter> parameters = net.parameters();
    Set<Value> counted = new HashSet<>();
    List<LayerCost> layers = new ArrayList<>();
    for (Node n : g.nodes()) {
      long params = 0;
      for (Value v : n.inputs()) {
        Parameter p = v.source() == Value.Source.VARIABLE ? parameters.get(v.name()) : null;
        if (p != null && p.isLearned() && counted.add(v)) {
          params += v.type().shape().size();
        }
      }
      TensorType out = n.output(0).type();
      long bytes = n.op() instanceof Reshape ? 0 : out.bytes() / BUILT * input.dim(0);
      layers.add(new LayerCost(n.name(), LayerKind.of(n), out.shape().with(0, input.dim(0)), LayerKind.kernel(n), LayerKind.groups(n), params, n.cost().macs() / BUILT, bytes));
    }
    return new Summary(name, input, layers, null);
  }

  /** The same with the memory of a training step. */
  public Summary with(TrainingMemory memory) {
    return new Summary(net, input, layers, memory);
  }

  /** Samples in the batch. */
  public int batch() {
    return input.dim(0);
  }

  /** The input without the batch, as in {@code 3x224x224}. */
  public String sample() {
    return dims(Arrays.copyOfRange(input.dims(), 1, input.rank()));
  }

  /** Learned values. */
  public long params() {
    return layers.stream().mapToLong(LayerCost::params).sum();
  }

  /** Multiply-adds for one sample. */
  public long macs() {
    return layers.stream().mapToLong(LayerCost::macs).sum();
  }

  /** Bytes of all layers' outputs together. */
  public long activationBytes() {
    return layers.stream().mapToLong(LayerCost::activationBytes).sum();
  }

  /** As in {@code 3x224x224}. */
  static String dims(int... dims) {
    StringBuilder s = new StringBuilder();
    for (int d : dims) {
      s.append(s.isEmpty() ? "" : "x").append(d);
    }
    return s.toString();
  }
}
