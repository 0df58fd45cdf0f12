package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Parameter;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Cast;
import dev.cardinal.op.ShapeException;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Builds the part of a model that given outputs need into a graph. Nodes whose inputs are all known (weights, constants, shapes) are computed on the host; a node on weights alone is also kept as
 * operations on their variables, so that the weights under it can be learned.
 */
final class GraphImport {
  /** More elements than this are not made on the host from a few bytes of a file. */
  static final int MAX_FOLDED = 1 << 27;

  /** Makes the graph's form of an initializer. */
  interface Weights {
    /** The variable, or {@code null} to make the tensor a constant. */
    Value variable(String name, HostTensor tensor, Parameter.Role role);

    /** The module that holds the weights, {@code null} if there is none. */
    default Module module() {
      return null;
    }

    /** Whether the part of the module that holds a variable trains. */
    default boolean trains(Trace trace, Value variable) {
      return false;
    }
  }

  private final OnnxModel model;
  private final Trace trace;
  private final String root;
  private final Weights weights;
  private final Map<String, Operand> known = new HashMap<>();
  private final Set<String> wanted = new HashSet<>();
  private int batch;

  GraphImport(OnnxModel model, Trace trace, Weights weights) {
    this.model = model;
    this.trace = trace;
    this.root = trace.graph().path();
    this.weights = weights;
    model.initializers().forEach((name, t) -> known.put(name, initializer(name, t)));
  }

  private Operand initializer(String name, HostTensor t) {
    boolean learned = t.dtype().isFloating() && t.shape().rank() >= 1 && t.size() > 0;
    return learned ? Operand.known(name, t, role -> weight(name, t, role), true) : constantOperand(name, t);
  }

  private Value weight(String name, HostTensor t, Parameter.Role role) {
    HostTensor f = t.to(DType.F32);
    try (Graph.Scope scope = trace.graph().absoluteScope(root)) {
      Value v = weights.variable(name, f, role);
      return v != null ? v : trace.graph().constant(name, f);
    }
  }

  Operand constantOperand(String name, HostTensor t) {
    return Operand.known(name, t, role -> trace.graph().constant(name, t.to(DType.F32)), false);
  }

  /** Says that a model written for one picture is given this many. */
  void batch(int n) {
    batch = n;
  }

  /** Whether a leading size is a batch that the model was not written for. */
  boolean isBatch(int size) {
    return batch > 1 && size == batch;
  }

  /** The module that is being built, {@code null} where a model runs as it is. */
  Module module() {
    return weights.module();
  }

  /** Whether the normalisation with this scale builds its training form. */
  boolean trains(Value scale) {
    return scale.source() == Value.Source.VARIABLE && weights.trains(trace, scale);
  }

  int opset() {
    return model.opset();
  }

  Trace trace() {
    return trace;
  }

  /** What a model's input is in this import. */
  void define(Operand o) {
    known.put(o.name(), o);
  }

  /** Whether anything that is imported reads a name. */
  boolean isRead(String name) {
    return wanted.contains(name);
  }

  /** A name that was imported. */
  Operand operand(String name) {
    Operand o = known.get(name);
    if (o == null) {
      throw new OnnxException("'" + name + "' is read, but " + (model.inputs().stream().anyMatch(p -> p.name().equals(name)) ? "was not given"
          : "is an output that its node's importer does not compute"));
    }
    return o;
  }

  /** An operand in float32, whatever the file's type. */
  Value valueOf(Operand o, Parameter.Role role) {
    Value v = o.value(role);
    return v.type().dtype() == DType.F32 ? v : trace.add(new Cast(DType.F32), v);
  }

  /** Imports what these names need. */
  void run(Collection<String> outputs) {
    List<OnnxNode> nodes = model.nodes();
    Set<OnnxNode> needed = new HashSet<>();
    wanted.addAll(outputs);
    for (int i = nodes.size() - 1; i >= 0; i--) {
      OnnxNode n = nodes.get(i);
      if (n.outputs().stream().anyMatch(o -> wanted.contains(o) && !known.containsKey(o))) {
        needed.add(n);
        wanted.addAll(n.inputs());
      }
    }
    requireSupported(nodes, needed);
    for (OnnxNode n : nodes) {
      if (needed.contains(n)) {
        convert(n);
      }
    }
  }

  private static void requireSupported(List<OnnxNode> nodes, Set<OnnxNode> needed) {
    for (OnnxNode n : nodes) {
      if (needed.contains(n) && !Importers.has(n.type())) {
        throw new UnsupportedOnnxException("op " + n.type(), "node '" + n.name() + "' is one");
      }
    }
  }

