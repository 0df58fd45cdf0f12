package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Parameter;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.function.Function;

/**
 * What a name stands for while a model is being imported. It may be known on the host, be a value of the graph, or both: a weight that an importer wants as a number is read, one that it computes with
 * becomes a variable. Both sides are made when first asked for.
 */
final class Operand {
  private final String name;
  private HostTensor host;
  private Value value;
  private Function<Parameter.Role, Value> make;
  private final boolean foldable;
  private final boolean learned;

  private Operand(String name, HostTensor host, Value value, Function<Parameter.Role, Value> make, boolean foldable, boolean learned) {
    this.name = name;
    this.host = host;
    this.value = value;
    this.make = make;
    this.foldable = foldable;
    this.learned = learned;
  }

  /** Computed by the graph. */
  static Operand computed(String name, Value value) {
    return new Operand(name, null, value, null, false, false);
  }

  /** Given anew for every run; {@code sample} is the tensor of this run where there is one, for inputs that decide shapes. */
  static Operand input(String name, Value value, HostTensor sample) {
    return new Operand(name, sample, value, null, false, false);
  }

  /**
   * Known when the model is read.
   *
   * @param make gives the graph's form of it
   * @param learned whether that form depends on a variable
   */
  static Operand known(String name, HostTensor host, Function<Parameter.Role, Value> make, boolean learned) {
    return new Operand(name, host, null, make, true, learned);
  }

  String name() {
    return name;
  }

  /** Whether an operation on this alone is computed on the host. */
  boolean isFoldable() {
    return foldable;
  }

  /** Whether the graph's form depends on a variable. */
  boolean isLearned() {
    return learned;
  }

  /** The tensor, {@code null} if it is not known before a run. */
  HostTensor host() {
    return host;
  }

  Shape shape() {
    return host != null ? host.shape() : value.type().shape();
  }

  DType dtype() {
    return host != null ? host.dtype() : value.type().dtype();
  }

  /** The graph's value. */
  Value value(Parameter.Role role) {
    if (value == null) {
      value = make.apply(role);
      make = null;
    }
    return value;
  }
}
