package dev.cardinal.train;

import static dev.cardinal.nn.Layers.linear;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.accounting.TrainingMemory;
import dev.cardinal.nn.Sequential;
import dev.cardinal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** What the gradients of large layers take, which are needed together only if they are clipped together. */
class GradientMemoryTest {
  private static final int WIDTH = 1024;
  private static final long LAYER_BYTES = 4L * WIDTH * WIDTH;

  private static long arena(TrainOptions o) {
    Sequential net = new Sequential(linear(WIDTH, WIDTH), linear(WIDTH, WIDTH), linear(WIDTH, WIDTH), linear(WIDTH, WIDTH));
    return TrainingMemory.of(TrainingStep.training(net, TensorType.f32(1, WIDTH), WIDTH, o), net.parameters().keySet()).arenaBytes();
  }

  @Test
  void largeGradientsAreGoneBeforeTheNextComes() {
    long bytes = arena(new TrainOptions());
    assertTrue(bytes < 1.1 * LAYER_BYTES, "four layers of " + LAYER_BYTES + " bytes, arena " + bytes);
  }

  @Test
  void clippingNeedsThemAll() {
    long bytes = arena(new TrainOptions().clipNorm(1));
    assertTrue(bytes > 4 * LAYER_BYTES, "four layers of " + LAYER_BYTES + " bytes, arena " + bytes);
  }
}
