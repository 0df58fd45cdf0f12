package dev.cardinal.io.onnx;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.io.Safetensors;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDictTest {
  @TempDir
  Path folder;

  private static Module net() {
    return new Sequential().add("conv", conv2d(2, 4, 3)).add("bn", batchNorm(4)).add("relu", relu());
  }

  @Test
  void comesBackInEveryType() throws IOException {
    Map<String, HostTensor> values = net().initialize(3);
    for (DType d : new DType[] {DType.F32, DType.F16, DType.BF16, DType.F64}) {
      Path file = folder.resolve(d + ".safetensors");
      StateDict.write(file, net(), values, d);
      Map<String, HostTensor> back = StateDict.read(file, net());
      assertEquals(values.keySet(), back.keySet());
      back.forEach((name, t) -> assertTrue(t.sameBits(values.get(name).to(d).to(DType.F32)), name));
    }
  }

  @Test
  void countersMayBeThere() throws IOException {
    Map<String, HostTensor> all = new LinkedHashMap<>(net().initialize(3));
    all.put("bn.num_batches_tracked", HostTensor.of(Shape.scalar(), 7L));
    Path file = folder.resolve("pytorch.safetensors");
    Safetensors.write(file, all, Map.of());
    assertEquals(net().parameters().keySet(), StateDict.read(file, net()).keySet());
  }

  @Test
  void everyDifferenceIsListed() throws IOException {
    Map<String, HostTensor> all = new LinkedHashMap<>(net().initialize(3));
    all.remove("bn.weight");
    all.put("conv.weight", HostTensor.zeros(dev.cardinal.tensor.TensorType.f32(4, 2, 5, 5)));
    all.put("conv.bias", HostTensor.of(Shape.of(4), 1, 2, 3, 4));
    all.put("head.weight", HostTensor.scalar(1));
    Path file = folder.resolve("other.safetensors");
    Safetensors.write(file, all, Map.of());
    String message = assertThrows(IOException.class, () -> StateDict.read(file, net())).getMessage();
    assertTrue(message.contains("lacks bn.weight f32[4]"), message);
    assertTrue(message.contains("conv.weight of shape [4, 2, 5, 5], the network of shape [4, 2, 3, 3]"), message);
    assertTrue(message.contains("conv.bias as i32"), message);
    assertTrue(message.contains("head.weight f32[], which the network lacks"), message);
  }
}
