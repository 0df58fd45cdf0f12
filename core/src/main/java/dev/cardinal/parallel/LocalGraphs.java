package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Op;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Scale;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/** One graph per device, which grow together: arrays hold a value of each. */
final class LocalGraphs {
  private final Graph[] graphs;

  LocalGraphs(int devices) {
    graphs = new Graph[devices];
    Arrays.setAll(graphs, d -> new Graph());
  }

  Graph graph(int device) {
    return graphs[device];
  }

  List<Graph> all() {
    return List.of(graphs);
  }

  /** Appends a node to every graph; gives for each output the values by device. */
  List<Value[]> emit(String name, IntFunction<Op> op, List<Value[]> inputs) {
    List<Value[]> out = new ArrayList<>();
    for (int d = 0; d < graphs.length; d++) {
      int device = d;
      List<Value> results = add(d, name, op.apply(d), inputs.stream().map(v -> v[device]).toList());
      for (int i = 0; i < results.size(); i++) {
        if (d == 0) {
          out.add(new Value[graphs.length]);
        }
        out.get(i)[d] = results.get(i);
      }
    }
    return out;
  }

  /** Appends a node to one graph. */
  List<Value> add(int device, String name, Op op, List<Value> inputs) {
    try (Graph.Scope scope = graphs[device].absoluteScope(name)) {
      assert scope != null;
      return graphs[device].addAll(op, inputs);
    }
  }

  /** Appends the same node to every graph; gives its first output. */
  Value[] one(String name, Op op, Value[]... inputs) {
    return emit(name, d -> op, List.of(inputs)).get(0);
  }

  Value[] add(String name, Value[] a, Value[] b) {
    return one(name, new Binary(Binary.Kind.ADD), a, b);
  }

  Value[] product(String name, Value[] a, Value[] b) {
    return one(name, new Binary(Binary.Kind.MULTIPLY), a, b);
  }

  Value[] scaled(String name, Value[] a, double factor) {
    return one(name, new Scale(factor, 0), a);
  }

  /** The same scalar in every graph. */
  Value[] constant(String name, double value) {
    Value[] v = new Value[graphs.length];
    Arrays.setAll(v, d -> graphs[d].constant(name, HostTensor.scalar((float) value)));
    return v;
  }

  /** Per-channel vectors in a shape that broadcasts over maps of a rank. */
  Value[] overMaps(String name, Value[] vector, int rank) {
    if (rank <= 2) {
      return vector;
    }
    return emit(name, d -> {
      int[] dims = new int[rank - 1];
      Arrays.fill(dims, 1);
      dims[0] = vector[d].type().shape().dim(0);
      return new Reshape(Shape.of(dims));
    }, List.<Value[]>of(vector)).get(0);
  }
}
