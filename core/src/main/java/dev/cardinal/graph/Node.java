package dev.cardinal.graph;

import dev.cardinal.op.Cost;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** One application of an operation. Compared by identity; belongs to one graph. */
public final class Node {
  private final int id;
  private final String name;
  private final Op op;
  private final List<Value> inputs;
  private List<Value> outputs;

  Node(int id, String name, Op op, List<Value> inputs) {
    this.id = id;
    this.name = name;
    this.op = op;
    this.inputs = List.copyOf(inputs);
  }

  void outputs(List<Value> values) {
    outputs = List.copyOf(values);
  }

  /** Position in the graph's order of execution. */
  public int id() {
    return id;
  }

  /** The layer's path, as in {@code layer1.0.conv2}; gradients carry their layer's path with {@code ~} before it. */
  public String name() {
    return name;
  }

  /** The operation with its attributes. */
  public Op op() {
    return op;
  }

  /** Inputs in the operation's order. */
  public List<Value> inputs() {
    return inputs;
  }

  /** Input {@code i}. */
  public Value input(int i) {
    return inputs.get(i);
  }

  /** Outputs in the operation's order. */
  public List<Value> outputs() {
    return outputs;
  }

  /** Output {@code i}. */
  public Value output(int i) {
    return outputs.get(i);
  }

  /** Input types. */
  public List<TensorType> inputTypes() {
    return inputs.stream().map(Value::type).toList();
  }

  /** Output types. */
  public List<TensorType> outputTypes() {
    return outputs.stream().map(Value::type).toList();
  }

  /** Arithmetic and traffic of one execution. */
  public Cost cost() {
    return op.cost(inputTypes(), outputTypes());
  }

  @Override
  public String toString() {
    return name + ": " + op;
  }
}
