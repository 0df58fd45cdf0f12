package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * What a gradient rule may see and do: the values of the forward node, the gradients that arrived at its outputs, and appending nodes.
 *
 * @param <V> the graph's value type
 */
public interface Gradients<V> {
  /** Number of inputs of the forward node. */
  int inputs();

  /** The forward node's input {@code i}. */
  V input(int i);

  /** The forward node's output {@code i}. */
  V output(int i);

  /** The gradient of the loss with respect to output {@code i}; {@code null} if the loss does not depend on it. */
  V outputGradient(int i);

  /** Whether the gradient of input {@code i} will be used. */
  boolean wanted(int i);

  /** Type of a value. */
  TensorType type(V value);

  /** Appends a node. */
  List<V> emitAll(Op op, List<V> inputs);

  /** Shape of the forward node's input {@code i}. */
  default Shape shape(int i) {
    return type(input(i)).shape();
  }

  /** Appends a node and returns its first output. */
  default V emit(Op op, V a) {
    return emitAll(op, List.of(a)).get(0);
  }

  /** Appends a node and returns its first output. */
  default V emit(Op op, V a, V b) {
    return emitAll(op, List.of(a, b)).get(0);
  }

  /** Appends a node and returns its first output. */
  default V emit(Op op, V a, V b, V c) {
    return emitAll(op, List.of(a, b, c)).get(0);
  }
}
