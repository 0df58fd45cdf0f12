package dev.cardinal.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SummaryTest {
  /** Simonyan and Zisserman 2015, table 1, column D, written out as Stanford's CS231n notes do ("VGGNet in detail"): output, then weights without biases; the last row of each stage is its pooling. */
  private static final String VGG16 = """
      64x224x224 1728, 64x224x224 36864, 64x112x112 0,
      128x112x112 73728, 128x112x112 147456, 128x56x56 0,
      256x56x56 294912, 256x56x56 589824, 256x56x56 589824, 256x28x28 0,
      512x28x28 1179648, 512x28x28 2359296, 512x28x28 2359296, 512x14x14 0,
      512x14x14 2359296, 512x14x14 2359296, 512x14x14 2359296, 512x7x7 0,
      4096 102760448, 4096 16777216, 1000 4096000""";

  private static Summary summary(String name, int batch) {
    ZooNet z = Zoo.find(name);
    return Summary.of(name, z.build(z.classes(), z.input()), batched(batch, z.input()));
  }

  private static Shape batched(int n, Shape in) {
    return Shape.of(n, in.dim(0), java.util.Arrays.copyOfRange(in.dims(), 1, in.rank()));
  }

  @Test
  void vgg16HasItsTableOfMemoryAndParameters() {
    List<String> expected = new ArrayList<>();
    for (String row : VGG16.split(",")) {
      String[] cells = row.trim().split(" ");
      String[] dims = cells[0].split("x");
      long values = Stream.of(dims).mapToLong(Long::parseLong).reduce(1, (a, b) -> a * b);
      long weights = Long.parseLong(cells[1]);
      expected.add(cells[0] + " memory " + 4 * values + " params " + (weights == 0 ? 0 : weights + Long.parseLong(dims[0])));
    }
    List<String> actual = summary("vgg16", 1).layers().stream().filter(l -> List.of("conv", "max pool", "linear").contains(l.kind()))
        .map(l -> ZooNet.text(l.output()).substring(2) + " memory " + l.activationBytes() + " params " + l.params()).toList();
    assertEquals(expected, actual);
  }

  // As in the tests of the zoo; Inception v3 counts its head, 5.71 G without it (torchvision).
  @ParameterizedTest
  @CsvSource({"alexnet, 60965224, 724406816", "vgg16, 138357544, 15470264320", "googlenet, 6624904, 0", "nin-g4, 455498, 0", "inception-v3, 27161264, 0"})
  void totalsAreThePublishedOnes(String name, long params, long macs) {
    Summary s = summary(name, 1);
    assertEquals(params, s.params());
    assertTrue(macs == 0 || s.macs() == macs, "macs " + s.macs());
  }

  static Stream<ZooNet> nets() {
    return Zoo.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nets")
  void countsEveryParameterOnce(ZooNet z) {
    Module m = z.build(z.classes(), z.input());
    assertEquals(m.parameterCount(), Summary.of(z.name(), m, batched(1, z.input())).params());
  }

  @Test
  void theBatchScalesMemoryOnly() {
    Summary one = summary("shufflenet", 1);
    Summary many = summary("shufflenet", 32);
    assertEquals(one.macs(), many.macs());
    assertEquals(32 * one.activationBytes(), many.activationBytes());
    assertEquals(32, many.layers().get(0).output().dim(0));
  }

  @Test
  void rowsTellKindKernelAndGroups() {
    List<LayerCost> rows = summary("shufflenet-v2", 1).layers();
    LayerCost depthwise = rows.stream().filter(l -> l.name().equals("stage2.0.branch1.0")).findFirst().orElseThrow();
    assertEquals(new LayerCost("stage2.0.branch1.0", "depthwise conv", Shape.of(1, 24, 28, 28), "3x3/2", 24, 216, 216 * 28 * 28, 4 * 24 * 28 * 28), depthwise);
    LayerCost rise = summary("unet", 1).layers().stream().filter(l -> l.name().equals("rise4")).findFirst().orElseThrow();
    assertEquals("transposed conv 2x2/2", rise.kind() + " " + rise.kernel());
  }

  @Test
  void theArenaIsSharedAndGrowsWithTheBatch() {
    TrainingMemory small = memory(4);
    TrainingMemory large = memory(16);
    assertEquals(4 * 11689512L, small.parameterBytes() - 4 * 2 * 4800, "parameters and two statistics for each of 4800 normalised channels");
    assertTrue(small.arenaBytes() < small.unsharedBytes() && large.arenaBytes() > small.arenaBytes(), small + " " + large);
    assertEquals(small.totalBytes(), small.inputBytes() + small.parameterBytes() + small.optimizerBytes() + small.arenaBytes());
    // Every activation that the gradients need is alive when they begin: the inputs of all convolutions at least.
    assertTrue(large.arenaBytes() > summaryOfConvolutions(16), "arena " + large.arenaBytes());
  }

  private static TrainingMemory memory(int batch) {
    Module net = Zoo.find("resnet18").build(1000, 3, 64);
    return TrainingMemory.of(TrainingStep.training(net, new TensorType(DType.F32, Shape.of(batch, 3, 64, 64)), 1000, new TrainOptions()), net.parameters().keySet());
  }

  private static long summaryOfConvolutions(int batch) {
    return Summary.of("resnet18", Zoo.find("resnet18").build(1000, 3, 64), Shape.of(batch, 3, 64, 64)).layers().stream()
        .filter(l -> l.kind().equals("conv")).mapToLong(LayerCost::activationBytes).sum();
  }

  @Test
  void jsonHasItsKeysAndTheSumsAgree() {
    JsonNode j = SummaryJson.render(summary("lenet5", 2).with(new TrainingMemory(1, 2, 3, 4, 5)));
    List<String> keys = new ArrayList<>();
    j.fieldNames().forEachRemaining(keys::add);
    assertEquals(List.of("net", "params", "macs", "layers"), keys.subList(0, 4));
    List<String> columns = new ArrayList<>();
    j.get("layers").get(0).fieldNames().forEachRemaining(columns::add);
    assertEquals(List.of("name", "kind", "output", "params", "macs", "activation_bytes"), columns);
    long params = 0;
    for (JsonNode l : j.get("layers")) {
      params += l.get("params").asLong();
    }
    assertEquals(61706, params);
    assertEquals("[2,6,28,28]", j.get("layers").get(0).get("output").toString());
    assertEquals(10, j.get("training_memory").get("total_bytes").asLong());
  }

  @Test
  void textAndPageTellTheSame() {
    Summary s = summary("lenet5", 1).with(new TrainingMemory(1 << 10, 1 << 20, 0, 96L << 20, 200L << 20));
    String text = SummaryText.render(s);
    assertTrue(text.contains("61,706") && text.contains("conv1") && text.contains("5x5") && text.contains("96.0 MiB"), text);
    String page = SummaryHtml.render(new Summary("<b>&net", s.input(), s.layers(), s.training()));
    assertTrue(page.contains("61,706") && page.contains("&lt;b&gt;&amp;net") && page.contains("96.0 MiB"), page);
    assertFalse(page.contains("<b>&net") || page.contains("http"), "the page needs nothing from outside");
  }
}
