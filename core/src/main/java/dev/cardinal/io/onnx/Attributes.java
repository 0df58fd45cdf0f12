package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import dev.cardinal.tensor.HostTensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The attributes of one node. It remembers which were asked for, so that {@link #requireAllRead} can refuse the others by name. */
final class Attributes {
  private final OnnxNode node;
  private final Set<String> read = new HashSet<>();

  Attributes(OnnxNode node) {
    this.node = node;
  }

  private AttributeProto find(String name, AttributeType... types) {
    read.add(name);
    AttributeProto a = node.attributes().get(name);
    if (a != null && (!a.getRefAttrName().isEmpty() || !Arrays.asList(types).contains(a.getType()))) {
      throw new OnnxException(node + " has attribute " + name + " of type " + a.getType() + ", expected " + types[0]);
    }
    return a;
  }

  boolean has(String name) {
    return node.attributes().containsKey(name);
  }

  int integer(String name, int fallback) {
    AttributeProto a = find(name, AttributeType.INT);
    if (a != null && (int) a.getI() != a.getI()) {
      throw new OnnxException(node + " has " + name + " = " + a.getI() + ", which is out of range");
    }
    return a == null ? fallback : (int) a.getI();
  }

  boolean flag(String name, boolean fallback) {
    return integer(name, fallback ? 1 : 0) != 0;
  }

  double number(String name, double fallback) {
    AttributeProto a = find(name, AttributeType.FLOAT);
    return a == null ? fallback : a.getF();
  }

  String text(String name, String fallback) {
    AttributeProto a = find(name, AttributeType.STRING);
    return a == null ? fallback : a.getS().toStringUtf8();
  }

  /** A list of integers, {@code null} if it is not there. */
  long[] longs(String name) {
    AttributeProto a = find(name, AttributeType.INTS);
    return a == null ? null : a.getIntsList().stream().mapToLong(Long::longValue).toArray();
  }

  /** A list of numbers, {@code null} if it is not there. */
  float[] numbers(String name) {
    AttributeProto a = find(name, AttributeType.FLOATS);
    if (a == null) {
      return null;
    }
    float[] f = new float[a.getFloatsCount()];
    for (int i = 0; i < f.length; i++) {
      f[i] = a.getFloats(i);
    }
    return f;
  }

  /** A tensor, {@code null} if it is not there. */
  HostTensor tensor(String name) {
    AttributeProto a = find(name, AttributeType.TENSOR);
    return a == null ? null : OnnxTensors.read(a.getT(), null);
  }

  /** A branch, {@code null} if it is not there. */
  GraphProto graph(String name) {
    AttributeProto a = find(name, AttributeType.GRAPH);
    return a == null ? null : a.getG();
  }

  /** The integer must be {@code only}: any other value is something we lack. */
  void requireInteger(String name, int only) {
    int v = integer(name, only);
    if (v != only) {
      throw new UnsupportedOnnxException("attribute " + name + " of " + node.type(), node + " has " + name + " = " + v + ", only " + only + " is supported");
    }
  }

  /** The text must be one of these. */
  String oneOf(String name, String fallback, List<String> allowed) {
    String v = text(name, fallback);
    if (!allowed.contains(v)) {
      throw new UnsupportedOnnxException("attribute " + name + " of " + node.type(), node + " has " + name + " = " + v + ", supported are " + allowed);
    }
    return v;
  }

  /** Refuses attributes that nobody asked for. */
  void requireAllRead() {
    for (String name : node.attributes().keySet()) {
      if (!read.contains(name)) {
        throw new UnsupportedOnnxException("attribute " + name + " of " + node.type(), node + " has it");
      }
    }
  }
}
