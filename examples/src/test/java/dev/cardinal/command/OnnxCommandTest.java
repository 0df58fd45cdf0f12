package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cardinal.io.onnx.Npy;
import dev.cardinal.io.onnx.OnnxTensors;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained network leaves as an ONNX file and is told about, run and checked from the command line. */
final class OnnxCommandTest {
  private static final String[] REFERENCE = {"--device", "cpu:reference"};

  @TempDir
  Path folder;

  private static Ran onnx(Object... args) {
    Object[] all = new Object[args.length + 3];
    all[0] = "onnx";
    System.arraycopy(args, 0, all, 1, args.length);
    System.arraycopy(REFERENCE, 0, all, args.length + 1, 2);
    return Ran.cardinal(all);
  }

  private Path exported() {
    Path run = folder.resolve("run");
    assertEquals(0, Ran.train(run, "--epochs", 1).code());
    Path model = folder.resolve("model/lenet.onnx");
    Ran r = onnx("export", run, model, "--json");
    assertEquals(0, r.code(), r.err());
    return model;
  }

  @Test
  void exportInfoRunAndCheckOfOneCheckpoint() throws Exception {
    Path model = exported();
    JsonNode info = onnx("info", model, "--json").json();
    assertEquals("lenet5", onnx("export", folder.resolve("run"), folder.resolve("again.onnx"), "--json").json().path("net").asText());
    assertEquals(2, info.path("operations").path("Conv").asInt(), info.toString());
    assertTrue(!info.has("unsupported") && info.path("params").asLong() > 1000, info.toString());

    Path x = folder.resolve("x.npy");
    Path y = folder.resolve("y.npy");
    HostTensor images = HostTensor.generate(TensorType.f32(2, 3, 12, 12), i -> Math.sin(i));
    Npy.write(x, images);
    Ran run = onnx("run", model, "--input", x, "--output", y);
    assertEquals(0, run.code(), run.err());
    HostTensor logits = Npy.read(y);
    assertEquals(Shape.of(2, 8), logits.shape());

    Path set = model.resolveSibling("test_data_set_0");
    Files.createDirectories(set);
    Files.write(set.resolve("input_0.pb"), proto("input", images));
    Files.write(set.resolve("output_0.pb"), proto("output", logits));
    assertTrue(OnnxTensors.read(set.resolve("input_0.pb")).sameBits(images));
    Path again = folder.resolve("z.npy");
    assertEquals(0, onnx("run", model, "--input", "input=" + set.resolve("input_0.pb"), "--output", again).code());
    assertTrue(Npy.read(again).sameBits(logits));

    Ran right = onnx("check", model.getParent());
    assertEquals(0, right.code(), right.out() + right.err());
    assertTrue(right.out().contains("PASS") && right.out().contains("total 1: 1 passed, 0 failed"), right.out());

    Files.write(set.resolve("output_0.pb"), proto("output", HostTensor.generate(logits.type(), i -> logits.get(i) + (i == 3 ? 0.5 : 0))));
    Ran wrong = onnx("check", model);
    assertEquals(1, wrong.code(), wrong.out());
    assertTrue(wrong.out().contains("FAIL max error 0.5"), wrong.out());
    assertEquals("FAIL", onnx("check", model, "--json").json().path("status").asText());
    assertEquals(0, onnx("check", model, "--atol", 1).code());
    Ran nothingToCompare = onnx("check", folder.resolve("again.onnx"));
    assertEquals(0, nothingToCompare.code(), nothingToCompare.err());
    assertTrue(nothingToCompare.out().contains("NO DATA no test_data_set_* beside it, runs on noise") && nothingToCompare.out().contains("0 passed, 0 failed, 0 unsupported, 1 without test data"),
        nothingToCompare.out());
  }

  @Test
  void badFilesAndWordsAreRefusedInOneLine() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.onnx"), "no model");
    assertEquals(1, onnx("info", broken).code());
    assertTrue(onnx("info", broken).line().contains("broken.onnx"), onnx("info", broken).line());
    assertEquals(1, onnx("info", folder.resolve("none.onnx")).code());
    assertEquals(1, onnx("check", broken).code());
    assertEquals(2, Ran.cardinal("onnx").code());
    assertEquals(2, onnx("check", folder.resolve("run"), "--rtol", -1).code());
    assertEquals(2, onnx("run", broken).code());
  }

  @Test
  void everyCommandTakesADeviceAndRefusesOneThatThereIsNot() throws IOException {
    Path model = exported();
    Path x = folder.resolve("x.npy");
    Npy.write(x, HostTensor.zeros(TensorType.f32(1, 3, 12, 12)));
    Object[][] commands = {{"info", model}, {"export", folder.resolve("run"), folder.resolve("b.onnx")}, {"check", model}, {"run", model, "--input", x}};
    for (Object[] words : commands) {
      Object[] all = new Object[words.length + 3];
      all[0] = "onnx";
      System.arraycopy(words, 0, all, 1, words.length);
      all[words.length + 1] = "--device";
      all[words.length + 2] = "cpu:none";
      Ran r = Ran.cardinal(all);
      assertTrue(r.code() != 0 && r.err().contains("cpu:none"), words[0] + ": " + r.code() + " " + r.err());
    }
  }

  /** A TensorProto by the letter of its format: dims 1, data_type 2, name 8, raw_data 9. */
  private static byte[] proto(String name, HostTensor t) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int d : t.shape().dims()) {
      out.write(1 << 3);
      varint(out, d);
    }
    out.write(2 << 3);
    varint(out, 1);
    bytes(out, 8, name.getBytes(StandardCharsets.UTF_8));
    java.nio.ByteBuffer raw = java.nio.ByteBuffer.allocate(4 * t.size()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < t.size(); i++) {
      raw.putFloat((float) t.get(i));
    }
    bytes(out, 9, raw.array());
    return out.toByteArray();
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] value) throws IOException {
    out.write(field << 3 | 2);
    varint(out, value.length);
    out.write(value);
  }

  private static void varint(ByteArrayOutputStream out, int value) {
    int v = value;
    while (v > 127) {
      out.write(v & 127 | 128);
      v >>>= 7;
    }
    out.write(v);
  }
}
