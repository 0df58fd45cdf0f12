package dev.cardinal.cuda.lowering;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.conformance.CaseTable;
import dev.cardinal.conformance.OpCase;
import dev.cardinal.conformance.Samples;
import dev.cardinal.conformance.Tolerance;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.Op;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The conformance suite runs in float32 rows; here every operation is run in the other forms that a precision brings: channels last, and in sixteen bits. Inputs are rounded to the storage type first, so
 * that what is left are the roundings of the result.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FormsTest {
  private static final long SEED = 20_260_101L;
  private static final int CASES = 12;
  private Device reference;

  @BeforeAll
  void open() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu.problem());
    reference = Devices.open("cpu:reference");
  }

  @AfterAll
  void close() {
    if (reference != null) {
      reference.close();
    }
  }

  private static Device gpu(Precision p) {
    return SimulatedGpu.open(SimulatedGpu.cuda(), 0, new DeviceOptions(0, false, p));
  }

  private static DType storage(Precision p) {
    return p == Precision.BFLOAT16 ? DType.BF16 : p == Precision.FLOAT16 ? DType.F16 : DType.F32;
  }

  private static boolean isProduct(Class<? extends Op> op) {
    return op.getSimpleName().startsWith("Conv") || op.getSimpleName().equals("Linear") || op.getSimpleName().equals("MatMul");
  }

  @TestFactory
  Stream<DynamicTest> everyOperation() {
    CaseTable table = CaseTable.standard();
    return Stream.of(Precision.TF32, Precision.BFLOAT16, Precision.FLOAT16).flatMap(p -> table.ops().stream().filter(op -> !isProduct(op) && CudaLowerings.ALL.has(op))
        .map(op -> DynamicTest.dynamicTest(op.getSimpleName() + " in " + p, () -> check(table, op, p))));
  }

  private void check(CaseTable table, Class<? extends Op> op, Precision precision) {
    try (Device gpu = gpu(precision)) {
      for (int i = 0; i < CASES; i++) {
        OpCase c = table.draw(op, new Samples(SEED, op.getSimpleName(), i, true));
        HostTensor[] in = Arrays.stream(c.inputsAs(storage(precision))).map(t -> t.dtype().isFloating() ? t.to(DType.F32) : t).toArray(HostTensor[]::new);
        HostTensor[] wide = Arrays.stream(in).map(t -> t.dtype().isFloating() ? t.to(DType.F64) : t).toArray(HostTensor[]::new);
        List<HostTensor> actual;
        try {
          actual = SingleOp.run(gpu, c.op(), in);
        } catch (DeviceException e) {
          if (e.getMessage().contains("f64")) {
            continue;
          }
          throw e;
        }
        List<HostTensor> expected = SingleOp.run(reference, c.op(), wide);
        for (int o : c.outputs()) {
          String where = c + ", case " + i + " in " + precision + ", output " + o;
          assertNull(Tolerance.difference(expected.get(o), actual.get(o), Tolerance.of(storage(precision), c.reduction())), where);
        }
      }
    }
  }

  /** Where only its gradient reads a pooling's indices they are kept in a form of their own. */
  @TestFactory
  Stream<DynamicTest> maximumPoolingKeepsItsPlaces() {
    return Stream.of(Precision.FLOAT32, Precision.TF32, Precision.BFLOAT16).map(p -> DynamicTest.dynamicTest(p.toString(), () -> {
      List<PoolGeometry> geometries = new ArrayList<>(List.of(PoolGeometry.of(2, 3, 2, 1), PoolGeometry.of(2, 2, 2, 0), PoolGeometry.of(2, 3, 1, 1).withCeil(true)));
      geometries.add(new PoolGeometry(Spatial.of(2, 3), Spatial.of(1, 2), Spatial.of(0, 1), Spatial.of(1, 2), Spatial.of(3, 2), false));
      for (int channels : new int[] {8, 5}) {
        for (PoolGeometry g : geometries) {
          pool(p, g, channels);
        }
      }
    }));
  }

  private void pool(Precision p, PoolGeometry geometry, int channels) {
    Samples s = new Samples(SEED, "places", channels, false);
    TensorType x = new TensorType(DType.F32, Shape.of(2, channels, 9, 8));
    Graph g = new Graph();
    Value in = g.input("x", x);
    List<Value> pooled = g.addAll(new MaxPool(geometry), List.of(in));
    Value dy = g.input("dy", pooled.get(0).type());
    g.output("y", pooled.get(0));
    g.output("dx", g.add(new MaxPoolBackward(geometry, Spatial.of(9, 8)), dy, pooled.get(1)));
    // Small integers, some of them equal, are exact in every storage type.
    Map<String, HostTensor> inputs = Map.of("x", s.integers(x.shape(), -9, 9).to(DType.F32), "dy", s.integers(dy.type().shape(), -9, 9).to(DType.F32));
    try (Device gpu = gpu(p); Variables a = gpu.newVariables(); Variables b = reference.newVariables(); Program actual = gpu.compile(g, a, CompileOptions.defaults());
        Program expected = reference.compile(g, b, CompileOptions.defaults())) {
      actual.run(inputs);
      expected.run(inputs);
      for (String name : List.of("y", "dx")) {
        assertNull(Tolerance.difference(expected.read(name), actual.read(name), 0), name + " of " + geometry + " on " + channels + " channels in " + p);
      }
    }
  }
}
