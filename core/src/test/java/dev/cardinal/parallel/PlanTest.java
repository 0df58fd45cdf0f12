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
    for (int devices : new int[] {2, 4}) {
      Plan p = plan("resnext50", SplitOptions.of(Mode.GROUPS, devices), 32);
      assertTrue(p.memoryRatio() <= 1.15, "memory ratio " + p.memoryRatio() + " on " + devices);
      assertEquals(1, p.balance(), 0.01);
    }
  }

  /** More devices than groups: normalisation borrows two channels from a neighbour, and not the rest of the group. What it borrows is a copy, and so is what is gathered for conv2, which sees half of all. */
  @Test
  void fourDevicesTakeTheirShareOfAlexNet() {
    Plan p = plan("alexnet", SplitOptions.of(Mode.GROUPS, 4), 128);
    assertTrue(p.memoryRatio() <= 1.3, "memory ratio " + p.memoryRatio());
    List<Movement> borrowed = p.split().movements().stream().filter(m -> m.layer().equals("norm1")).toList();
    assertEquals(List.of(4 * 2 * 55 * 55L * 128), borrowed.stream().map(m -> m.received(0)).toList());
  }

  @Test
  void whatCannotBeDividedIsRefused() {
    SplitException e = assertThrows(SplitException.class, () -> plan("shufflenet", SplitOptions.of(Mode.GROUPS, 2), 2));
    assertTrue(e.getMessage().contains("3 groups") && e.getMessage().contains("2 devices"), e.getMessage());
    SplitException batch = assertThrows(SplitException.class, () -> plan("alexnet", SplitOptions.of(Mode.DATA, 2), 3));
    assertTrue(batch.getMessage().contains("multiple of 2"), batch.getMessage());
  }

  /** On devices that take their time everything is hidden but the last bucket of gradients and what is waited for; on infinitely fast ones nothing is. */
  @Test
  void sumsHideBehindTheBackwardPartButTheLast() {
    Plan p = plan("alexnet", SplitOptions.of(Mode.DATA, 2), 2);
    StepEstimate slow = StepEstimate.of(p, new Interconnect("slow devices", 1e9, 0, 1e9));
    StepEstimate fast = StepEstimate.of(p, new Interconnect("fast devices", 1e9, 0, 1e30));
    assertEquals(fast.communication(), fast.step(), 1e-6);
    assertEquals(slow.communication(), fast.communication(), 1e-12);
    double parameters = 4 * 60_965_224 / 1e9;
    assertEquals(parameters, slow.communication(), 1e-6, "with two devices as many bytes as there are come in, and go out");
    assertTrue(slow.exposed() > 0 && slow.exposed() < slow.communication() / 8, slow.toString());
    // A third of a step is its forward part, but that the first layer needs no gradient of the pictures.
    double forward = 2.0 * p.devices().get(0).macs() / 1e9;
    assertTrue(slow.compute() < 3 * forward && slow.compute() > 2.8 * forward, slow.compute() + " of " + forward);
  }

  /** As in the paper's figure 2: arrows cross in front of conv3 and of the dense layers, and where the softmax is computed, once. */
  @Test
  void thePictureCrossesWhereThePapersDoes() {
    String svg = PlanPicture.svg(plan("alexnet", SplitOptions.of(Mode.GROUPS, 2), 2));
    for (String words : List.of(">11×11 / 4<", ">5×5<", ">max pooling<", ">dense<", ">softmax<", ">1000<", ">192<", ">2048<", ">55×55<")) {
      assertTrue(svg.contains(words), words);
    }
    long crossing = svg.lines().filter(l -> l.contains("url(#toc0392b)")).count();
    assertEquals(2 * (1 + 3) + 2, crossing);
    assertEquals(3, svg.lines().filter(l -> l.contains(">max pooling<")).count());
  }

  @Test
  void theScalingTableCoversAllModesAndLinks() {
    Module net = Zoo.find("alexnet").build(1000, 3, 227);
    TensorType images = new TensorType(DType.F32, Shape.of(8, 3, 227, 227));
    List<ScalingTable.Row> rows = ScalingTable.of(TrainingStep.training(net, images, 1000, new TrainOptions()), List.of(2, 8));
    assertEquals(3 * 2 * 3, rows.size());
    String text = ScalingTable.print(rows);
    for (String words : List.of("PCIe 4", "NVLink", "100 Gb/s Ethernet", "25 GB/s", "300 GB/s", "11 GB/s", "10 TFLOP/s", "the same batch", "last bucket")) {
      assertTrue(text.contains(words), words);
    }
  }
}
