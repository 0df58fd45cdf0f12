package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.conformance.Tolerance;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Subset;
import dev.cardinal.data.shapes.ShapesDataset;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.nn.Layers;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.train.TrainListener;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.Trainer;
import dev.cardinal.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training of a small grouped network with dropout, from the data to the checkpoint, gives on the simulated GPU what it gives on the reference engine, and allocates nothing once it runs. */
class SimulatedTrainingTest {
  private static final int SIZE = 32;
  private static final int BATCH = 8;
  private static final int STEPS = 6;
  /** Rounding errors grow from step to step. */
  private static final double TOLERANCE = 2e-3;

  @TempDir
  Path folder;

  private record Run(List<Double> losses, Map<String, HostTensor> weights) {}

  private static Module net() {
    return new Sequential().add("features", Zoo.find("resnext-mini").build(16, 3, SIZE)).add("relu", Layers.relu()).add("dropout", Layers.dropout(0.3)).add("classifier", Layers.linear(16, 8));
  }

  private Run train(Device device, String name, Runnable afterStep) throws IOException {
    DataSplits data = DataSplits.of("few shapes", Subset.first(ShapesDataset.train(), BATCH * STEPS), Subset.first(ShapesDataset.test(), 2 * BATCH), List.of());
    TrainOptions options = new TrainOptions().epochs(1).batch(BATCH).rate(0.02).clipNorm(5).averaging(0.9).seed(7);
    List<Double> losses = new ArrayList<>();
    Path checkpoints = folder.resolve(name);
    new Trainer(net(), data, Augmentations.byName("cutout", SIZE), Augmentations.evaluation("cutout", SIZE), device, options, checkpoints, JsonNodeFactory.instance.objectNode())
        .listen(new TrainListener() {
          @Override
          public void stepped(int epoch, int images, int total, double loss) {
            losses.add(loss);
            afterStep.run();
          }
        }).run();
    Checkpoint c = CheckpointStore.open(checkpoints);
    return new Run(losses, c.model());
  }

  @Test
  void trainsAsTheReferenceDoes() throws IOException {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    Run expected;
    try (Device reference = Devices.open("cpu:reference")) {
      expected = train(reference, "reference", () -> {});
    }
    List<Long> allocations = new ArrayList<>();
    Run actual;
    try (Device gpu = SimulatedGpu.open(SimulatedGpu.cuda(), 0, DeviceOptions.defaults())) {
      actual = train(gpu, "gpu", () -> allocations.add(SimulatedGpu.cuda().allocations()));
    }
    assertEquals(STEPS, actual.losses.size());
    for (int i = 0; i < STEPS; i++) {
      assertEquals(expected.losses.get(i), actual.losses.get(i), TOLERANCE * (i + 1), "loss of step " + i);
    }
    assertEquals(expected.weights.keySet(), actual.weights.keySet());
    expected.weights.forEach((name, w) -> assertNull(Tolerance.difference(w, actual.weights.get(name), TOLERANCE * STEPS), name));
    assertTrue(allocations.get(0) > 0);
    assertEquals(allocations.get(0), allocations.get(STEPS - 1), "allocations after the first step");
  }
}
