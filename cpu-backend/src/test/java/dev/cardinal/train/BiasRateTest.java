package dev.cardinal.train;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One step of gradient descent by hand: b - F r (g + d b / F) for biases, w - r (g + d w) for weights, s - r g for scales of normalisation. */
class BiasRateTest {
  private static final TensorType IMAGES = TensorType.f32(4, 2, 5, 5);
  private static final double RATE = 0.01;
  private static final double DECAY = 0.1;
  private static final double FACTOR = 16;

  private final Module net = new Sequential().add("conv", conv2d(2, 4, 3)).add("bn", batchNorm(4)).add("flat", flatten()).add("fc", linear(4 * 9, 3));
  private final Map<String, HostTensor> before = before();

  private Map<String, HostTensor> before() {
    PhiloxRandom random = new PhiloxRandom(1, 1);
    Map<String, HostTensor> m = new LinkedHashMap<>();
    net.parameters().forEach((path, p) -> m.put(path, p.isLearned() ? HostTensor.generate(p.type(), i -> random.nextGaussian()) : p.initializer().create(p.type(), random)));
    return m;
  }

  private Map<String, HostTensor> after(Optimizer optimizer) {
    PhiloxRandom random = new PhiloxRandom(3, 1);
    Map<String, HostTensor> after = new LinkedHashMap<>();
    try (Device device = Devices.open("cpu:reference"); Variables variables = device.newVariables()) {
      before.forEach(variables::write);
      try (Program p = Compilation.compile(device, TrainingStep.training(net, IMAGES, 3, new TrainOptions().optimizer(optimizer)), variables)) {
        p.run(Map.of(TrainingStep.IMAGES, HostTensor.generate(IMAGES, i -> random.nextGaussian()), TrainingStep.LABELS, HostTensor.generate(TensorType.i32(4), i -> i % 3), TrainingStep.RATE,
            HostTensor.scalar((float) RATE)));
      }
      before.keySet().forEach(name -> after.put(name, variables.read(name)));
    }
    return after;
  }

  @Test
  void biasesLearnFasterAndDecayAsMuch() {
    Map<String, HostTensor> plain = after(new Optimizer.Sgd(0, 0, false));
    Map<String, HostTensor> faster = after(new Optimizer.Sgd(0, DECAY, false).withBiasRate(FACTOR));
    net.learnedParameters().forEach((path, p) -> {
      for (int i = 0; i < before.get(path).size(); i++) {
        double old = before.get(path).get(i);
        double gradient = (old - plain.get(path).get(i)) / RATE;
        double expected = path.endsWith("bias") ? old - FACTOR * RATE * (gradient + DECAY / FACTOR * old)
            : path.equals("bn.weight") ? old - RATE * gradient : old - RATE * (gradient + DECAY * old);
        assertEquals(expected, faster.get(path).get(i), 1e-5, path + " " + i);
      }
    });
  }

  @Test
  void refusesWhatIsNoRate() {
    assertTrue(assertThrows(IllegalArgumentException.class, () -> new Optimizer.Sgd(0.9, 0, true).withBiasRate(0)).getMessage().contains("got 0"));
  }
}
