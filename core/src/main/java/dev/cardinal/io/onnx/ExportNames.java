package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The model being written: names of values, and nodes to add. */
final class ExportNames {
  private final GraphProto.Builder graph;
  private final int batch;
  private final Map<Value, String> names = new HashMap<>();
  private final Map<Value, String> indices = new HashMap<>();
  private final Set<String> taken = new HashSet<>();
  private final Set<String> nodeNames = new HashSet<>();

  ExportNames(GraphProto.Builder graph, int batch) {
    this.graph = graph;
    this.batch = batch;
  }

  void claim(Value v, String name) {
    names.put(v, name);
    taken.add(name);
  }

  void reserve(String name) {
    if (!taken.add(name)) {
      throw new OnnxException("'" + name + "' would be the name of two things in the model; name the output otherwise");
    }
  }

  /** A new name for a value. */
  String fresh(Value v, String base) {
    String name = fresh(base);
    names.put(v, name);
    return name;
  }

  String fresh(String base) {
    String name = base;
    for (int i = 1; !taken.add(name); i++) {
      name = base + "_" + i;
    }
    return name;
  }

  String of(Value v) {
    String name = names.get(v);
    if (name == null) {
      throw new OnnxException("value " + v + " has no form in ONNX by itself");
    }
    return name;
  }

  /** Makes a value another name for what is there already. */
  void alias(Value v, String name) {
    names.put(v, name);
  }

  /** Names the places of maxima, which are no value by themselves. */
  void indices(Value v, String name) {
    indices.put(v, name);
  }

  String indices(Value v) {
    return indices.get(v);
  }

  /** Whether a value's first axis is the batch. */
  boolean isBatched(Shape s) {
    return batch > 0 && s.rank() > 0 && s.dim(0) == batch;
  }

  /** A constant of the model. */
  String constant(HostTensor t) {
    String name = fresh("constant");
    graph.addInitializer(OnnxTensors.write(name, t));
    return name;
  }

  String longs(long... v) {
    return constant(HostTensor.of(Shape.of(v.length), v));
  }

  NodeProto.Builder node(String type, String base) {
    String name = base.isEmpty() ? type.toLowerCase(java.util.Locale.ROOT) : base;
    for (int i = 1; !nodeNames.add(name); i++) {
      name = base + "_" + i;
    }
    return graph.addNodeBuilder().setOpType(type).setName(name);
  }

  /** Adds a node with one output and returns the output's name; attributes are name and value in turn. */
  String add(String type, String path, List<String> in, Object... attributes) {
    NodeProto.Builder n = node(type, path).addAllInput(in);
    attributes(n, attributes);
    String out = fresh((path.isEmpty() ? type : path) + ".out");
    n.addOutput(out);
    return out;
  }

  /** Adds attributes, name and value in turn. */
  void attributes(NodeProto.Builder n, Object... attributes) {
    for (int i = 0; i < attributes.length; i += 2) {
      n.addAttribute(attribute((String) attributes[i], attributes[i + 1]));
    }
  }

  private static AttributeProto attribute(String name, Object v) {
    AttributeProto.Builder a = AttributeProto.newBuilder().setName(name);
    if (v instanceof Integer i) {
      a.setType(AttributeType.INT).setI(i);
    } else if (v instanceof Double d) {
      a.setType(AttributeType.FLOAT).setF(d.floatValue());
    } else if (v instanceof String s) {
      a.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(s));
    } else if (v instanceof Spatial s) {
      a.setType(AttributeType.INTS);
      Arrays.stream(s.toArray()).forEach(a::addInts);
    } else if (v instanceof int[] l) {
      a.setType(AttributeType.INTS);
      Arrays.stream(l).forEach(a::addInts);
    } else {
      throw new IllegalArgumentException("attribute " + name + " = " + v);
    }
    return a.build();
  }
}
