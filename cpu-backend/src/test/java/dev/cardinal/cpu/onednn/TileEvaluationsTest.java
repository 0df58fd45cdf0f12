package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static dev.cardinal.nn.Layers.relu6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.NodeTime;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.nn.Residual;
import dev.cardinal.nn.Sequential;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In evaluation convolutions by tiles do the normalisation after them: a window, a stride, limits and a residual, against the reference. */
class TileEvaluationsTest {
  private static Sequential normed(int in, int out, int kernel, int stride) {
    return new Sequential(conv2d(in, out, kernel).padding(kernel / 2).stride(stride).noBias(), batchNorm(out));
  }

  @Test
  void aNetIsEvaluatedAsOnTheReference() {
    Sequential body = new Sequential().add("narrow", normed(64, 32, 1, 1).add("limit", relu6())).add("wide", normed(32, 64, 3, 1));
    Sequential net = new Sequential().add("stem", normed(3, 32, 3, 1).add("relu", relu())).add("window", normed(32, 64, 3, 1).add("relu", relu())).add("residual", new Residual(body, null))
        .add("other", new Residual(normed(64, 64, 1, 1), null)).add("stride", normed(64, 96, 1, 2)).add("strided window", normed(96, 64, 3, 2)).add("pool", globalAvgPool()).add("flat", flatten()).add("fc", linear(64, 5));
    try (AgainstReference against = new AgainstReference("tiles", new PhiloxRandom(53, 1))) {
      List<NodeTime> launches = against.trains(net, TensorType.f32(4, 3, 40, 36)).get(1);
      if (TileCode.isThere()) {
        assertEquals(6, launches.stream().filter(t -> t.detail().equals("tiles")).count(), launches::toString);
      }
      assertTrue(launches.stream().filter(t -> t.op().equals("BatchNormInference")).allMatch(t -> t.detail().equals("scale")), launches::toString);
      assertTrue(launches.stream().noneMatch(t -> t.op().equals("Activation")), launches::toString);
    }
  }
}
