package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of large weights that are made piece by piece where they are used up: the same training as on the reference engine, which makes them whole, in less memory. */
class PiecewiseGradientTest {
  private static final int STEPS = 3;
  private static final int SAMPLES = 6;
  private static final int INPUTS = 1200;
  private static final int CLASSES = 5;
  private static final String LAUNCH = "product and update";

  @BeforeAll
  static void openMp() {
    Assumptions.assumeTrue(OpenMp.isThere(), "the library's threads cannot be told to work alone here");
  }

  private record Run(double[] losses, Map<String, float[]> weights, List<NodeTime> launches, long arena) {
    long pieceByPiece() {
      return launches.stream().filter(t -> t.detail().equals(LAUNCH)).count();
    }
  }

  private static Module net(int width) {
    return new Sequential().add("wide", linear(INPUTS, width)).add("relu", relu()).add("last", linear(width, CLASSES));
  }

  private static Run train(String device, Module net, Optimizer optimizer, double clipNorm) {
    TrainOptions options = new TrainOptions().optimizer(optimizer).clipNorm(clipNorm);
    float rate = optimizer instanceof Optimizer.Adam ? 1e-4f : 0.01f;
    TensorType type = TensorType.f32(SAMPLES, INPUTS);
    PhiloxRandom random = new PhiloxRandom(8, 1);
    HostTensor x = HostTensor.generate(type, i -> random.nextGaussian());
    HostTensor y = HostTensor.generate(TensorType.i32(SAMPLES), i -> i % CLASSES);
    try (Device d = Devices.open(device); Variables variables = d.newVariables()) {
      net.initialize(3).forEach(variables::write);
      try (Program p = Compilation.compile(d, TrainingStep.training(net, type, CLASSES, options), variables, new CompileOptions(true))) {
        double[] losses = new double[STEPS];
        for (int i = 0; i < STEPS; i++) {
          p.run(Map.of(TrainingStep.IMAGES, x, TrainingStep.LABELS, y, TrainingStep.RATE, HostTensor.scalar(rate)));
          losses[i] = p.read(TrainingStep.LOSS).get(0);
        }
        Map<String, float[]> weights = new TreeMap<>();
        net.parameters().keySet().forEach(name -> weights.put(name, variables.read(name).floats()));
        return new Run(losses, weights, p.profile(), p.info().arenaBytes());
      }
    }
  }

  private static List<Optimizer> optimizers() {
    return List.of(new Optimizer.Sgd(0.9, 1e-3, false), new Optimizer.Sgd(0.9, 1e-3, true), new Optimizer.Adam(0.9, 0.999, 1e-3, 1e-3, false, false));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void trainAsWholeOnesDo(Optimizer optimizer) {
    // 200 rows are a piece.
    Run want = train("cpu:reference", net(1000), optimizer, 0);
    Run got = train("cpu", net(1000), optimizer, 0);
    assertEquals(1, got.pieceByPiece(), got.launches.toString());
    for (int i = 0; i < STEPS; i++) {
      assertEquals(want.losses[i], got.losses[i], 1e-4 * Math.abs(want.losses[i]), "loss " + i);
    }
    assertTrue(want.losses[STEPS - 1] < 0.9 * want.losses[0], "it learnt something: " + want.losses[STEPS - 1] + " after " + want.losses[0]);
    want.weights.forEach((name, w) -> {
      for (int i = 0; i < w.length; i++) {
        assertEquals(w[i], got.weights.get(name)[i], 2e-4 * Math.max(0.1, Math.abs(w[i])), name + " " + i);
      }
    });
  }

  @Test
  void areNeverWhole() {
    Run got = train("cpu", net(1000), new Optimizer.Sgd(0.9, 0, false), 0);
    assertTrue(got.arena < 1000 * INPUTS * Float.BYTES, got.arena + " bytes between layers");
  }

  /** Norms need all of it, and a prime number of rows has no pieces. */
  @Test
  void areWholeWhereTheyHaveToBe() {
    assertEquals(0, train("cpu", net(1000), new Optimizer.Sgd(0.9, 0, false), 1).pieceByPiece());
    assertEquals(0, train("cpu", net(1009), new Optimizer.Sgd(0.9, 0, false), 0).pieceByPiece());
  }
}
