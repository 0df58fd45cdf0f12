package dev.cardinal.cuda.collective;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.backend.mesh.MeshDevice;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.simulated.SimulatedCuda;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.cuda.simulated.SimulatedNcclGroup;
import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Layers;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.parallel.Mode;
import dev.cardinal.parallel.SplitOptions;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several simulated GPUs exchange through a simulated NCCL: what goes over it, that it gives what copies give, when it is not used, and what becomes of its errors. */
class NcclMeshTest {
  private static final long BYTES = 1L << 30;
  private static final int CLASSES = 8;
  private static final int BATCH = 4;
  private static final int STEPS = 3;

  private SimulatedCuda cuda;

  @BeforeEach
  void machine() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    cuda = new SimulatedCuda(SimulatedGpu.DEVICES, BYTES);
  }

  /** A dense layer behind groups gathers, dense layers reduce and scatter, normalisation adds up. */
  private static Module net() {
    return new Sequential().add("conv1", Layers.conv2d(3, 8, 3).padding(1)).add("bn1", Layers.batchNorm(8)).add("relu1", Layers.relu()).add("conv2", Layers.conv2d(8, 16, 3).padding(1).groups(4))
        .add("conv3", Layers.conv2d(16, 8, 3)).add("flatten", Layers.flatten()).add("fc1", Layers.linear(32, 16)).add("relu2", Layers.relu()).add("fc2", Layers.linear(16, CLASSES));
  }

  private static Device open(SimulatedCuda machine, int[] ordinals, Mode mode, boolean deterministic) {
    DeviceOptions options = new DeviceOptions(0, deterministic, Precision.FLOAT32);
    List<Device> devices = new ArrayList<>();
    for (int o : ordinals) {
      devices.add(SimulatedGpu.open(machine, o, options));
    }
    return ordinals.length == 1 ? devices.get(0) : new MeshDevice(devices, SplitOptions.of(mode, ordinals.length));
  }

  /** Some steps; every variable afterwards. */
  private static Map<String, float[]> train(Device device) {
    Module net = net();
    TensorType images = new TensorType(DType.F32, Shape.of(BATCH, 3, 4, 4));
    Graph g = TrainingStep.training(net, images, CLASSES, new TrainOptions().optimizer(new Optimizer.Sgd(0.9, 1e-3, true)));
    Map<String, HostTensor> first = net.initialize(7);
    Map<String, float[]> after = new TreeMap<>();
    try (Variables v = device.newVariables()) {
      g.variables().forEach((name, value) -> v.write(name, first.containsKey(name) ? first.get(name) : HostTensor.zeros(value.type())));
      try (Program p = Compilation.compile(device, g, v)) {
        for (int step = 0; step < STEPS; step++) {
          PhiloxRandom r = new PhiloxRandom(5, step);
          p.run(Map.of(TrainingStep.IMAGES, HostTensor.generate(images, i -> r.nextGaussian()), TrainingStep.LABELS,
              HostTensor.generate(g.inputs().get(TrainingStep.LABELS).type(), i -> (i * 5) % CLASSES), TrainingStep.RATE, HostTensor.scalar(0.01f)));
        }
        p.read(TrainingStep.LOSS);
      }
      g.variables().forEach((name, value) -> {
        if (value.type().dtype() == DType.F32) {
          after.put(name, v.read(name).floats());
        }
      });
    }
    return after;
  }

  private Map<String, float[]> train(SimulatedCuda machine, int[] ordinals, Mode mode, boolean deterministic) {
    try (Device d = open(machine, ordinals, mode, deterministic)) {
      return train(d);
    }
  }

  private static void near(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, e) -> assertArrayEquals(e, actual.get(name), 2e-5f, name));
  }

  @ParameterizedTest
  @CsvSource({"GROUPS, ncclSend", "DATA, ncclAllReduce", "HYBRID, ncclAllGather"})
  void trainsAsOneDeviceAndAsCopiesDo(Mode mode, String needed) {
    Map<String, float[]> alone = train(cuda, new int[] {0}, Mode.NONE, false);
    near(alone, train(cuda, new int[] {0, 1, 2, 3}, mode, false));
    near(alone, train(new SimulatedCuda(2, BYTES).withoutNccl("NCCL was not found"), new int[] {0, 1}, mode, false));
    assertEquals(1, cuda.simulatedNccl().groups().size());
    SimulatedNcclGroup group = cuda.simulatedNccl().groups().get(0);
    assertTrue(group.closed() && !group.aborted());
    Set<String> kinds = group.issued().keySet();
    assertTrue(kinds.contains(needed) || mode != Mode.DATA && kinds.containsAll(Set.of("ncclAllGather", "ncclReduceScatter")), kinds.toString());
  }

  /** In the order of the devices, whatever NCCL's is: the bits that copies give. */
  @ParameterizedTest
  @CsvSource({"GROUPS", "DATA", "HYBRID"})
  void deterministicSumsAreThoseOfCopies(Mode mode) {
    Map<String, float[]> nccl = train(cuda, new int[] {0, 1, 2, 3}, mode, true);
    Map<String, Integer> issued = cuda.simulatedNccl().groups().get(0).issued();
    assertTrue(!issued.containsKey("ncclAllReduce") && !issued.containsKey("ncclReduceScatter") && issued.containsKey("ncclSend"), issued.toString());
    Map<String, float[]> copies = train(new SimulatedCuda(4, BYTES).withoutNccl("NCCL was not found"), new int[] {0, 1, 2, 3}, mode, true);
    nccl.forEach((name, v) -> assertArrayEquals(v, copies.get(name), 0, name));
  }

  @Test
  void aGpuNamedTwiceDoesWithoutIt() {
    near(train(cuda, new int[] {0}, Mode.NONE, false), train(cuda, new int[] {0, 0}, Mode.DATA, false));
    assertEquals(List.of(), cuda.simulatedNccl().groups());
  }

  @Test
  void gpusThatCannotBeJoinedDoWithoutIt() {
    cuda.simulatedNccl().refuse(new CudaException("ncclCommInitAll", 2, "unhandled system error: no space left on /dev/shm", "devices = [0, 1]"));
    near(train(cuda, new int[] {0}, Mode.NONE, false), train(cuda, new int[] {0, 1}, Mode.GROUPS, false));
  }

  /** The error of one rank's call is told with its rank, everybody stops, and the mesh can be joined again. */
  @ParameterizedTest
  @CsvSource({"DATA, ncclAllReduce", "GROUPS, nccl"})
  void anErrorNamesTheCallAndTheRank(Mode mode, String call) {
    try (Device mesh = open(cuda, new int[] {0, 1, 2, 3}, mode, false)) {
      train(mesh);
      SimulatedNcclGroup group = cuda.simulatedNccl().groups().get(0);
      group.plant(c -> c.rank() == 2 && !(c instanceof NcclCall.Receive), 6, "remote process exited or there was a network error");
      DeviceException e = assertThrows(DeviceException.class, () -> train(mesh));
      assertTrue(e.getMessage().contains(call) && e.getMessage().contains("rank=2") && e.getMessage().contains("code 6: remote process exited"), e.getMessage());
      assertTrue(group.aborted());
      train(mesh);
      assertEquals(2, cuda.simulatedNccl().groups().size(), "joined again after the failure");
    }
  }
}
