package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Devices;
import dev.cardinal.io.onnx.OnnxCheck;
import dev.cardinal.io.onnx.OnnxException;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.io.onnx.OnnxTensors;
import dev.cardinal.io.onnx.UnsupportedOnnxException;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that are broken, lie, or ask for what there is not: one sentence each, never a crash. */
class HostileModelsTest {
  @TempDir
  Path folder;

  private final Random r = new Random(17);

  private ModelBuilder good() {
    ModelBuilder m = new ModelBuilder(13).input("x", Oracle.random(r, 1, 2, 6, 6)).init("w", Oracle.random(r, 4, 2, 3, 3)).init("b", Oracle.random(r, 4)).ints("s", 1, -1);
    m.node("Conv", List.of("x", "w", "b"), List.of("c"), "pads", new int[] {1, 1, 1, 1}).node("Relu", List.of("c"), List.of("d"));
    m.node("MaxPool", List.of("d"), List.of("e"), "kernel_shape", new int[] {2, 2}, "strides", new int[] {2, 2});
    return m.node("Reshape", List.of("e", "s"), List.of("y")).output("y");
  }

  private static String refusal(byte[] model) {
    return assertThrows(OnnxException.class, () -> OnnxModel.parse(model, null)).getMessage();
  }

  @Test
  void brokenGraphsAreNamed() {
    assertTrue(refusal(new byte[] {1, 2, 3}).contains("not an ONNX model"));
    assertTrue(refusal(new byte[0]).contains("not an ONNX model"));
    assertTrue(refusal(new ModelBuilder(99).input("x", Oracle.random(r, 1)).node("Relu", List.of("x"), List.of("y")).output("y").build()).contains("opset 99"));
    assertTrue(refusal(new ModelBuilder(6).input("x", Oracle.random(r, 1)).node("Less", List.of("x", "x"), List.of("y")).output("y").build()).contains("opset 6"));
    String cycle = refusal(new ModelBuilder(9).node("Relu", List.of("b"), List.of("a")).node("Relu", List.of("a"), List.of("b")).output("b").build());
    assertTrue(cycle.contains("cycle"), cycle);
    String missing = refusal(new ModelBuilder(9).input("x", Oracle.random(r, 1)).node("Add", List.of("x", "w"), List.of("y")).output("y").build());
    assertTrue(missing.contains("'w', which is neither"), missing);
    String twice = refusal(new ModelBuilder(9).input("x", Oracle.random(r, 1)).node("Relu", List.of("x"), List.of("y")).node("Relu", List.of("x"), List.of("y")).output("y").build());
    assertTrue(twice.contains("defined twice"), twice);
  }

  @Test
  void sizesThatLie() {
    ModelBuilder m = new ModelBuilder(9);
    m.graph().addInitializer(TensorProto.newBuilder().setName("w").setDataType(1).addDims(1L << 40).addDims(1L << 40).addFloatData(1));
    assertTrue(refusal(m.output("w").build()).contains("w"));
    ModelBuilder k = new ModelBuilder(9);
    k.graph().addInitializer(TensorProto.newBuilder().setName("w").setDataType(1).addDims(30000).addDims(30000).addFloatData(1));
    assertTrue(refusal(k.output("w").build()).contains("lie"));
  }

  @Test
  void externalDataStaysInTheFolder() throws IOException {
    Path secret = Files.write(folder.resolve("secret.bin"), new byte[4]);
    Path inside = Files.createDirectory(folder.resolve("model"));
    for (String location : List.of("../secret.bin", secret.toString(), "nothing.bin")) {
      ModelBuilder m = new ModelBuilder(9);
      m.graph().addInitializer(TensorProto.newBuilder().setName("w").setDataType(1).addDims(1).setDataLocation(TensorProto.DataLocation.EXTERNAL)
          .addExternalData(ai.onnx.proto.OnnxMl.StringStringEntryProto.newBuilder().setKey("location").setValue(location)));
      byte[] bytes = m.output("w").build();
      assertThrows(OnnxException.class, () -> OnnxModel.parse(bytes, inside), location);
    }
    Files.write(inside.resolve("data.bin"), new byte[8]);
    ModelBuilder m = new ModelBuilder(9);
    m.graph().addInitializer(TensorProto.newBuilder().setName("w").setDataType(1).addDims(1).setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(ai.onnx.proto.OnnxMl.StringStringEntryProto.newBuilder().setKey("location").setValue("data.bin"))
        .addExternalData(ai.onnx.proto.OnnxMl.StringStringEntryProto.newBuilder().setKey("offset").setValue("4")));
    assertEquals(1, OnnxModel.parse(m.output("w").build(), inside).initializers().get("w").size());
  }

  @Test
  void nothingIsReadAndIgnored() {
    ModelBuilder attribute = new ModelBuilder(9).input("x", Oracle.random(r, 2)).node("Relu", List.of("x"), List.of("y"), "slope", 2.0).output("y");
    assertEquals("attribute slope of Relu", unsupported(attribute));
    assertEquals("op Sin", unsupported(new ModelBuilder(9).input("x", Oracle.random(r, 2)).node("Sin", List.of("x"), List.of("y")).output("y")));
    assertEquals("number beyond float32", unsupported(new ModelBuilder(9).input("x", HostTensor.of(Shape.of(1), 1e300)).node("Relu", List.of("x"), List.of("y")).output("y")));
    assertEquals("attribute antialias of Resize", unsupported(new ModelBuilder(18).input("x", Oracle.random(r, 1, 1, 4, 4)).floats("s", 1, 1, 0.5f, 0.5f)
        .node("Resize", List.of("x", "", "s"), List.of("y"), "mode", "nearest", "antialias", 1).output("y")));
  }

