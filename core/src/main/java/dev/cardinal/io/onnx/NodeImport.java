package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Parameter;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** One node while it is imported: what an importer asks for its inputs and attributes, and tells its outputs. */
final class NodeImport {
  private final GraphImport graph;
  private final OnnxNode node;
  private final Attributes attributes;
  private final Operand[] outputs;

  NodeImport(GraphImport graph, OnnxNode node) {
    this.graph = graph;
    this.node = node;
    this.attributes = new Attributes(node);
    this.outputs = new Operand[node.outputs().size()];
  }

  OnnxNode node() {
    return node;
  }

  Attributes attributes() {
    return attributes;
  }

  int opset() {
    return graph.opset();
  }

  Trace trace() {
    return graph.trace();
  }

  GraphImport graph() {
    return graph;
  }

  /** Number of inputs, those left out at the end not counted. */
  int inputs() {
    int n = node.inputs().size();
    while (n > 0 && node.inputs().get(n - 1).isEmpty()) {
      n--;
    }
    return n;
  }

  boolean has(int i) {
    return i < node.inputs().size() && !node.inputs().get(i).isEmpty();
  }

  Operand operand(int i) {
    if (!has(i)) {
      throw broken("needs input " + i);
    }
    return graph.operand(node.inputs().get(i));
  }

  Shape shape(int i) {
    return operand(i).shape();
  }

  int rank(int i) {
    return shape(i).rank();
  }

  /** Input {@code i} in the graph; its role, if it is a weight, follows from its number of axes. */
  Value value(int i) {
    return value(i, shape(i).rank() >= 2 ? Parameter.Role.WEIGHT : Parameter.Role.BIAS);
  }

  Value value(int i, Parameter.Role role) {
    return graph.valueOf(operand(i), role);
  }

  /** Input {@code i} as a tensor; refused if it depends on what a run is given. */
  HostTensor host(int i) {
    HostTensor t = operand(i).host();
    if (t == null) {
      throw new UnsupportedOnnxException("computed input of " + node.type(), node + " takes '" + operand(i).name() + "', which is known only when it runs");
    }
    return t;
  }

  long[] longs(int i) {
    HostTensor t = host(i);
    long[] v = new long[t.size()];
    for (int k = 0; k < v.length; k++) {
      v[k] = t.dtype() == DType.I64 ? t.longs()[k] : (long) t.get(k);
    }
    return v;
  }

  double scalar(int i) {
    HostTensor t = host(i);
    if (t.size() != 1) {
      throw broken("needs one number as input " + i + ", got " + t.type());
    }
    return t.get(0);
  }

  /** An axis counted from the front. */
  int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw broken("has axis " + axis + " for a tensor of " + rank + " axes");
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  boolean wantsOutput(int i) {
    return i < node.outputs().size() && !node.outputs().get(i).isEmpty() && graph.isRead(node.outputs().get(i));
  }

  Value emit(Op op, Value... in) {
    return graph.trace().add(op, in);
  }

  List<Value> emitAll(Op op, List<Value> in) {
    return graph.trace().addAll(op, in);
  }

  Value constant(HostTensor t) {
    return graph.trace().graph().constant(node.name(), t);
  }

  Value constant(double v) {
    return constant(HostTensor.scalar((float) v));
  }

  void out(Value v) {
    out(0, v);
  }

  void out(int i, Value v) {
    if (i < outputs.length) {
      outputs[i] = Operand.computed(node.outputs().get(i), v);
    }
  }

  /** An output that is known now. */
  void out(int i, HostTensor t) {
    if (i < outputs.length) {
      outputs[i] = graph.constantOperand(node.outputs().get(i), t);
    }
  }

  /** An output that is the input itself. */
  void alias(int i, Operand o) {
    outputs[i] = o;
  }

  Operand[] results() {
    return outputs;
  }

  OnnxException broken(String problem) {
    return new OnnxException(node + " " + problem);
  }

  UnsupportedOnnxException unsupported(String detail) {
    return new UnsupportedOnnxException("form of " + node.type(), node + " " + detail);
  }
}
