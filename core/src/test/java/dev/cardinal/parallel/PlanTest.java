package dev.cardinal.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.nn.Module;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Plans of the published networks at their published sizes. */
class PlanTest {
  static Plan plan(String name, SplitOptions options, int batch) {
    Module net = Zoo.find(name).build(1000, 3, Zoo.find(name).size());
    TensorType images = new TensorType(DType.F32, Shape.of(batch, 3, Zoo.find(name).size(), Zoo.find(name).size()));
    return Plan.of(TrainingStep.training(net, images, 1000, new TrainOptions().optimizer(new Optimizer.Sgd(0.9, 5e-4, false))), options);
  }

  private static Map<String, String> kernels(Plan p) {
    Map<String, String> k = new LinkedHashMap<>();
    p.split().layers().forEach(l -> k.put(l.layer(), String.join("+", Arrays.stream(l.kernels()).mapToObj(Integer::toString).toList())));
    return k;
  }

  /** Krizhevsky et al. 2012, figure 2. */
  @Test
  void alexNetIsPlacedAsItsAuthorsPlacedIt() {
    Plan p = plan("alexnet", SplitOptions.of(Mode.GROUPS, 2), 128);
    assertEquals(List.of("48+48", "128+128", "192+192", "192+192", "128+128", "2048+2048", "2048+2048"), kernels(p).values().stream().toList().subList(0, 7));
    List<String> exchanging = p.split().movements().stream().filter(Movement::forward).map(Movement::layer).distinct().toList();
    assertTrue(exchanging.stream().noneMatch(l -> l.equals("conv2") || l.equals("conv4") || l.equals("conv5") || l.startsWith("norm")), "these layers see one device only, got " + exchanging);
    assertTrue(exchanging.containsAll(List.of("conv3", "fc6", "fc7", "fc8")), exchanging.toString());
    assertTrue(p.forwardBytesPerImage() <= 121_344, p.forwardBytesPerImage() + " bytes");
    assertTrue(p.memoryRatio() <= 1.15, "memory ratio " + p.memoryRatio());
  }

  /** Gathering everywhere is the paper's own exchange: (128 * 13 * 13 + 128 * 6 * 6 + 2048 + 2048) floats. */
  @Test
  void pinnedLayersGather() {
    SplitOptions o = SplitOptions.of(Mode.GROUPS, 2).pin("fc6", SplitOptions.Choice.GATHER).pin("fc7", SplitOptions.Choice.GATHER).pin("fc8", SplitOptions.Choice.GATHER);
    Plan p = plan("alexnet", o, 2);
    long logits = 4 * 500;
    assertEquals(4 * (128 * 13 * 13 + 128 * 6 * 6 + 2048 + 2048) + logits, p.forwardBytesPerImage());
  }

  @Test
  void resNeXtTakesItsShareOfMemory() {
    Plan p = plan("resnext50", SplitOptions.of(Mode.GROUPS, 2), 32);
    assertTrue(p.memoryRatio() <= 1.15, "memory ratio " + p.memoryRatio());
    assertEquals(1, p.balance(), 0.01);
  }

  @Test
  void whatCannotBeDividedIsRefused() {
    SplitException e = assertThrows(SplitException.class, () -> plan("shufflenet", SplitOptions.of(Mode.GROUPS, 2), 2));
    assertTrue(e.getMessage().contains("3 groups") && e.getMessage().contains("2 devices"), e.getMessage());
    SplitException batch = assertThrows(SplitException.class, () -> plan("alexnet", SplitOptions.of(Mode.DATA, 2), 3));
    assertTrue(batch.getMessage().contains("multiple of 2"), batch.getMessage());
  }
}
