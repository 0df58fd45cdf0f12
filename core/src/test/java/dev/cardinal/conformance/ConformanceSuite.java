package dev.cardinal.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.cardinal.autodiff.Differentiation;
import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.Op;
import dev.cardinal.op.Reduce;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * What every engine must compute. A subclass gives a device's name and nothing else.
 *
 * <p>Each operation is run on {@value #SAMPLES} random cases: fused forms, groups × stride × padding × dilation × output padding, odd channel counts, partial windows, maps of one element. On
 * {@code cpu:reference} the cases are small and expected values come from {@linkplain ClosedForm closed forms} that share no code with any engine, in float32 and float64, and all gradients are
 * checked against central differences; on any other device the cases are larger and expected values are the reference's, computed in float64 from the same inputs. The identities of
 * {@link ConvolutionIdentities} and the networks of {@link NetworkCases} are run on every device.
 *
 * <p>A failure names the seed; {@code -Dcardinal.seed=N} runs other cases, {@code -Dcardinal.trace=true} prints each case before it runs, for native crashes. See {@link Skips} for what a device need not do.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ConformanceSuite {
  /** Random cases per operation: three rounds of the fifteen combinations of kind and rank that the convolution cases go through. */
  static final int SAMPLES = 45;

  /** The device that defines the others. */
  static final String REFERENCE = "cpu:reference";

  private final long seed = Long.getLong("cardinal.seed", 20_120_930L);
  private final String name;
  private final Skips skips;
  private Device device;
  private Device oracle;

  /** For the device of that name. */
  protected ConformanceSuite(String name) {
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
    boolean other = !name.equals(REFERENCE) && Devices.list().stream().anyMatch(d -> d.name().equals(REFERENCE));
    oracle = other ? Devices.open(REFERENCE) : null;
  }

  @AfterAll
  void close() {
    if (device != null) {
      device.close();
    }
    if (oracle != null) {
      oracle.close();
    }
    skips.print("Conformance");
  }

  @Test
  void everyOperationHasCases() {
    assertEquals(List.of(), CaseTable.standard().missing(), "operations without a conformance case; add one to a …Cases class");
  }

  @TestFactory
  Stream<DynamicTest> forward() {
    CaseTable table = CaseTable.standard();
    return table.ops().stream().map(op -> DynamicTest.dynamicTest(op.getSimpleName(), () -> {
      for (int i = 0; i < SAMPLES; i++) {
        forward(table, op, i);
      }
    }));
  }

  private void forward(CaseTable table, Class<? extends Op> op, int index) {
    for (DType dtype : List.of(DType.F32, DType.F64)) {
      OpCase c = table.draw(op, new Samples(seed, op.getSimpleName(), index, oracle != null));
      HostTensor[] in = c.inputsAs(dtype);
      HostTensor[] kept = Arrays.stream(in).map(HostTensor::copy).toArray(HostTensor[]::new);
      List<TensorType> types = c.op().infer(Arrays.stream(in).map(HostTensor::type).toList());
      if (Boolean.getBoolean("cardinal.trace")) {
        System.out.println(where(c, dtype, index));
      }
      List<HostTensor> actual;
      try {
        actual = SingleOp.run(device, c.op(), in);
      } catch (DeviceException e) {
        // Only the reference must know float64.
        if (!name.equals(REFERENCE) && (dtype == DType.F64 || types.stream().anyMatch(t -> t.dtype() == DType.F64))) {
          skips.optional("cases in float64");
          continue;
        }
        throw e;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(where(c, dtype, index) + ": " + e, e);
      }
      List<HostTensor> expected = oracle == null ? c.expected(in) : SingleOp.run(oracle, c.op(), wide(in));
      double tolerance = Math.max(Tolerance.of(dtype, c.reduction()), c.numeric() && oracle == null ? Tolerance.NUMERIC : 0);
      for (int o : c.outputs()) {
        assertEquals(types.get(o), actual.get(o).type(), where(c, dtype, index) + ", type of output " + o);
        String difference = Tolerance.difference(expected.get(o), actual.get(o), tolerance);
        if (difference != null) {
          fail(where(c, dtype, index) + ", output " + o + ": " + difference);
        }
      }
      for (int i = 0; i < in.length; i++) {
        assertTrue(in[i].sameBits(kept[i]), where(c, dtype, index) + " changed its input " + i);
      }
    }
  }

  private static HostTensor[] wide(HostTensor[] in) {
    return Arrays.stream(in).map(t -> t.dtype().isFloating() ? t.to(DType.F64) : t).toArray(HostTensor[]::new);
  }

  private String where(OpCase c, DType dtype, int index) {
    return c + " in " + dtype + " (-Dcardinal.seed=" + seed + ", case " + index + ")";
  }

  @TestFactory
  Stream<DynamicTest> gradients() {
    CaseTable table = CaseTable.standard();
    return differentiates() ? table.ops().stream().map(op -> DynamicTest.dynamicTest(op.getSimpleName(), () -> gradients(table, op, false))) : Stream.empty();
  }

  @TestFactory
  Stream<DynamicTest> secondOrderGradients() {
    CaseTable table = CaseTable.standard();
    return !differentiates() ? Stream.empty() : Stream.of(Conv.class, ConvBackwardData.class, ConvBackwardWeights.class)
        .map(op -> DynamicTest.dynamicTest(op.getSimpleName(), () -> gradients(table, op, true)));
  }

  /** Gradient rules are the same for every device, so they are checked once, where float64 is a must; backward operations are compared everywhere. */
  private boolean differentiates() {
    return name.equals(REFERENCE);
  }

  private void gradients(CaseTable table, Class<? extends Op> op, boolean second) {
    int checked = 0;
    boolean rule = true;
    for (int i = 0; i < SAMPLES; i++) {
      Samples s = new Samples(seed, op.getSimpleName(), i, false);
      OpCase c = table.draw(op, s);
      rule = c.op().differentiable();
      if (c.wrt().isEmpty() || second && fused(c.op())) {
        continue;
      }
      checked++;
      try {
        String difference = GradientCheck.difference(device, c, s, second);
        if (difference != null) {
          fail(difference);
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(where(c, DType.F64, i) + ": " + e, e);
      }
    }
    assertTrue(!rule || checked > 0, op.getSimpleName() + " is differentiable, but no case checks its gradient");
  }

  /** An activation's gradient has no gradient itself. */
  private static boolean fused(Op op) {
    return op instanceof Conv c && c.activation() != Activation.Kind.IDENTITY || op instanceof ConvBackwardData d && d.activation() != Activation.Kind.IDENTITY;
  }

  /** d/dx Σ (x³ + x) = 3 x² + 1: four paths lead back to x. */
  @Test
  void aValueReadSeveralTimesCollectsEveryGradient() {
    Graph g = new Graph();
    HostTensor x = new Samples(seed, "shared", 0, false).uniform(Shape.of(50)).to(DType.F32);
    Value v = g.input("x", x.type());
    Binary multiply = new Binary(Binary.Kind.MULTIPLY);
    Value cube = g.add(multiply, g.add(multiply, v, v), v);
    Value sum = g.add(Reduce.toScalar(Reduce.Kind.SUM, 1), g.add(new Binary(Binary.Kind.ADD), cube, v));
    g.output("dx", Differentiation.gradients(g, sum, List.of(v)).get(0));
    try (Variables none = device.newVariables(); Program p = Compilation.compile(device, g, none)) {
      p.run(Map.of("x", x));
      HostTensor expected = HostTensor.generate(x.type(), i -> 3 * x.get(i) * x.get(i) + 1);
      assertNull(Tolerance.difference(expected, p.read("dx"), Tolerance.of(DType.F32, 4)));
    }
  }

  @TestFactory
  Stream<DynamicTest> identities() {
    return ConvolutionIdentities.all().entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey(), () -> e.getValue().accept(device)));
  }

  @TestFactory
  Stream<DynamicTest> networks() {
    return NetworkCases.all().entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> NetworkCheck.check(device, oracle, e.getValue(), seed)));
  }
}
