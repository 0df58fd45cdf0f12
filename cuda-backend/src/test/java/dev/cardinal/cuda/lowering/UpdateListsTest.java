package dev.cardinal.cuda.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.conformance.Tolerance;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.Op;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Optimisers on more tensors than a launch takes, of sizes around those of chunks and vectors. */
class UpdateListsTest {
  private static final int TENSORS = 50;
  private static final int LAUNCHES = 2;
  private static final int[] SIZES = {1, 2, 3, 4, 5, 63, 64, 4095, 4096, 4097, 9001};
  private final Random random = new Random(3);

  private List<HostTensor> tensors(double from) {
    List<HostTensor> all = new ArrayList<>();
    for (int i = 0; i < TENSORS; i++) {
      all.add(HostTensor.generate(TensorType.f32(SIZES[i % SIZES.length]), k -> from + random.nextDouble()));
    }
    return all;
  }

  private void compare(Op op, List<HostTensor> leading, int lists) {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    List<HostTensor> in = new ArrayList<>(leading);
    for (int i = 0; i < lists; i++) {
      in.addAll(tensors(i == lists - 1 ? 0 : -0.5));
    }
    HostTensor[] given = in.toArray(HostTensor[]::new);
    List<HostTensor> expected;
    try (Device reference = Devices.open("cpu:reference")) {
      expected = SingleOp.run(reference, op, given);
    }
    try (Device gpu = SimulatedGpu.open()) {
      List<HostTensor> actual = SingleOp.run(gpu, op, given);
      assertEquals(expected.size(), actual.size());
      for (int i = 0; i < expected.size(); i++) {
        assertNull(Tolerance.difference(expected.get(i), actual.get(i), 1e-5), op.opName() + ", result " + i);
      }
    }
  }

  @Test
  void sgd() {
    compare(new SgdUpdate(0.9, 1e-2, true), List.of(HostTensor.scalar(0.1f), HostTensor.scalar(0.5f)), 3);
  }

  @Test
  void adam() {
    compare(new AdamUpdate(0.9, 0.999, 1e-8, 1e-2, true), List.of(HostTensor.scalar(0.1f), HostTensor.scalar(0.5f), HostTensor.of(Shape.of(), 6L)), 4);
  }

  @Test
  void averages() {
    compare(new EmaUpdate(), List.of(HostTensor.scalar(0.99f)), 2);
  }

  @Test
  void clipping() {
    compare(new ClipFactor(5), List.of(), 1);
  }

  /** One fused launch for as many tensors as go into its lists. */
  @Test
  void fewLaunches() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    Graph g = new Graph();
    List<Value> in = new ArrayList<>(List.of(g.input("rate", TensorType.f32()), g.input("scale", TensorType.f32())));
    for (int i = 0; i < 3 * TENSORS; i++) {
      in.add(g.variable("v" + i, new TensorType(DType.F32, Shape.of(SIZES[i % TENSORS % SIZES.length]))));
    }
    List<Value> out = g.addAll(new SgdUpdate(0.9, 0, false), in);
    for (int i = 0; i < TENSORS; i++) {
      g.assign(in.get(2 + i), out.get(i));
      g.assign(in.get(2 + 2 * TENSORS + i), out.get(TENSORS + i));
    }
    try (Device gpu = SimulatedGpu.open(); Variables v = gpu.newVariables(); Program p = gpu.compile(g, v, new CompileOptions(false))) {
      assertEquals(LAUNCHES, p.info().steps());
    }
  }
}
