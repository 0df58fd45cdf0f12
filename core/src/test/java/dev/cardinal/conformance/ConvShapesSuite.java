package dev.cardinal.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Real convolution shapes in exact arithmetic, zero tolerance: the 556 shapes of oneDNN's own tests, forward, gradient of the data and gradient of the weights (of the transposed ones the gradient of
 * the data is the forward operation). Inputs are small integers, so thin that every sum is exact in float32 in any order.
 *
 * <p>What is checked how, on every device, {@code cpu:reference} included:
 * <ul>
 *   <li>every element of every result, through random projections in 64-bit integers that share no code with any engine: see {@link ExactConv};
 *   <li>eight elements of every result by direct summation;
 *   <li>on other devices, for shapes of at most {@value #COMPARED_MMACS} million multiply-adds, every element against the reference's.
 * </ul>
 *
 * <p>Mini-batch 2, or 1 for shapes above {@value #COMPARED_MMACS} million multiply-adds. Shapes are skipped, counted, where the Java heap cannot hold the tensors three times over. The folder is
 * {@code -Dcardinal.convShapes}, else {@code ../shared/data/conv-shapes} beside the repository; where it is absent the suite is one counted skip.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ConvShapesSuite {
  static final int COMPARED_MMACS = 20;

  private final String name;
  private final Skips skips;
  private final long seed = Long.getLong("cardinal.seed", 20_120_930L);
  private Device device;
  private Device oracle;
  private int checked;
  private long macs;

  /** For the device of that name. */
  protected ConvShapesSuite(String name) {
    this.name = name;
    this.skips = new Skips(name);
  }

  @BeforeAll
  void open() {
    DeviceInfo info = Devices.list().stream().filter(d -> d.name().equals(name)).findFirst().orElse(null);
    if (info == null || !info.usable()) {
      skips.abort("the whole suite: " + (info == null ? "there is no device " + name : info.problem()));
    }
    device = Devices.open(name);
    boolean other = !name.equals(ConformanceSuite.REFERENCE) && Devices.list().stream().anyMatch(d -> d.name().equals(ConformanceSuite.REFERENCE));
    oracle = other ? Devices.open(ConformanceSuite.REFERENCE) : null;
  }

  @AfterAll
  void close() {
    if (device != null) {
      device.close();
    }
    if (oracle != null) {
      oracle.close();
    }
    System.out.printf("Convolution shapes on %s: %d shapes exact in three directions, %.1f GMAC%n", name, checked, macs / 1e9);
    skips.print("Convolution shapes");
  }

  @TestFactory
  Stream<DynamicNode> shapes() throws IOException {
    Path folder = folder();
    if (folder == null) {
      skips.abort("all shapes: no folder conv-shapes; name it with -Dcardinal.convShapes");
    }
    List<DynamicNode> files = new ArrayList<>();
    for (String kind : List.of("conv", "deconv")) {
      try (Stream<Path> list = Files.list(folder.resolve(kind))) {
        for (Path file : list.sorted().toList()) {
          files.add(DynamicContainer.dynamicContainer(kind + "/" + file.getFileName(), shapes(file, kind.equals("deconv"))));
        }
      }
    }
    return files.stream();
  }

  private Stream<DynamicTest> shapes(Path file, boolean transposed) throws IOException {
    return Files.readAllLines(file).stream().map(String::strip).filter(l -> !l.isEmpty() && !l.startsWith("#") && !l.startsWith("--"))
        .map(l -> DynamicTest.dynamicTest(l, () -> check(ConvShape.parse(l, transposed))));
  }

  private static Path folder() {
    String named = System.getProperty("cardinal.convShapes");
    if (named != null) {
      return Path.of(named);
    }
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      Path folder = p.resolve("shared/data/conv-shapes");
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    return null;
  }

  private void check(ConvShape shape) {
    boolean large = shape.macs() > COMPARED_MMACS * 1_000_000L;
    int batch = large ? 1 : 2;
    long elements = batch * (shape.inputSize() + shape.outputSize()) + shape.weightsSize();
    long bytes = elements * 4;
    if (bytes > Runtime.getRuntime().maxMemory() / 6) {
      skips.abort(String.format("memory: %s needs %.1f GiB for its tensors; the tests' heap (test.heap) must be six times that", shape.text(), bytes / 0x1p30));
    }
    ConvGeometry g = shape.geometry();
    assertEquals(shape.outputSpatial(), g.outputSize(shape.inputSpatial(), shape.kernelSpatial()), "output size of " + shape);
    ExactConv exact = new ExactConv(shape, batch, seed);
    Conv forward = new Conv(g);
    ConvBackwardData data = new ConvBackwardData(g, shape.inputSpatial());
    ConvBackwardWeights weights = new ConvBackwardWeights(g, shape.kernelSpatial());
    HostTensor y = SingleOp.run(device, forward, exact.x, exact.w).get(0);
    assertNull(exact.checkForward(y), () -> "forward of " + shape);
    HostTensor dx = SingleOp.run(device, data, exact.dy, exact.w).get(0);
    assertNull(exact.checkBackwardData(dx), () -> "gradient of the data of " + shape);
    HostTensor dw = SingleOp.run(device, weights, exact.x, exact.dy).get(0);
    assertNull(exact.checkBackwardWeights(dw), () -> "gradient of the weights of " + shape);
    assertNull(exact.checkSamples(y, dx, dw), () -> "samples of " + shape);
    if (oracle != null && !large) {
      assertNull(Tolerance.difference(SingleOp.run(oracle, forward, exact.x, exact.w).get(0), y, 0), () -> "forward of " + shape);
      assertNull(Tolerance.difference(SingleOp.run(oracle, data, exact.dy, exact.w).get(0), dx, 0), () -> "gradient of the data of " + shape);
      assertNull(Tolerance.difference(SingleOp.run(oracle, weights, exact.x, exact.dy).get(0), dw, 0), () -> "gradient of the weights of " + shape);
    }
    checked++;
    macs += 3 * batch * shape.macs();
  }
}
