package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.nn.Blocks;
import dev.cardinal.nn.Layers;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Residual;
import dev.cardinal.nn.Sequential;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Normalised maps that are made anew in the backward pass: the same training as on the engine that keeps them all, in less memory. */
class NormalisedAgainTest {
  private static final int WIDTH = 16;
  private static final int STEPS = 3;

  /** What a training did: its losses, its weights afterwards, its launches and the memory between layers. */
  private record Run(double[] losses, Map<String, float[]> weights, List<NodeTime> launches, long arena) {
    /** What was normalised for the first time. */
    Set<String> normalised() {
      return launches.stream().filter(t -> t.op().equals("BatchNormTraining") && !t.detail().contains("moments") && !t.detail().contains("statistics")).map(NodeTime::name).collect(Collectors.toSet());
    }

    /** What was made anew. */
    Set<String> again() {
      return launches.stream().filter(t -> t.op().equals("Again")).map(NodeTime::name).collect(Collectors.toSet());
    }
  }

  private static Module block(int in, boolean shortcut) {
    Module body = new Sequential().add("first", Blocks.normed(in, WIDTH, 3, 1, 1)).add("second", new Sequential(conv2d(WIDTH, WIDTH, 3).padding(1).noBias(), batchNorm(WIDTH)));
    return new Residual(body, shortcut ? new Sequential(conv2d(in, WIDTH, 1).noBias(), batchNorm(WIDTH)) : null);
  }

  private static Module net(int blocks) {
    Sequential net = new Sequential().add("stem", Blocks.normed(3, 8, 3, 1, 1));
    for (int i = 0; i < blocks; i++) {
      net.add("block" + i, block(i == 0 ? 8 : WIDTH, i == 0));
    }
    return net.add("pool", globalAvgPool()).add("flat", flatten()).add("fc", linear(WIDTH, 5));
  }

  private static Run train(String device, Module net) {
    TensorType images = TensorType.f32(4, 3, 12, 10);
    PhiloxRandom random = new PhiloxRandom(5, 1);
    HostTensor x = HostTensor.generate(images, i -> random.nextGaussian());
    HostTensor y = HostTensor.generate(TensorType.i32(4), i -> i % 5);
    try (Device d = Devices.open(device); Variables variables = d.newVariables()) {
      // Scales of normalisations are large, so that ReLU6 has something to limit.
      net.initialize(1).forEach((name, t) -> variables.write(name, name.endsWith("1.weight") && t.shape().rank() == 1 ? HostTensor.generate(t.type(), i -> 3) : t));
      TrainOptions options = new TrainOptions().optimizer(new Optimizer.Sgd(0.9, 1e-4, false));
      try (Program p = Compilation.compile(d, TrainingStep.training(net, images, 5, options), variables, new CompileOptions(true))) {
        double[] losses = new double[STEPS];
        for (int i = 0; i < STEPS; i++) {
          p.run(Map.of(TrainingStep.IMAGES, x, TrainingStep.LABELS, y, TrainingStep.RATE, HostTensor.scalar(0.05f)));
          losses[i] = p.read(TrainingStep.LOSS).get(0);
        }
        Map<String, float[]> weights = new TreeMap<>();
        net.parameters().keySet().forEach(name -> weights.put(name, variables.read(name).floats()));
        return new Run(losses, weights, p.profile(), p.info().arenaBytes());
      }
    }
  }

  @Test
  void trainAsTheEngineThatKeepsThem() {
    Run want = train("cpu:reference", net(3));
    Run got = train("cpu", net(3));
    for (int i = 0; i < STEPS; i++) {
      assertEquals(want.losses[i], got.losses[i], 1e-4 * Math.abs(want.losses[i]), "loss " + i);
    }
    assertTrue(Math.abs(want.losses[0] - want.losses[STEPS - 1]) > 0.05, "the loss moved");
    want.weights.forEach((name, w) -> {
      for (int i = 0; i < w.length; i++) {
        assertEquals(w[i], got.weights.get(name)[i], 1e-3 * Math.max(0.1, Math.abs(w[i])), name + " " + i);
      }
    });
  }

  @Test
  void areThoseOfWideConvolutionsTheirResidualsAmongThem() {
    Set<String> again = train("cpu", net(3)).again();
    // Read by a gradient of weights with 9 × 16 multiply-adds for each element; the shortcut's by one that is made anew itself.
    assertEquals(Set.of("stem.1", "block0.body.first.1", "block0.body.second.1", "block0.shortcut.1", "block1.body.first.1", "block1.body.second.1", "block2.body.first.1"), again);
  }

  private static Module pointwise(int width, Supplier<Module> rectifier) {
    return new Sequential().add("stem", normed(3, 64, 3, rectifier)).add("wide", normed(64, width, 1, rectifier)).add("next", normed(width, 128, 1, rectifier)).add("pool", globalAvgPool())
        .add("flat", flatten()).add("fc", linear(128, 5));
  }

  private static Module normed(int in, int out, int kernel, Supplier<Module> rectifier) {
    return new Sequential(conv2d(in, out, kernel).padding(kernel / 2).noBias(), batchNorm(out), rectifier.get());
  }

  /** Trains a net as the reference engine does. */
  private static Run trainedAsReference(int width, Supplier<Module> rectifier) {
    Run want = train("cpu:reference", pointwise(width, rectifier));
    Run got = train("cpu", pointwise(width, rectifier));
    for (int i = 0; i < STEPS; i++) {
      assertEquals(want.losses[i], got.losses[i], 1e-4 * Math.abs(want.losses[i]), "loss " + i);
    }
    for (String name : List.of("stem.0.weight", "stem.1.weight", "wide.0.weight", "wide.1.bias", "next.0.weight")) {
      float[] w = want.weights.get(name);
      for (int i = 0; i < w.length; i++) {
        assertEquals(w[i], got.weights.get(name)[i], 1e-3 * Math.max(0.1, Math.abs(w[i])), name + " " + i);
      }
    }
    return got;
  }

  private static List<Supplier<Module>> rectifiers() {
    return List.of(Layers::relu, Layers::relu6);
  }

  /** A normalised map that only pointwise convolutions by tiles and their gradients read is never made. */
  @ParameterizedTest
  @MethodSource("rectifiers")
  void areNotMadeForTiles(Supplier<Module> rectifier) {
    Assumptions.assumeTrue(TileCode.isThere(), "this processor has no tiles");
    Run got = trainedAsReference(256, rectifier);
    assertEquals(Set.of(), got.again());
    assertEquals(Set.of("next.1"), got.normalised());
  }

  /** One whose convolution turns out to be too little work for tiles is made for it after all. */
  @ParameterizedTest
  @MethodSource("rectifiers")
  void areMadeForOthersThanTiles(Supplier<Module> rectifier) {
    assertEquals(Set.of("stem.1", "wide.1", "next.1"), trainedAsReference(32, rectifier).normalised());
  }

  @Test
  void takeNoMemoryFromOnePassToTheOther() {
    long map = 4L * WIDTH * 12 * 10 * Float.BYTES;
    long perBlock = (train("cpu", net(9)).arena - train("cpu", net(5)).arena) / 4;
    // The sources of both normalisations; of what is kept beside them, masks and statistics are small, and the chain of outputs exists while one half of the sources does.
    assertTrue(perBlock < 3.3 * map, perBlock + " bytes for one more block, " + map + " for a map");
  }
}
