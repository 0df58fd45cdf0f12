package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

/** Convolutions in groups of few channels against the reference. Results must be right on every processor; that machine code of ours computed them is checked where there is some. */
class GroupedConvolutionsTest {
  private static final String DETAIL = "grouped";
  private final AgainstReference against = new AgainstReference(DETAIL, new PhiloxRandom(47, 3));

  @AfterEach
  void close() {
    against.close();
  }

  private void all(boolean ours, ConvGeometry g, TensorType x, TensorType w) {
    against.all(ours && TileCode.hasVectors(), g, x, w);
  }

  @Test
  void areExact() {
    all(true, ConvGeometry.of(2, 1, 1, 1, 24), TensorType.f32(2, 48, 70, 69), TensorType.f32(48, 2, 3, 3));
    all(true, ConvGeometry.of(2, 1, 1, 1, 16), TensorType.f32(2, 64, 42, 41), TensorType.f32(64, 4, 3, 3));
    all(true, ConvGeometry.of(2, 2, 1, 1, 8), TensorType.f32(3, 64, 65, 66), TensorType.f32(64, 8, 3, 3));
    all(true, ConvGeometry.of(2, 3, 2, 2, 2), TensorType.f32(2, 32, 70, 77), TensorType.f32(32, 16, 5, 4));
    all(true, ConvGeometry.of(1, 2, 3, 1, 2), TensorType.f32(16, 64, 300), TensorType.f32(64, 32, 7));
  }

  @Test
  void othersAreTheLibrarys() {
    all(false, ConvGeometry.of(2, 1, 1, 1, 16), TensorType.f32(3, 48, 50, 50), TensorType.f32(48, 3, 3, 3));
    all(false, ConvGeometry.of(2, 1, 1, 1, 6), TensorType.f32(3, 24, 70, 70), TensorType.f32(24, 4, 3, 3));
    all(false, ConvGeometry.of(3, 1, 1, 1, 4), TensorType.f32(1, 16, 20, 20, 20), TensorType.f32(16, 4, 3, 3, 3));
    all(false, ConvGeometry.of(2, 1, 1, 1, 8), TensorType.f32(1, 32, 7, 7), TensorType.f32(32, 4, 3, 3));
  }

  @Test
  void aNetTrainsAsOnTheReference() {
    Module net = new Sequential().add("stem", Blocks.normed(3, 32, 3, 1, 1)).add("first", Blocks.normed(32, 32, 3, 1, 8)).add("wider", Blocks.normed(32, 64, 1, 1, 1))
        .add("second", Blocks.normed(64, 64, 3, 2, 4)).add("pool", globalAvgPool()).add("flat", flatten()).add("fc", linear(64, 5));
    List<List<NodeTime>> launches = against.trains(net, TensorType.f32(4, 3, 70, 66));
    if (TileCode.hasVectors()) {
      assertEquals(6, launches.get(0).stream().filter(t -> t.detail().equals(DETAIL)).count(), launches.get(0)::toString);
      assertEquals(2, launches.get(0).stream().filter(t -> t.name().matches("(first|second).*") && t.detail().equals("moments given")).count(), launches.get(0)::toString);
      // The normalisations are part of them.
      assertEquals(2, launches.get(1).stream().filter(t -> t.detail().equals(DETAIL)).count(), launches.get(1)::toString);
      assertTrue(launches.get(1).stream().noneMatch(t -> t.detail().contains("normalise")), launches.get(1)::toString);
    }
  }
}
