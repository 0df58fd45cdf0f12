package dev.cardinal.cpu.onednn.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.kernel.Workers;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.TensorType;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Which nodes are lowered for one thread. */
class BuildTest {
  /** A normalisation of some channels at 7×7, and the convolution before it: whether it is lowered for one thread, the convolution having been left to it. */
  private static boolean isAlone(int channels, boolean left) {
    assumeTrue(OpenMp.isThere(), "the library's OpenMP runtime is another one here: primitives always use all threads");
    Graph g = new Graph();
    Value c = g.add(new Conv(ConvGeometry.of(2)), g.input("x", TensorType.f32(1, channels, 7, 7)), g.input("w", TensorType.f32(channels, channels, 1, 1)));
    Value[] given = new Value[4];
    for (int i = 0; i < given.length; i++) {
      given[i] = g.input("given" + i, TensorType.f32(channels));
    }
    Node normalisation = g.add(new BatchNormInference(1e-5), c, given[0], given[1], given[2], given[3]).node();
    AtomicBoolean alone = new AtomicBoolean();
    try (Workers workers = new Workers(2); Build b = new Build(g, workers, (name, type) -> 0, null, false, Choices.shared("test", 2))) {
      if (left) {
        b.postpone(c.node());
      }
      b.lower(normalisation, () -> alone.set(OpenMp.isAlone()));
    }
    return alone.get();
  }

  @Test
  void littleWorkIsForOneThread() {
    assertEquals(true, isAlone(16, false));
    assertEquals(false, isAlone(2048, false));
  }

  @Test
  void whatWasLeftToANodeCountsAsItsWork() {
    // A small map, but four million weights.
    assertEquals(true, isAlone(1024, false));
    assertEquals(false, isAlone(1024, true));
    assertEquals(true, isAlone(16, true));
  }
}
