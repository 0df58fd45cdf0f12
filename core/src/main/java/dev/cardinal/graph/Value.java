package dev.cardinal.graph;

import dev.cardinal.tensor.TensorType;

/**
 * An edge of the graph: a leaf (input, variable or constant) or an output of a node. Compared by identity; belongs to one graph.
 */
public final class Value {
  /** Where a value comes from. */
  public enum Source {
    /** Given anew for every run. */
    INPUT,
    /** State that outlives a run: parameters, running statistics, optimiser state. */
    VARIABLE,
    /** Fixed when the graph is built. */
    CONSTANT,
    /** Computed by a node. */
    NODE
  }

  private final int id;
  private final String name;
  private final TensorType type;
  private final Source source;
  private final Node node;
  private final int index;

  Value(int id, String name, TensorType type, Source source, Node node, int index) {
    this.id = id;
    this.name = name;
    this.type = type;
    this.source = source;
    this.node = node;
    this.index = index;
  }

  /** Position among the graph's values, from 0 and without gaps. */
  public int id() {
    return id;
  }

  /** The leaf's name, or the node's name (with the output's index if it is not the first). */
  public String name() {
    return name;
  }

  /** Element type and shape. */
  public TensorType type() {
    return type;
  }

  /** Where the value comes from. */
  public Source source() {
    return source;
  }

  /** Whether the value is computed by a node. */
  public boolean isComputed() {
    return source == Source.NODE;
  }

  /** The node that computes the value; {@code null} for a leaf. */
  public Node node() {
    return node;
  }

  /** Which output of its node the value is. */
  public int index() {
    return index;
  }

  /** As in {@code %12 f32[16, 96, 55, 55]}. */
  @Override
  public String toString() {
    return (isComputed() ? "%" + id : name) + " " + type;
  }
}
