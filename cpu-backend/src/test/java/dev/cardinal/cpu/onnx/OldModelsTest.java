package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxModule;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small network written as programs of 2018 and 2019 wrote them, for any batch, against ONNX Runtime. */
class OldModelsTest {
  private final Random r = new Random(23);

  private static TensorProto value(HostTensor t) {
    TensorProto.Builder b = TensorProto.newBuilder().setDataType(ModelBuilder.type(t).getNumber());
    for (int d : t.shape().dims()) {
      b.addDims(d);
    }
    for (int i = 0; i < t.size(); i++) {
      if (t.dtype().isFloating()) {
        b.addFloatData((float) t.get(i));
      } else {
        b.addInt64Data((long) t.get(i));
      }
    }
    return b.build();
  }

  private static HostTensor longs(long... v) {
    return HostTensor.of(Shape.of(v.length), v);
  }

  /** Weights listed as inputs too and weights in Constant nodes; attributes where inputs came later; sizes computed from the batch; and what is left over from training. */
  private byte[] model(int opset, boolean named) {
    ModelBuilder m = new ModelBuilder(opset);
    ValueInfoProto.Builder x = ModelBuilder.info("x", DataType.FLOAT, 1, 3, 8, 8).toBuilder();
    x.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().getDimBuilder(0).clearDimValue();
    if (named) {
      x.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().getDimBuilder(0).setDimParam("N");
    }
    m.graph().addInput(x).addInput(ModelBuilder.info("w", DataType.FLOAT, 4, 3, 3, 3)).addInput(ModelBuilder.info("scale", DataType.FLOAT, 4));
    m.init("w", Oracle.random(r, 4, 3, 3, 3)).init("scale", Oracle.random(r, 4)).init("shift", Oracle.random(r, 4)).init("mean", Oracle.random(r, 4)).init("variance", Oracle.positive(r, 4));
    m.node("Pad", List.of("x"), List.of("padded"), "pads", new int[] {0, 0, 1, 1, 0, 0, 1, 1}, "mode", "constant", "value", 0.5);
    m.node("Conv", List.of("padded", "w"), List.of("conv"), "kernel_shape", new int[] {3, 3}, "strides", new int[] {2, 2}, "auto_pad", "VALID");
    m.node("BatchNormalization", List.of("conv", "scale", "shift", "mean", "variance"), List.of("norm"), "epsilon", 1e-3, "momentum", 0.99, "spatial", opset < 9 ? 1 : null);
    m.node("Clip", List.of("norm"), List.of("clipped"), "min", 0.0, "max", 6.0);
    m.node("Identity", List.of("clipped"), List.of("same"));
    m.node("Dropout", List.of("same"), List.of("dropped", "mask"), "ratio", 0.4);
    if (opset < 9) {
      m.node("Upsample", List.of("dropped"), List.of("up"), "scales", new float[] {1, 1, 2, 2}, "mode", "nearest");
    } else {
      m.node("Constant", List.of(), List.of("scales"), "value", value(HostTensor.of(Shape.of(4), 1f, 1f, 2f, 2f)));
      m.node("Upsample", List.of("dropped", "scales"), List.of("up"), "mode", "nearest");
    }
    m.node("Slice", List.of("up"), List.of("cut"), "starts", new int[] {0, 1}, "ends", new int[] {3, -1}, "axes", new int[] {1, 3});
    m.node("Constant", List.of(), List.of("depthwise"), "value", value(Oracle.random(r, 3, 1, 2, 2)));
    m.node("Conv", List.of("cut", "depthwise"), List.of("deep"), "group", 3, "pads", new int[] {1, 0, 0, 1});
    m.node("Shape", List.of("deep"), List.of("shape")).node("Constant", List.of(), List.of("zero"), "value", value(HostTensor.of(Shape.scalar(), 0L)));
    m.node("Gather", List.of("shape", "zero"), List.of("batch"), "axis", 0).node("Unsqueeze", List.of("batch"), List.of("first"), "axes", new int[] {0});
    m.node("Constant", List.of(), List.of("rest"), "value", value(longs(-1))).node("Concat", List.of("first", "rest"), List.of("flat"), "axis", 0);
    m.node("Reshape", List.of("deep", "flat"), List.of("rows"));
    int features = 3 * 8 * 6;
    m.init("fc", Oracle.random(r, features, 5));
    if (opset >= 9) {
      m.init("five", longs(5)).node("ConstantOfShape", List.of("five"), List.of("bias"), "value", value(HostTensor.of(Shape.of(1), 0.25f)));
    } else {
      m.init("bias", Oracle.random(r, 5));
    }
    m.node("MatMul", List.of("rows", "fc"), List.of("product")).node("Add", List.of("product", "bias"), List.of("logits"));
    m.node("Cast", List.of("logits"), List.of("float"), "to", DataType.FLOAT_VALUE);
    return m.node("Softmax", List.of("float"), List.of("y")).output("y").build();
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9})
  void runsForAnyBatchAndCanBeTrained(int opset) {
    byte[] bytes = model(opset, opset != 8);
    OnnxModel model = OnnxModel.parse(bytes, null);
    assertEquals(1, model.inputs().size(), "weights that are listed as inputs need not be given");
    try (Device d = Devices.open("cpu:reference")) {
      for (int batch : new int[] {1, 3}) {
        HostTensor x = Oracle.random(r, batch, 3, 8, 8);
        Oracle.close("opset " + opset, Oracle.run(bytes, Map.of("x", x)).get("y"), OnnxRun.run(model, d, Map.of("x", x)).get("y"), 1e-4);
      }
    }
    Set<String> learned = OnnxModule.of(model, Shape.of(2, 3, 8, 8)).learnedParameters().keySet();
    assertTrue(learned.containsAll(Set.of("w", "scale", "shift", "depthwise", "fc")), learned.toString());
  }
}
