package dev.cardinal.command;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Devices;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.shapes.ShapesDataset;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.report.EpochStats;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.train.Evaluation;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.Schedule;
import dev.cardinal.train.TrainListener;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two epochs, a resume and two more give bit for bit what four epochs give: weights, running statistics, optimiser, averages, random state. */
final class ExactResumeTest {
  @TempDir
  Path folder;

  static List<Object[]> cases() {
    List<Object[]> all = new ArrayList<>();
    for (String device : List.of("cpu:reference", "cpu")) {
      all.add(new Object[] {device, "SGD", new Optimizer.Sgd(0.9, 5e-4, true), 0.0});
      all.add(new Object[] {device, "AdamW and averaging", new Optimizer.Adam(0.01, true), 0.99});
    }
    return all;
  }

  private static Module net() {
    return new Sequential()
        .add("conv1", conv2d(3, 8, 3).stride(2).padding(1).noBias()).add("bn1", batchNorm(8)).add("relu1", relu())
        .add("conv2", conv2d(8, 16, 3).stride(2).padding(1).groups(4)).add("bn2", batchNorm(16)).add("relu2", relu())
        .add("pool", globalAvgPool()).add("flatten", flatten()).add("dropout", dropout(0.3)).add("fc", linear(16, 8));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void resumeIsExact(String device, String name, Optimizer optimizer, double averaging) throws IOException {
    DeviceInfo info = Devices.list().stream().filter(d -> d.name().equals(device)).findFirst().orElse(null);
    Assumptions.assumeTrue(info != null && info.usable(), "no usable device " + device);
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    train(device, optimizer, averaging, whole, null, 4);
    train(device, optimizer, averaging, parts, null, 2);
    train(device, optimizer, averaging, parts, CheckpointStore.open(parts), 2);
    Checkpoint a = CheckpointStore.open(whole);
    Checkpoint b = CheckpointStore.open(parts);
    assertEquals("epoch-0004", b.name());
    same(a.model(), b.model());
    same(a.state(), b.state());
    assertEquals(a.meta().path("history").size(), b.meta().path("history").size());
  }

  private static void train(String device, Optimizer optimizer, double averaging, Path checkpoints, Checkpoint from, int epochs) throws IOException {
    DataSplits data = DataSplits.of("few shapes", FewPictures.of(ShapesDataset.train(), 100), FewPictures.of(ShapesDataset.test(), 40), List.of());
    TrainOptions options = new TrainOptions().epochs(4).batch(16).optimizer(optimizer).rate(0.01).schedule(Schedule.cosine().withWarmUp(1)).averaging(averaging).clipNorm(5)
        .labelSmoothing(0.1).seed(3);
    try (Device engine = Devices.open(device)) {
      Trainer trainer = new Trainer(net(), data, Augmentations.byName("cutout", 32), Augmentations.evaluation("cutout", 32), engine, options, checkpoints,
          com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode());
      int[] left = {epochs};
      trainer.listen(new TrainListener() {
        @Override
        public boolean finishedEpoch(EpochStats stats, Evaluation test, Path checkpoint, boolean best) {
          return --left[0] > 0;
        }
      });
      (from == null ? trainer : trainer.resume(from)).run();
    }
  }

  private static void same(Map<String, HostTensor> a, Map<String, HostTensor> b) {
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, value) -> assertTrue(value.sameBits(b.get(name)), name));
  }
}
