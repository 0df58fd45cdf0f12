package dev.cardinal.parallel;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.mesh.MeshDevice;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Subset;
import dev.cardinal.data.shapes.ShapesDataset;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.train.DivergedException;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.Schedule;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainResult;
import dev.cardinal.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole trainings on meshes: pictures augmented and dropped out alike under every division, failures that leave the last checkpoint good and nothing open, losses that are no numbers. A subclass opens the
 * devices.
 */
public abstract class MeshTrainingSuite {
  private static final Duration PROMPT = Duration.ofSeconds(120);
  private static final int EPOCHS = 3;
  private static final int STEPS = 4;

  @TempDir
  Path folder;

  /** Opens one more device of the kind that is tested. */
  protected abstract Device open();

  private static Module net() {
    return new Sequential().add("conv1", conv2d(3, 8, 3).stride(4).padding(1).noBias()).add("bn1", batchNorm(8)).add("relu1", relu())
        .add("conv2", conv2d(8, 16, 3).stride(2).padding(1).groups(4)).add("relu2", relu())
        .add("pool", globalAvgPool()).add("flatten", flatten()).add("drop", dropout(0.3)).add("fc", linear(16, 8));
  }

  private Trainer trainer(Device device, Path checkpoints, double rate) {
    DataSplits data = DataSplits.of("few shapes", Subset.first(ShapesDataset.train(), 8 * STEPS), Subset.first(ShapesDataset.test(), 16), List.of());
    TrainOptions o = new TrainOptions().epochs(EPOCHS).batch(8).optimizer(new Optimizer.Sgd(0.9, 5e-4, true)).rate(rate).schedule(Schedule.parse("constant")).seed(3).loaderThreads(1);
    return new Trainer(net(), data, Augmentations.byName("cifar", 32), Augmentations.evaluation("cifar", 32), device, o, checkpoints, JsonNodeFactory.instance.objectNode());
  }

  private MeshDevice mesh(SplitOptions options, FailingDevice.Point point, int after, AtomicInteger left) {
    List<Device> devices = new ArrayList<>();
    for (int d = 0; d < options.devices(); d++) {
      devices.add(new FailingDevice(open(), d == 1 ? point : FailingDevice.Point.NEVER, after, left));
    }
    return new MeshDevice(devices, options);
  }

  private static void near(Map<String, HostTensor> expected, Map<String, HostTensor> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, t) -> {
      for (int i = 0; i < t.size(); i++) {
        assertEquals(t.get(i), actual.get(name).get(i), 2e-4 * Math.max(0.1, Math.abs(t.get(i))), name + "[" + i + "]");
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> augmentationAndDropoutAreTheSameUnderEveryDivision() throws IOException {
    Path alone = folder.resolve("alone");
    TrainResult expected;
    try (Device d = open()) {
      expected = trainer(d, alone, 0.01).run();
    }
    Checkpoint saved = CheckpointStore.open(alone, CheckpointStore.Prefer.LAST);
    return Stream.of(SplitOptions.of(Mode.GROUPS, 2), SplitOptions.of(Mode.DATA, 4), SplitOptions.of(Mode.HYBRID, 2)).map(s -> DynamicTest.dynamicTest(s.mode() + " over " + s.devices(), () -> {
      AtomicInteger left = new AtomicInteger();
      try (Device mesh = mesh(s, FailingDevice.Point.NEVER, 0, left)) {
        Path here = folder.resolve(s.mode().name());
        TrainResult r = trainer(mesh, here, 0.01).run();
        for (int e = 0; e < EPOCHS; e++) {
          assertEquals(expected.epochs().get(e).trainLoss(), r.epochs().get(e).trainLoss(), 1e-4);
          assertEquals(expected.epochs().get(e).testLoss(), r.epochs().get(e).testLoss(), 1e-4);
        }
        near(saved.model(), CheckpointStore.open(here, CheckpointStore.Prefer.LAST).model());
      }
      assertEquals(0, left.get(), "devices, programs and variables that were not closed");
    }));
  }

  /** The second epoch fails on one device; the first epoch's checkpoint goes on elsewhere as if nothing had happened. */
  @TestFactory
  Stream<DynamicTest> aFailureLeavesTheLastCheckpointGood() throws IOException {
    Path alone = folder.resolve("whole");
    try (Device d = open()) {
      trainer(d, alone, 0.01).run();
    }
    Checkpoint whole = CheckpointStore.open(alone, CheckpointStore.Prefer.LAST);
    return Stream.of(new Object[] {FailingDevice.Point.RUN, STEPS + 2, "worker threw"}, new Object[] {FailingDevice.Point.BESIDE, 3 * (STEPS + 1) + 2, "broke off"})
        .flatMap(c -> Stream.of(Mode.GROUPS, Mode.DATA).filter(m -> m == Mode.DATA || c[0] == FailingDevice.Point.RUN).map(mode -> DynamicTest.dynamicTest(mode + ", " + c[0],
            () -> assertTimeoutPreemptively(PROMPT, () -> {
              Path here = folder.resolve(mode + "-" + c[0]);
              AtomicInteger left = new AtomicInteger();
              try (Device mesh = mesh(SplitOptions.of(mode, 2), (FailingDevice.Point) c[0], (int) c[1], left)) {
                Trainer t = trainer(mesh, here, 0.01);
                DeviceException e = assertThrows(DeviceException.class, t::run);
                assertTrue(e.getMessage().contains("device 1 (") && e.getMessage().contains((String) c[2]) && e.getMessage().contains("last checkpoint"), e.getMessage());
              }
              assertEquals(0, left.get(), "devices, programs and variables that were not closed");
              Checkpoint last = CheckpointStore.open(here, CheckpointStore.Prefer.LAST);
              assertEquals("epoch-0001", last.name());
              try (Device d = open()) {
                trainer(d, here, 0.01).resume(last).run();
              }
              near(whole.model(), CheckpointStore.open(here, CheckpointStore.Prefer.LAST).model());
            }))));
  }

  @TestFactory
  Stream<DynamicTest> aLossThatIsNoNumberStopsTheMesh() {
    return Stream.of(Mode.GROUPS, Mode.DATA, Mode.HYBRID).map(mode -> DynamicTest.dynamicTest(mode.toString(), () -> assertTimeoutPreemptively(PROMPT, () -> {
      AtomicInteger left = new AtomicInteger();
      try (Device mesh = mesh(SplitOptions.of(mode, 2), FailingDevice.Point.NEVER, 0, left)) {
        Trainer t = trainer(mesh, folder.resolve("diverged" + mode), 1e30);
        DivergedException e = assertThrows(DivergedException.class, t::run);
        assertTrue(e.getMessage().contains("the loss became") && e.getMessage().contains("learning rate"), e.getMessage());
      }
      assertEquals(0, left.get(), "devices, programs and variables that were not closed");
    })));
  }
}
