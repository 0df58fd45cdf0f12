package dev.cardinal.train;

import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scaling the loss changes nothing but what overflows. */
class LossScalingTest {
  private static final TensorType IMAGES = TensorType.f32(4, 2, 5, 5);

  private static Module net() {
    return new Sequential(conv2d(2, 4, 3), relu(), flatten(), linear(4 * 9, 3));
  }

  private static Map<String, HostTensor> inputs(double size) {
    PhiloxRandom random = new PhiloxRandom(3, 1);
    return Map.of(TrainingStep.IMAGES, HostTensor.generate(IMAGES, i -> size * random.nextGaussian()), TrainingStep.LABELS, HostTensor.generate(TensorType.i32(4), i -> i % 3), TrainingStep.RATE,
        HostTensor.scalar(0.05f));
  }

  /** The weights, and the scale, after some steps. */
  private static Map<String, HostTensor> trained(TrainOptions o, double firstScale, double size, int steps) {
    Module net = net();
    Map<String, HostTensor> after = new LinkedHashMap<>();
    try (Device device = Devices.open("cpu:reference"); Variables variables = device.newVariables()) {
      net.initialize(7).forEach(variables::write);
      if (o.lossScaling) {
        variables.write(LossScaling.SCALE, HostTensor.scalar((float) (firstScale - LossScaling.FIRST)));
      }
      try (Program p = Compilation.compile(device, TrainingStep.training(net, IMAGES, 3, o), variables)) {
        for (int i = 0; i < steps; i++) {
          p.run(inputs(size));
        }
      }
      variables.types().keySet().forEach(name -> after.put(name, variables.read(name)));
    }
    return after;
  }

  private static double scale(Map<String, HostTensor> after) {
    return after.get(LossScaling.SCALE).item() + LossScaling.FIRST;
  }

  private static void requireSame(Map<String, HostTensor> expected, Map<String, HostTensor> actual) {
    net().parameters().keySet().forEach(name -> {
      HostTensor e = expected.get(name);
      for (int i = 0; i < e.size(); i++) {
        assertEquals(e.get(i), actual.get(name).get(i), 1e-6, name);
      }
    });
  }

  @Test
  void theSameStepsAreTaken() {
    Map<String, HostTensor> scaled = trained(new TrainOptions().lossScaling(true), LossScaling.FIRST, 1, 5);
    requireSame(trained(new TrainOptions(), 0, 1, 5), scaled);
    assertEquals(LossScaling.FIRST, scale(scaled));
    assertEquals(5, scaled.get(LossScaling.STEPS).item());
  }

  @Test
  void clippingSeesTheGradientsOfTheLossItself() {
    requireSame(trained(new TrainOptions().clipNorm(0.1), 0, 1, 5), trained(new TrainOptions().clipNorm(0.1).lossScaling(true), LossScaling.FIRST, 1, 5));
    requireSame(trained(new TrainOptions().clipNorm(1000), 0, 1, 5), trained(new TrainOptions().clipNorm(1000).lossScaling(true), 1024, 1, 5));
  }

  @Test
  void aStepThatOverflowsChangesNoWeightsAndHalvesTheScale() {
    Map<String, HostTensor> first = net().initialize(7);
    Map<String, HostTensor> after = trained(new TrainOptions().lossScaling(true), 0x1p127, 1e4, 1);
    first.forEach((name, v) -> assertTrue(v.sameBits(after.get(name)), name + " moved"));
    assertEquals(0x1p126, scale(after));
    assertEquals(0, after.get(LossScaling.STEPS).item());
  }

  @Test
  void manyStepsInARowDoubleTheScale() {
    Module net = net();
    try (Device device = Devices.open("cpu:reference"); Variables variables = device.newVariables()) {
      net.initialize(7).forEach(variables::write);
      variables.write(LossScaling.STEPS, HostTensor.of(Shape.scalar(), 1998f));
      try (Program p = Compilation.compile(device, TrainingStep.training(net, IMAGES, 3, new TrainOptions().lossScaling(true)), variables)) {
        p.run(inputs(1));
        assertEquals(0, variables.read(LossScaling.SCALE).item());
        p.run(inputs(1));
        assertEquals(2 * LossScaling.FIRST, variables.read(LossScaling.SCALE).item() + LossScaling.FIRST);
        assertEquals(0, variables.read(LossScaling.STEPS).item());
        assertFalse(variables.read("0.weight").sameBits(net.initialize(7).get("0.weight")));
      }
    }
  }
}
