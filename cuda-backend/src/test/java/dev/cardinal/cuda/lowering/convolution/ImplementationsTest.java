package dev.cardinal.cuda.lowering.convolution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.LoweringRegistry;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.conformance.Tolerance;
import dev.cardinal.cuda.CudaDevice;
import dev.cardinal.cuda.CudaProvider;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.jcuda.JCudaInstallation;
import dev.cardinal.cuda.lowering.CudaLowering;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Every way to compute a convolution, on a real GPU where there is one, else on the simulated one. Small integers make every sum exact in any order and in any storage type, so results must be those of the reference bit for bit.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ImplementationsTest {
  private final Map<String, Integer> compared = new TreeMap<>();
  private Device reference;
  private Cuda machine;

  /** A convolution, by its sizes. */
  private record Case(Shape x, Shape w, ConvGeometry geometry, boolean bias, Activation.Kind kind) {
    Shape y() {
      return Shape.of(x.dim(0), w.dim(0), geometry.outputSize(Spatial.of(x.spatial()), Spatial.of(w.spatial())).toArray());
    }
  }

  @BeforeAll
  void open() {
    CudaProvider provider = new CudaProvider();
    if (provider.devices().get(0).usable()) {
      // Opening loads the libraries.
      provider.open("cuda:0", DeviceOptions.defaults()).close();
      machine = new JCudaInstallation();
    } else {
      assumeTrue(SimulatedGpu.available(), SimulatedGpu.problem());
      machine = SimulatedGpu.cuda();
    }
    reference = Devices.open("cpu:reference");
  }

  @AfterAll
  void close() {
    if (reference != null) {
      reference.close();
    }
    System.out.println("Implementations compared with the reference: " + compared);
  }

  private static Case grouped(int n, int groups, int in, int out, int[] size, int[] kernel, int[] stride, int[] low, int[] high, int[] dilation) {
    ConvGeometry g = new ConvGeometry(Spatial.of(stride), Spatial.of(low), Spatial.of(high), Spatial.of(dilation), groups);
    return new Case(Shape.of(n, groups * in, size), Shape.of(groups * out, in, kernel), g, (n + groups) % 2 == 0, groups % 3 == 0 ? Activation.Kind.RELU : Activation.Kind.IDENTITY);
  }

  private static List<Case> cases() {
    int[] one = {1, 1};
    return List.of(
        grouped(2, 5, 1, 1, new int[] {7, 9}, new int[] {3, 3}, one, one, one, one),
        grouped(1, 40, 1, 1, new int[] {8, 7}, new int[] {3, 3}, new int[] {2, 2}, one, one, one),
        grouped(2, 12, 1, 1, new int[] {6, 11}, new int[] {5, 3}, new int[] {1, 3}, new int[] {2, 0}, new int[] {1, 2}, new int[] {1, 2}),
        grouped(2, 16, 1, 1, new int[] {9, 5}, new int[] {3, 3}, new int[] {2, 1}, new int[] {0, 2}, new int[] {1, 0}, new int[] {2, 1}),
        grouped(3, 8, 1, 1, new int[] {13}, new int[] {5}, new int[] {2}, new int[] {2}, new int[] {1}, new int[] {1}),
        grouped(2, 3, 4, 4, new int[] {7, 9}, new int[] {3, 3}, one, one, one, one),
        grouped(1, 34, 4, 4, new int[] {4, 8}, new int[] {3, 3}, new int[] {2, 2}, one, one, one),
        grouped(2, 2, 8, 8, new int[] {5, 14}, new int[] {3, 3}, one, one, one, one),
        grouped(1, 3, 16, 16, new int[] {6, 6}, new int[] {3, 3}, new int[] {2, 2}, one, one, one),
        grouped(2, 3, 4, 8, new int[] {6, 7}, new int[] {1, 3}, new int[] {1, 2}, new int[] {0, 1}, new int[] {0, 2}, new int[] {1, 2}),
        grouped(2, 2, 8, 4, new int[] {9}, new int[] {3}, new int[] {1}, new int[] {1}, new int[] {1}, new int[] {1}),
        grouped(2, 2, 12, 12, new int[] {5, 5}, new int[] {1, 1}, one, new int[] {0, 0}, new int[] {0, 0}, one),
        grouped(3, 1, 5, 6, new int[] {4, 5}, new int[] {1, 1}, one, new int[] {0, 0}, new int[] {0, 0}, one),
        grouped(2, 2, 2, 3, new int[] {4, 5, 6}, new int[] {2, 3, 2}, new int[] {2, 1, 2}, new int[] {1, 0, 1}, new int[] {0, 1, 1}, new int[] {1, 2, 1}),
        grouped(2, 3, 2, 1, new int[] {8, 6}, new int[] {3, 2}, new int[] {3, 2}, new int[] {0, 1}, new int[] {2, 1}, new int[] {1, 3}));
  }

  private static HostTensor integers(Random r, Shape s, int most) {
    return HostTensor.generate(new TensorType(DType.F32, s), i -> r.nextInt(2 * most + 1) - most);
  }

  @TestFactory
  Stream<DynamicTest> agreeWithTheReference() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Precision p : List.of(Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT16)) {
      for (Case c : cases()) {
        tests.add(DynamicTest.dynamicTest(p + " " + c.geometry + " of " + c.x + " by " + c.w, () -> check(p, c)));
      }
    }
    return tests.stream();
  }

  private void check(Precision p, Case c) {
    Random r = new Random(c.hashCode());
    HostTensor x = integers(r, c.x, 1);
    HostTensor w = integers(r, c.w, 1);
    HostTensor dy = integers(r, c.y(), 1);
    Op forward = new Conv(c.geometry, c.kind);
    Op data = new ConvBackwardData(c.geometry, Spatial.of(c.x.spatial()), c.kind);
    Op weights = new ConvBackwardWeights(c.geometry, Spatial.of(c.w.spatial()));
    compare(p, forward, c.bias ? List.of(x, w, integers(r, Shape.of(c.w.dim(0)), 3)) : List.of(x, w));
    compare(p, data, c.bias ? List.of(dy, w, integers(r, Shape.of(c.x.dim(1)), 3)) : List.of(dy, w));
    compare(p, weights, List.of(x, dy));
  }

  private void compare(Precision p, Op op, List<HostTensor> in) {
    HostTensor expected = SingleOp.run(reference, op, in.toArray(HostTensor[]::new)).get(0);
    for (Function<ConvTask, Implementation> way : ways()) {
      String[] name = new String[1];
      LoweringRegistry<CudaLowering> registry = new LoweringRegistry<CudaLowering>("cuda").register(op.getClass(), (n, b) -> {
        ConvTask task = ConvTask.of(n, b);
        Implementation i = way.apply(task);
        if (i != null) {
          i.lower(task, n, b);
          name[0] = i.name();
        } else {
          Choice.of(task, n, b).lower(task, n, b);
        }
      });
      DeviceInfo info = DeviceInfo.usable("cuda:0", "CUDA", "simulated", Map.of());
      try (CudaDevice device = new CudaDevice(machine, 0, info, new DeviceOptions(0, false, p), registry)) {
        HostTensor actual = SingleOp.run(device, op, in.toArray(HostTensor[]::new)).get(0);
        assertEquals(null, Tolerance.difference(expected, actual, 0), (name[0] == null ? "the chosen one" : name[0]) + " in " + p + ": " + op);
        compared.merge(name[0] == null ? "chosen" : name[0], 1, Integer::sum);
      }
    }
  }

  /** Each kind of implementation where it fits, else null, which lets the choice be made as in programs. */
  private static List<Function<ConvTask, Implementation>> ways() {
    List<Function<ConvTask, Implementation>> ways = new ArrayList<>();
    for (Order o : Order.values()) {
      ways.add(t -> DepthwiseImplementation.fits(t, o) ? new DepthwiseImplementation(o) : null);
      ways.add(t -> GroupedImplementation.fits(t, o) ? new GroupedImplementation(o) : null);
      ways.add(t -> PointwiseImplementation.fits(t, o) ? new PointwiseImplementation(o) : null);
    }
    ways.add(t -> new DirectImplementation());
    return ways;
  }

  @AfterAll
  void everyKindWasCompared() {
    if (reference != null) {
      for (String kind : List.of("depthwise ROWS", "depthwise CHANNELS_LAST", "grouped ROWS", "grouped CHANNELS_LAST", "direct", "cublas ROWS", "cublas CHANNELS_LAST", "chosen")) {
        assertTrue(compared.containsKey(kind), kind + " was never compared: " + compared);
      }
    }
  }
}
