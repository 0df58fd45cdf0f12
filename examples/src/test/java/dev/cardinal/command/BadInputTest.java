package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input: exit code 1 and one clear sentence each, without a trace of Java. */
final class BadInputTest {
  @TempDir
  static Path shared;
  @TempDir
  Path folder;

  private static Path trained;

  @BeforeAll
  static void trainOnce() {
    trained = shared.resolve("trained");
    assertEquals(0, Ran.train(trained, "--epochs", 1).code());
  }

  private static void says(Ran r, String... parts) {
    assertEquals(1, r.code(), r.err() + r.out());
    for (String part : parts) {
      assertTrue(r.line().contains(part), r.line());
    }
    assertFalse(r.line().contains("Exception"), r.line());
  }

  private Ran data(Object data, Object... more) {
    Object[] all = new Object[more.length + 10];
    System.arraycopy(new Object[] {"train", "--net", "lenet5", "--device", "cpu:reference", "--epochs", 1, "--out", folder.resolve("run"), "--data=" + data}, 0, all, 0, 10);
    System.arraycopy(more, 0, all, 10, more.length);
    return Ran.cardinal(all);
  }

  @Test
  void missingData() {
    says(data(folder.resolve("nowhere")), "nowhere' does not exist", "cifar10:DIR");
    assertFalse(Files.exists(folder.resolve("run")), "nothing is left behind");
  }

  @Test
  void emptyFolder() throws IOException {
    says(data(Files.createDirectory(folder.resolve("empty"))), "holds no images in class folders");
  }

  @Test
  void oneClass() throws IOException {
    for (int i = 0; i < 4; i++) {
      Ran.picture(folder.resolve("one/cat/" + i + ".png"), i);
    }
    says(data(folder.resolve("one")), "has one class only ('cat')");
  }

  @Test
  void batchLargerThanTheData() throws IOException {
    for (int i = 0; i < 8; i++) {
      Ran.picture(folder.resolve("few/" + (i % 2 == 0 ? "cat" : "dog") + "/" + i + ".png"), i * 77);
    }
    says(data(folder.resolve("few"), "--batch", 500, "--size", 12), "a batch of 500 is larger than the 6 training images");
    assertEquals(0, data(folder.resolve("few"), "--size", 12).code(), "without --batch one is chosen that fits");
  }

  @Test
  void noGpu() {
    Ran r = Ran.cardinal("train", "--device", "cuda:0", "--out", folder.resolve("run"));
    says(r, "device cuda:0 cannot be used", "Use --device cpu");
    assertFalse(Files.exists(folder.resolve("run")));
  }

  @Test
  void unknownDevice() {
    says(Ran.cardinal("train", "--device", "tpu", "--out", folder.resolve("run")), "there is no device tpu; devices here are", "cpu:reference");
  }

  @Test
  void picturesTooSmallForTheNetwork() {
    says(Ran.cardinal("train", "--net", "alexnet", "--size", 32, "--device", "cpu:reference", "--out", folder.resolve("run")), "alexnet takes pictures of at least 67x67, got 32x32");
  }

  @Test
  void lossThatIsNotANumberNamesTheLayerAndKeepsTheCheckpoint() throws IOException {
    Path run = folder.resolve("run");
    assertEquals(0, Ran.train(run, "--epochs", 2, "--stop-after", 1).code());
    byte[] good = Files.readAllBytes(run.resolve("checkpoints/epoch-0001/model.safetensors"));
    Path arguments = run.resolve("arguments.json");
    String text = Files.readString(arguments);
    Files.writeString(arguments, text.replaceAll("\"lr\" : [0-9.E-]+", "\"lr\" : 1E30"));
    Ran r = Ran.cardinal("train", "--resume", run, "--device", "cpu:reference");
    says(r, "the loss became ", "in epoch 2", "the last good checkpoint is " + run.resolve("checkpoints/epoch-0001"), "try a lower learning rate");
    assertTrue(r.line().matches(".*(layer \\w+ \\(\\w+\\) is the first whose output is not finite|parameter \\S+ is no longer finite).*"), r.line());
    assertArrayEquals(good, Files.readAllBytes(run.resolve("checkpoints/epoch-0001/model.safetensors")));
    assertEquals(0, Ran.cardinal("eval", run, "--limit", 16, "--device", "cpu:reference").code());
  }

