package dev.cardinal.cpu.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.cardinal.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds small ONNX models for tests, straight from the protobuf classes. */
final class ModelBuilder {
  private final ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8);
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  final Map<String, HostTensor> inputs = new LinkedHashMap<>();

  ModelBuilder(int opset) {
    model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset));
  }

  /** An input with the tensor of this run. */
  ModelBuilder input(String name, HostTensor t) {
    inputs.put(name, t);
    graph.addInput(info(name, type(t), t.shape().dims()));
    return this;
  }

  ModelBuilder init(String name, HostTensor t) {
    TensorProto.Builder b = TensorProto.newBuilder().setName(name).setDataType(type(t).getNumber());
    for (int d : t.shape().dims()) {
      b.addDims(d);
    }
    for (int i = 0; i < t.size(); i++) {
      switch (type(t)) {
        case FLOAT -> b.addFloatData((float) t.get(i));
        case INT64 -> b.addInt64Data((long) t.get(i));
        default -> b.addInt32Data((int) t.get(i));
      }
    }
    graph.addInitializer(b);
    return this;
  }

  ModelBuilder ints(String name, long... v) {
    return init(name, HostTensor.of(dev.cardinal.tensor.Shape.of(v.length), v));
  }

  ModelBuilder floats(String name, float... v) {
    return init(name, HostTensor.of(dev.cardinal.tensor.Shape.of(v.length), v));
  }

  ModelBuilder scalar(String name, double v) {
    return init(name, HostTensor.scalar((float) v));
  }

  /** A node; attributes are name and value in turn: Integer, Long, Double, Float, String, int[], long[], float[]. */
  ModelBuilder node(String type, List<String> in, List<String> out, Object... attributes) {
    NodeProto.Builder n = NodeProto.newBuilder().setOpType(type).addAllInput(in).addAllOutput(out);
    for (int i = 0; i < attributes.length; i += 2) {
      if (attributes[i + 1] != null) {
        n.addAttribute(attribute((String) attributes[i], attributes[i + 1]));
      }
    }
    graph.addNode(n);
    return this;
  }

  private static AttributeProto attribute(String name, Object v) {
    AttributeProto.Builder a = AttributeProto.newBuilder().setName(name);
    if (v instanceof Integer || v instanceof Long) {
      a.setType(AttributeType.INT).setI(((Number) v).longValue());
    } else if (v instanceof Number n) {
      a.setType(AttributeType.FLOAT).setF(n.floatValue());
    } else if (v instanceof String s) {
      a.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(s));
    } else if (v instanceof int[] l) {
      a.setType(AttributeType.INTS);
      for (int i : l) {
        a.addInts(i);
      }
    } else if (v instanceof float[] l) {
      a.setType(AttributeType.FLOATS);
      for (float f : l) {
        a.addFloats(f);
      }
    } else if (v instanceof GraphProto g) {
      a.setType(AttributeType.GRAPH).setG(g);
    } else if (v instanceof TensorProto t) {
      a.setType(AttributeType.TENSOR).setT(t);
    } else {
      throw new IllegalArgumentException("attribute " + name + " = " + v);
    }
    return a.build();
  }

  /** A float output. */
  ModelBuilder output(String name) {
    return output(name, DataType.FLOAT);
  }

  ModelBuilder output(String name, DataType type) {
    graph.addOutput(ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.getNumber()))));
    return this;
  }

  static DataType type(HostTensor t) {
    return switch (t.dtype()) {
      case F32 -> DataType.FLOAT;
      case F64 -> DataType.DOUBLE;
      case F16 -> DataType.FLOAT16;
      case BF16 -> DataType.BFLOAT16;
      case I32 -> DataType.INT32;
      case I64 -> DataType.INT64;
      case U8 -> DataType.UINT8;
    };
  }

  static ValueInfoProto info(String name, DataType type, int... dims) {
    TensorShapeProto.Builder s = TensorShapeProto.newBuilder();
    for (int d : dims) {
      s.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(d));
    }
    return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(s))).build();
  }

  GraphProto.Builder graph() {
    return graph;
  }

  byte[] build() {
    return model.setGraph(graph).build().toByteArray();
  }
}