  private void convert(OnnxNode n) {
    NodeImport node = new NodeImport(this, n);
    try (Graph.Scope scope = trace.graph().absoluteScope(root.isEmpty() ? n.name() : root + "." + n.name())) {
      boolean allKnown = n.inputs().stream().allMatch(i -> i.isEmpty() || operand(i).isFoldable());
      boolean givenNow = !Importers.hasGraphForm(n.type()) && n.inputs().stream().allMatch(i -> i.isEmpty() || operand(i).host() != null);
      if (Importers.foldsShapes(n.type()) || (allKnown || givenNow) && Importers.folds(n.type())) {
        fold(node);
      } else {
        node = inGraph(node);
      }
      node.attributes().requireAllRead();
    } catch (ShapeException e) {
      throw new OnnxException(e.getMessage(), e);
    } catch (ArithmeticException | IndexOutOfBoundsException | NegativeArraySizeException e) {
      throw new OnnxException(n + " has inputs or attributes that do not fit each other", e);
    }
    for (int i = 0; i < n.outputs().size(); i++) {
      if (!n.outputs().get(i).isEmpty() && node.results()[i] != null) {
        known.put(n.outputs().get(i), node.results()[i]);
      }
    }
  }

  /** Imports a graph inside the model, whose nodes are in order of execution. */
  void branch(GraphProto g) {
    for (TensorProto t : g.getInitializerList()) {
      require(!known.containsKey(t.getName()), "value '" + t.getName() + "' is defined twice, the second time in a branch");
      known.put(t.getName(), initializer(t.getName(), OnnxTensors.read(t, null)));
    }
    List<OnnxNode> nodes = OnnxModel.nodes(g);
    nodes.forEach(n -> wanted.addAll(n.inputs()));
    g.getOutputList().forEach(o -> wanted.add(o.getName()));
    for (OnnxNode n : nodes) {
      n.outputs().forEach(o -> require(o.isEmpty() || !known.containsKey(o), "value '" + o + "' is defined twice, the second time by " + n + " in a branch"));
      convert(n);
    }
  }

  private static void require(boolean ok, String problem) {
    if (!ok) {
      throw new OnnxException(problem);
    }
  }

  /** A form that the graph lacks is computed on the host if all that it needs was given with this run. */
  private NodeImport inGraph(NodeImport node) {
    OnnxNode n = node.node();
    try {
      Importers.importer(n.type()).run(node);
      return node;
    } catch (UnsupportedOnnxException e) {
      if (!Importers.folds(n.type()) || !n.inputs().stream().allMatch(i -> i.isEmpty() || operand(i).host() != null)) {
        throw e;
      }
      NodeImport again = new NodeImport(this, n);
      fold(again);
      return again;
    }
  }

  private void fold(NodeImport node) {
    OnnxNode n = node.node();
    HostTensor[] results = Importers.fold(n.type()).run(node);
    boolean learned = n.outputs().size() == 1 && results[0].dtype().isFloating() && Importers.hasGraphForm(n.type())
        && n.inputs().stream().anyMatch(i -> !i.isEmpty() && operand(i).isLearned());
    for (int i = 0; i < Math.min(results.length, n.outputs().size()); i++) {
      String name = n.outputs().get(i);
      if (n.type().equals("Constant")) {
        // Some programs write weights so.
        node.alias(i, initializer(name, results[i]));
        continue;
      }
      node.alias(i, learned ? Operand.known(name, results[i], role -> later(n), true) : constantOperand(name, results[i]));
    }
  }

  /** The graph's form of a node that was computed on the host. */
  private Value later(OnnxNode n) {
    NodeImport again = new NodeImport(this, n);
    try (Graph.Scope scope = trace.graph().absoluteScope(root.isEmpty() ? n.name() : root + "." + n.name())) {
      Importers.importer(n.type()).run(again);
      return again.results()[0].value(Parameter.Role.WEIGHT);
    }
  }

  /** Refuses graphs whose values cannot be held: a few bytes of a file can ask for any size. */
  static void requireMemory(Graph g) {
    long most = Runtime.getRuntime().maxMemory() / 2;
    for (Value v : g.values()) {
      TensorType t = v.type();
      if (t.shape().size() > Integer.MAX_VALUE - 8 || t.bytes() > most) {
        throw new OnnxException("value " + v.name() + " would be " + t + ", " + t.bytes() / (1 << 20) + " MiB; use a smaller input or give Java more memory (-Xmx)");
      }
    }
  }
}
