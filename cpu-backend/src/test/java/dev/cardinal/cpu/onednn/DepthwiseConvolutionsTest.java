package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.backend.NodeTime;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.nn.Blocks;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Depthwise convolutions against the reference. Results must be right on every processor; that machine code of ours computed them is checked where there is some. */
class DepthwiseConvolutionsTest {
  private static final String DETAIL = "depthwise";
  private final AgainstReference against = new AgainstReference(DETAIL, new PhiloxRandom(43, 3));

  @AfterEach
  void close() {
    against.close();
  }

  private void all(boolean ours, ConvGeometry g, TensorType x, TensorType w) {
    against.all(ours && TileCode.hasVectors(), g, x, w);
  }

  @Test
  void areExact() {
    all(true, ConvGeometry.of(2, 1, 1, 1, 48), TensorType.f32(2, 48, 50, 41), TensorType.f32(48, 1, 3, 3));
    all(true, ConvGeometry.of(2, 2, 1, 1, 64), TensorType.f32(3, 64, 45, 46), TensorType.f32(64, 1, 3, 3));
    all(true, ConvGeometry.of(2, 3, 2, 2, 32), TensorType.f32(2, 32, 50, 77), TensorType.f32(32, 1, 5, 4));
    all(true, ConvGeometry.of(1, 2, 3, 1, 16), TensorType.f32(64, 16, 300), TensorType.f32(16, 1, 7));
  }

  @Test
  void othersAreTheLibrarys() {
    all(false, ConvGeometry.of(2, 1, 1, 1, 24), TensorType.f32(3, 24, 50, 50), TensorType.f32(24, 1, 3, 3));
    all(false, ConvGeometry.of(3, 1, 1, 1, 16), TensorType.f32(1, 16, 20, 20, 20), TensorType.f32(16, 1, 3, 3, 3));
    all(false, ConvGeometry.of(1, 1, 1, 1, 16), TensorType.f32(1, 16, 9000), TensorType.f32(16, 1, 3));
    all(false, ConvGeometry.of(2, 1, 1, 1, 32), TensorType.f32(1, 32, 7, 7), TensorType.f32(32, 1, 3, 3));
  }

  @Test
  void aNetTrainsAsOnTheReference() {
    Module net = new Sequential().add("stem", Blocks.normed(3, 32, 3, 1, 1)).add("first", Blocks.normed(32, 32, 3, 1, 32)).add("wider", Blocks.normed(32, 48, 1, 1, 1))
        .add("second", Blocks.normed(48, 48, 3, 2, 48)).add("pool", globalAvgPool()).add("flat", flatten()).add("fc", linear(48, 5));
    List<NodeTime> launches = against.trains(net, TensorType.f32(3, 3, 40, 36)).get(0);
    if (TileCode.hasVectors()) {
      assertEquals(6, launches.stream().filter(t -> t.detail().equals(DETAIL)).count(), launches::toString);
      assertEquals(2, launches.stream().filter(t -> t.name().matches("(first|second).*") && t.detail().equals("moments given")).count(), launches::toString);
    }
  }
}
