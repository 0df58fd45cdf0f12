package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.io.Safetensors;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that begins with weights from a file: fine-tuning. */
final class WeightsTest {
  @TempDir
  Path folder;

  private static Map<String, HostTensor> trained(Path run) throws IOException {
    return Safetensors.readAll(run.resolve("checkpoints/epoch-0001/model.safetensors"));
  }

  @Test
  void aNetForOtherClassesIsFineTunedWithFrozenLayers() throws Exception {
    Map<String, HostTensor> other = new LinkedHashMap<>(Zoo.find("lenet5").build(7, Shape.of(3, 12, 12)).initialize(99));
    Path file = folder.resolve("saved.safetensors");
    Safetensors.write(file, other, Map.of("format", "pt"));
    Path run = folder.resolve("tuned");
    Ran misfit = Ran.train(run, "--epochs", 1, "--weights", file);
    assertEquals(1, misfit.code());
    assertTrue(misfit.line().contains("fc3.weight of shape [7, 84], the network of shape [8, 84]") && misfit.line().contains("--fresh"), misfit.line());
    assertFalse(Files.exists(run));

    Ran r = Ran.train(run, "--epochs", 1, "--weights", file, "--fresh", "fc3", "--freeze", "conv1,conv2");
    assertEquals(0, r.code(), r.err());
    assertTrue(r.out().contains("8 of 10 tensors") && r.out().contains("frozen  conv1,conv2"), r.out());
    Map<String, HostTensor> after = trained(run);
    assertTrue(after.get("conv1.weight").sameBits(other.get("conv1.weight")) && after.get("conv2.bias").sameBits(other.get("conv2.bias")), "frozen layers keep what the file has");
    assertFalse(after.get("fc1.weight").sameBits(other.get("fc1.weight")), "others learn");
    assertEquals(0, Ran.cardinal("train", "--resume", run, "--epochs", 2).code());
    assertTrue(Safetensors.readAll(run.resolve("checkpoints/epoch-0002/model.safetensors")).get("conv1.weight").sameBits(other.get("conv1.weight")), "frozen after a resume");
  }

  @Test
  void aRunOfOursAndOneOfPyTorchsAreTakenAlike() throws Exception {
    Path first = folder.resolve("first");
    assertEquals(0, Ran.train(first, "--epochs", 1).code());
    Map<String, HostTensor> weights = trained(first);
    Map<String, HostTensor> withCounter = new LinkedHashMap<>(weights);
    withCounter.put("bn.num_batches_tracked", HostTensor.zeros(TensorType.i32()));
    Path file = folder.resolve("pytorch.safetensors");
    Safetensors.write(file, withCounter, Map.of());
    Path a = folder.resolve("a");
    Path b = folder.resolve("b");
    assertEquals(0, Ran.train(a, "--epochs", 1, "--weights", first).code());
    assertEquals(0, Ran.train(b, "--epochs", 1, "--weights", file).code());
    trained(a).forEach((name, t) -> assertTrue(t.sameBits(assertHas(b, name)), name));
  }

  private static HostTensor assertHas(Path run, String name) {
    try {
      return trained(run).get(name);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void wrongWordsAreRefused() {
    Path run = folder.resolve("run");
    assertEquals(2, Ran.train(run, "--fresh", "fc3").code());
    Ran none = Ran.train(run, "--freeze", "conv9");
    assertTrue(none.code() == 2 && none.err().contains("conv9"), none.err());
    assertEquals(2, Ran.train(run, "--freeze", "conv1,conv2,fc1,fc2,fc3").code());
    assertEquals(1, Ran.train(run, "--weights", folder.resolve("none.safetensors")).code());
  }
}
