package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.io.AtomicFile;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Networks as ONNX models of opset {@value #OPSET}: the inference form, with weights as initializers under their paths, batch normalisation kept, and a batch axis of any size.
 *
 * <p>The network's input is named {@code input}, its output {@code output}.
 */
public final class OnnxExport {
  /** The opset that is written. */
  public static final int OPSET = 17;
  /** Built with this batch, the first size of a value that has it is known to be the batch: no layer makes 3 of 1 on its first axis. */
  private static final int BATCH = 3;
  private static final long MAX_BYTES = Integer.MAX_VALUE - (1 << 20);

  private OnnxExport() {}

  /**
   * Writes a network to a file.
   *
   * @param image sizes of one input without the batch, as in {@code [3, 224, 224]}
   * @param values parameters by path
   * @throws IOException if it cannot be written
   * @throws OnnxException if a parameter is missing or an operation has no ONNX form
   */
  public static void write(Path file, Module net, Shape image, Map<String, HostTensor> values) throws IOException {
    AtomicFile.writeBytes(file, model(net, image, values));
  }

  /** A network as the bytes of a model. */
  public static byte[] model(Module net, Shape image, Map<String, HostTensor> values) {
    int[] dims = new int[image.rank() + 1];
    dims[0] = BATCH;
    System.arraycopy(image.dims(), 0, dims, 1, image.rank());
    Graph g = new Graph();
    g.output("output", net.apply(new Trace(g, false), g.input("input", new TensorType(DType.F32, Shape.of(dims)))));
    return model(g, values, BATCH);
  }

  /**
   * A graph without assignments as the bytes of a model.
   *
   * @param values of its variables, by name
   * @param batch a first axis of this size is written as of any size; 0 for none
   */
  public static byte[] model(Graph g, Map<String, HostTensor> values, int batch) {
    if (!g.assignments().isEmpty()) {
      throw new OnnxException("only the inference form of a network can be exported; this graph changes " + g.assignments().keySet());
    }
    GraphProto.Builder out = GraphProto.newBuilder().setName("cardinal");
    ExportNames names = new ExportNames(out, batch);
    g.inputs().forEach((name, v) -> {
      names.claim(v, name);
      out.addInput(info(name, v.type(), batch));
    });
    long bytes = 0;
    for (Map.Entry<String, Value> e : g.variables().entrySet()) {
      HostTensor t = values.get(e.getKey());
      if (t == null || !t.type().equals(e.getValue().type())) {
        throw new OnnxException("parameter " + e.getKey() + " must be given as " + e.getValue().type() + ", got " + (t == null ? "nothing" : t.type()));
      }
      bytes += t.type().bytes();
      requireSize(bytes);
      names.claim(e.getValue(), e.getKey());
      out.addInitializer(OnnxTensors.write(e.getKey(), t));
    }
    g.outputs().keySet().forEach(names::reserve);
    g.constants().forEach((v, t) -> out.addInitializer(OnnxTensors.write(names.fresh(v, "constant"), t)));
    for (Node n : g.nodes()) {
      Exporters.export(names, n);
    }
    g.outputs().forEach((name, v) -> {
      names.node("Identity", name + ".identity").addInput(names.of(v)).addOutput(name);
      out.addOutput(info(name, v.type(), batch));
    });
    return ModelProto.newBuilder().setIrVersion(8).setProducerName("Cardinal").addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET)).setGraph(out).build().toByteArray();
  }

  private static void requireSize(long bytes) {
    if (bytes > MAX_BYTES) {
      throw new OnnxException("the weights take more than 2 GiB, which an ONNX file cannot hold");
    }
  }

  private static ValueInfoProto info(String name, TensorType type, int batch) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int i = 0; i < type.shape().rank(); i++) {
      TensorShapeProto.Dimension.Builder d = shape.addDimBuilder();
      if (i == 0 && batch > 0 && type.shape().dim(0) == batch) {
        d.setDimParam("batch");
      } else {
        d.setDimValue(type.shape().dim(i));
      }
    }
    DataType element = OnnxTensors.onnxType(type.dtype());
    return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(element.getNumber()).setShape(shape))).build();
  }
}
