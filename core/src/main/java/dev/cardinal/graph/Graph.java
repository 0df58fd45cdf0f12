package dev.cardinal.graph;

import dev.cardinal.op.Op;
import dev.cardinal.op.ShapeException;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program as a list of nodes in order of execution. It only grows: every node is checked by its operation's shape rule as it is added, so an error points at the line that
 * built it. Passes build new graphs.
 *
 * <p>Variables are state that outlives a run. {@link #assign} says that a variable takes a computed value at the end of a run; within a run every reader sees the old value. Not thread-safe.
 */
public final class Graph {
  private final List<Node> nodes = new ArrayList<>();
  private final List<Value> values = new ArrayList<>();
  private final Map<String, Value> inputs = new LinkedHashMap<>();
  private final Map<String, Value> variables = new LinkedHashMap<>();
  private final Map<Value, HostTensor> constants = new LinkedHashMap<>();
  private final Map<String, Value> outputs = new LinkedHashMap<>();
  private final Map<Value, Value> assignments = new LinkedHashMap<>();
  private final Deque<String> scopes = new ArrayDeque<>();

  /** A named part of the graph: nodes added until it is closed carry its path. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /** Declares something given anew for every run. */
  public Value input(String name, TensorType type) {
    return declare(inputs, name, type, Value.Source.INPUT);
  }

  /** Declares state that outlives a run. Programs that share variables know them by name. */
  public Value variable(String name, TensorType type) {
    Value known = variables.get(name);
    if (known != null) {
      if (!known.type().equals(type)) {
        throw new ShapeException("variable " + name + " is " + known.type() + " already, cannot be " + type + " too; give it another name");
      }
      return known;
    }
    return declare(variables, name, type, Value.Source.VARIABLE);
  }

  private Value declare(Map<String, Value> map, String name, TensorType type, Value.Source source) {
    if (inputs.containsKey(name) || variables.containsKey(name)) {
      throw new IllegalArgumentException("the graph has an input or variable named " + name + " already");
    }
    Value v = value(name, type, source, null, 0);
    map.put(name, v);
    return v;
  }

  /** Adds a value fixed when the graph is built. The tensor is not copied and must not change afterwards. */
  public Value constant(String name, HostTensor tensor) {
    Value v = value(name, tensor.type(), Value.Source.CONSTANT, null, 0);
    constants.put(v, tensor);
    return v;
  }

  private Value value(String name, TensorType type, Value.Source source, Node node, int index) {
    Value v = new Value(values.size(), name, type, source, node, index);
    values.add(v);
    return v;
  }

  /** Opens a named part, nested in the open ones: {@code layer1} then {@code 0} then {@code conv2} is {@code layer1.0.conv2}. */
  public Scope scope(String name) {
    String path = scopes.isEmpty() || scopes.peek().isEmpty() ? name : name.isEmpty() ? scopes.peek() : scopes.peek() + "." + name;
    return absoluteScope(path);
  }

  /** Opens a part whose path replaces that of the open ones. */
  public Scope absoluteScope(String path) {
    scopes.push(path);
    int depth = scopes.size();
    return () -> {
      if (scopes.size() != depth) {
        throw new IllegalStateException("scope " + path + " is closed out of order");
      }
      scopes.pop();
    };
  }

  /** The path of the open scopes; empty if none. */
  public String path() {
    return scopes.isEmpty() ? "" : scopes.peek();
  }

  /**
   * Appends a node and returns its outputs.
   *
   * @throws ShapeException if the operation does not take these inputs; the message begins with the node's path
   */
  public List<Value> addAll(Op op, List<Value> in) {
    String name = path().isEmpty() ? op.opName().toLowerCase(java.util.Locale.ROOT) : path();
    List<TensorType> types = new ArrayList<>();
    for (Value v : in) {
      requireMine(v);
      types.add(v.type());
    }
    List<TensorType> out;
    try {
      out = op.infer(types);
    } catch (ShapeException e) {
      throw new ShapeException(name + ": " + e.getMessage(), e);
    } catch (ArithmeticException e) {
      throw new ShapeException(name + ": the output of " + op + " on " + types + " has too many elements", e);
    }
    Node node = new Node(nodes.size(), name, op, in);
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < out.size(); i++) {
      results.add(value(i == 0 ? name : name + "#" + i, out.get(i), Value.Source.NODE, node, i));
    }
    node.outputs(results);
    nodes.add(node);
    return node.outputs();
  }

  /** Appends a node and returns its first output. */
  public Value add(Op op, Value... in) {
    return addAll(op, List.of(in)).get(0);
  }

  /** At the end of a run {@code variable} takes {@code value}. */
  public void assign(Value variable, Value value) {
    requireMine(variable);
    requireMine(value);
    if (variable.source() != Value.Source.VARIABLE) {
      throw new IllegalArgumentException("only variables can be assigned, got " + variable);
    }
    if (!variable.type().equals(value.type())) {
      throw new ShapeException("variable " + variable + " cannot take a value of type " + value.type());
    }
    if (assignments.putIfAbsent(variable, value) != null) {
      throw new IllegalStateException("variable " + variable.name() + " is assigned twice in one run; a network can be updated by one optimiser only");
    }
  }

  /** Names a value as something a run gives back. */
  public void output(String name, Value value) {
    requireMine(value);
    if (outputs.putIfAbsent(name, value) != null) {
      throw new IllegalArgumentException("the graph has an output named " + name + " already");
    }
  }

  private void requireMine(Value v) {
    if (v.id() >= values.size() || values.get(v.id()) != v) {
      throw new IllegalArgumentException("value " + v + " belongs to another graph");
    }
  }

  /** Nodes in order of execution. */
  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** All values, by {@link Value#id}. */
  public List<Value> values() {
    return Collections.unmodifiableList(values);
  }

  /** Inputs by name. */
  public Map<String, Value> inputs() {
    return Collections.unmodifiableMap(inputs);
  }

  /** Variables by name. */
  public Map<String, Value> variables() {
    return Collections.unmodifiableMap(variables);
  }

  /** Constants with their tensors. */
  public Map<Value, HostTensor> constants() {
    return Collections.unmodifiableMap(constants);
  }

  /** Outputs by name. */
  public Map<String, Value> outputs() {
    return Collections.unmodifiableMap(outputs);
  }

  /** What variables take at the end of a run. */
  public Map<Value, Value> assignments() {
    return Collections.unmodifiableMap(assignments);
  }

  /** The graph as text, one node a line. */
  @Override
  public String toString() {
    return TextPrinter.print(this);
  }
}