  @Test
  void missingCheckpoint() {
    says(Ran.cardinal("eval", folder.resolve("none"), "--device", "cpu:reference"), "no such file or folder; give a run folder");
    says(Ran.cardinal("predict", folder, folder.resolve("x.png"), "--device", "cpu:reference"), "no readable checkpoint in");
    says(Ran.cardinal("train", "--resume", folder, "--device", "cpu:reference"), "is no folder of a run");
    says(Ran.cardinal("train", "--resume", folder.resolve("none"), "--device", "cpu:reference"), "does not exist");
  }

  private Path copyOfTrained() throws IOException {
    Path copy = Files.createDirectories(folder.resolve("epoch-0001"));
    for (String name : new String[] {"model.safetensors", "state.safetensors", "checkpoint.json"}) {
      Files.copy(trained.resolve("checkpoints/epoch-0001").resolve(name), copy.resolve(name));
    }
    return copy;
  }

  @Test
  void unreadableCheckpoint() throws IOException {
    Path copy = copyOfTrained();
    byte[] bytes = Files.readAllBytes(copy.resolve("model.safetensors"));
    bytes[bytes.length - 3] ^= 1;
    Files.write(copy.resolve("model.safetensors"), bytes);
    says(Ran.cardinal("eval", copy, "--device", "cpu:reference"), "was damaged or changed after it was saved");
    Files.write(copy.resolve("model.safetensors"), java.util.Arrays.copyOf(bytes, 100));
    says(Ran.cardinal("eval", copy, "--device", "cpu:reference"), "has 100 bytes where the checkpoint was saved with");
    Files.writeString(copy.resolve("checkpoint.json"), "{");
    says(Ran.cardinal("eval", copy, "--device", "cpu:reference"), "is not valid JSON");
  }

  @Test
  void wrongArchitectureForACheckpoint() throws IOException {
    Path copy = copyOfTrained();
    Path json = copy.resolve("checkpoint.json");
    String text = Files.readString(json);
    Files.writeString(json, text.replace("\"net\" : \"lenet5\"", "\"net\" : \"resnext-mini\""));
    says(Ran.cardinal("eval", copy, "--device", "cpu:reference"), "belongs to another network: it has conv1.weight as f32[6, 3, 5, 5], the network as");
    Files.writeString(json, text.replace("\"net\" : \"lenet5\"", "\"net\" : \"mine\""));
    says(Ran.cardinal("eval", copy, "--device", "cpu:reference"), "there is no network mine");
    Files.writeString(json, text.replace("\"net\" : \"lenet5\"", "\"net\" : 5"));
    says(Ran.cardinal("eval", copy, "--device", "cpu:reference"), "does not say which network it is of");
  }

  @Test
  void dataOfOtherClasses() throws IOException {
    for (int i = 0; i < 8; i++) {
      Ran.picture(folder.resolve("pets/" + (i % 2 == 0 ? "cat" : "dog") + "/" + i + ".png"), i);
    }
    says(Ran.cardinal("eval", trained, "--data", folder.resolve("pets"), "--device", "cpu:reference", "--json", "--seed", 3).withoutNotes(), "has the class 'cat', which the network does not know");
  }

  @Test
  void picturesThatAreNone() throws IOException {
    Path text = Files.writeString(folder.resolve("letter.png"), "Dear network");
    says(Ran.cardinal("predict", trained, text, "--device", "cpu:reference"), "letter.png: ");
    says(Ran.cardinal("predict", trained, folder.resolve("gone.png"), "--device", "cpu:reference"), "gone.png does not exist");
    says(Ran.cardinal("predict", trained, folder, "--device", "cpu:reference"), "is no file; name a picture");
  }

  @Test
  void placesThatCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    says(Ran.train(file, "--epochs", 1), "is a file, no folder for a run");
    says(Ran.train(file.resolve("run"), "--epochs", 1), "file");
    // A disk that fails while a checkpoint is saved: its folder cannot be made, because a file is in the way.
    Path run = folder.resolve("run");
    assertEquals(0, Ran.train(run, "--epochs", 2, "--stop-after", 1).code());
    byte[] good = Files.readAllBytes(run.resolve("checkpoints/epoch-0001/model.safetensors"));
    Files.delete(run.resolve("results.csv"));
    Files.createDirectories(run.resolve("results.csv/in/the/way"));
    assertEquals(1, Ran.cardinal("train", "--resume", run, "--device", "cpu:reference").code());
    assertArrayEquals(good, Files.readAllBytes(run.resolve("checkpoints/epoch-0001/model.safetensors")));
  }

  @Test
  void verboseShowsWhere() {
    Ran r = Ran.cardinal("train", "--device", "cuda:0", "--verbose");
    assertEquals(1, r.code());
    assertTrue(r.err().contains("\tat dev.cardinal."), r.err());
  }
}