  private static String unsupported(ModelBuilder m) {
    try (Device d = Devices.open("cpu:reference")) {
      return assertThrows(UnsupportedOnnxException.class, () -> OnnxRun.run(OnnxModel.parse(m.build(), null), d, m.inputs)).feature();
    }
  }

  @Test
  void hugeResultsAreRefused() {
    ModelBuilder fold = new ModelBuilder(9).ints("s", 1 << 16, 1 << 16).node("ConstantOfShape", List.of("s"), List.of("y")).output("y");
    ModelBuilder grow = new ModelBuilder(9).input("x", Oracle.random(r, 1, 1, 2, 2)).floats("s", 1, 1, 30000, 30000).node("Upsample", List.of("x", "s"), List.of("y")).output("y");
    for (ModelBuilder m : List.of(fold, grow)) {
      try (Device d = Devices.open("cpu:reference")) {
        assertThrows(OnnxException.class, () -> OnnxRun.run(OnnxModel.parse(m.build(), null), d, m.inputs));
      }
    }
  }

  /** Seeded damage: bytes changed, cut off, doubled. Whatever comes of it is a result or a sentence. */
  @Test
  void damage() {
    ModelBuilder m = good();
    byte[] bytes = m.build();
    int ran = 0;
    try (Device d = Devices.open("cpu:reference")) {
      for (int i = 0; i < 1500; i++) {
        byte[] bad = i % 5 == 0 ? Arrays.copyOf(bytes, r.nextInt(bytes.length)) : bytes.clone();
        for (int k = 0; k < 1 + r.nextInt(3) && bad.length > 0; k++) {
          bad[r.nextInt(bad.length)] = (byte) (r.nextBoolean() ? r.nextInt(256) : 1 << r.nextInt(8));
        }
        try {
          OnnxRun.run(OnnxModel.parse(bad, null), d, m.inputs);
          ran++;
        } catch (OnnxException | DeviceException e) {
          assertFalse(e.getMessage().isBlank());
        }
      }
    }
    assertTrue(ran > 40, "only " + ran + " damaged models ran");
  }

  @Test
  void checkReportsEachModel() throws IOException {
    ModelBuilder m = good();
    Path pass = place("pass", m, 0);
    Path fail = place("fail", m, 0.5f);
    Path missing = place("unsupported", new ModelBuilder(9).input("x", Oracle.random(r, 2)).node("Sin", List.of("x"), List.of("y")).output("y"), 0);
    Path broken = Files.write(Files.createDirectory(folder.resolve("broken")).resolve("model.onnx"), new byte[] {9, 9, 9});
    assertEquals(List.of(broken, fail, pass, missing), OnnxCheck.models(List.of(folder)));
    try (Device d = Devices.open("cpu:reference")) {
      OnnxCheck check = new OnnxCheck(d, 1e-3, 1e-5);
      assertTrue(check.check(pass).toString().startsWith("PASS"), check.check(pass).toString());
      assertTrue(check.check(fail).toString().startsWith("FAIL max error 0.5"), check.check(fail).toString());
      assertTrue(check.check(missing).toString().startsWith("UNSUPPORTED op Sin"), check.check(missing).toString());
      assertTrue(check.check(broken).toString().startsWith("FAIL"), check.check(broken).toString());
    }
  }

  @Test
  void whatOneDeviceDoesNotComputeIsUnsupportedThere() throws IOException {
    ModelBuilder m = new ModelBuilder(13).input("x", Oracle.random(r, 2, 3)).node("Mul", List.of("x", "x"), List.of("s")).node("Cast", List.of("s"), List.of("half"), "to", DataType.FLOAT16_VALUE)
        .node("Neg", List.of("half"), List.of("n")).node("Cast", List.of("n"), List.of("y"), "to", DataType.FLOAT_VALUE).output("y");
    Path model = place("half", m, 0);
    try (Device cpu = Devices.open("cpu"); Device reference = Devices.open("cpu:reference")) {
      String onCpu = new OnnxCheck(cpu, 1e-3, 1e-5).check(model).toString();
      assertTrue(onCpu.startsWith("UNSUPPORTED") && onCpu.contains("Cast") && onCpu.contains("use cpu:reference"), onCpu);
      assertTrue(new OnnxCheck(reference, 1e-3, 1e-5).check(model).toString().startsWith("PASS"));
    }
  }

  private Path place(String name, ModelBuilder m, float error) throws IOException {
    Path dir = Files.createDirectories(folder.resolve(name).resolve("test_data_set_0"));
    Path model = Files.write(folder.resolve(name).resolve("model.onnx"), m.build());
    Files.write(dir.resolve("input_0.pb"), tensor("x", m.inputs.get("x")).toByteArray());
    var y = Oracle.run(m.build(), m.inputs).get("y");
    y.floats()[0] += error;
    Files.write(dir.resolve("output_0.pb"), tensor("y", y).toByteArray());
    assertEquals(m.inputs.get("x").toString(), OnnxTensors.read(dir.resolve("input_0.pb")).toString());
    return model;
  }

  private static TensorProto tensor(String name, dev.cardinal.tensor.HostTensor t) throws IOException {
    return ModelProto.parseFrom(new ModelBuilder(9).init(name, t).output(name).build()).getGraph().getInitializer(0);
  }
}
