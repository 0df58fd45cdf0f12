package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.backend.NodeTime;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.nn.Branches;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Gradients of ReLU with those of biases before them, and of branches whose results lie side by side, against the reference. */
class RectifiersTest {
  private static Module branch(int out, int kernel) {
    return new Sequential(conv2d(32, out, kernel).padding(kernel / 2), relu());
  }

  private static List<NodeTime> trained(int first, int second) {
    Module net = new Sequential().add("stem", new Sequential(conv2d(3, 32, 3).padding(1), relu())).add("branches", new Branches().add("first", branch(first, 1)).add("second", branch(second, 3)))
        .add("pool", globalAvgPool()).add("flat", flatten()).add("fc", linear(first + second, 5));
    try (AgainstReference against = new AgainstReference("rectifier", new PhiloxRandom(44, 1))) {
      return against.trains(net, TensorType.f32(3, 3, 20, 18)).get(0);
    }
  }

  private static long count(List<NodeTime> launches, String op, String detail) {
    return launches.stream().filter(t -> t.op().equals(op) && t.detail().equals(detail)).count();
  }

  @Test
  void branchesAreReadWhereTheyLie() {
    List<NodeTime> launches = trained(16, 48);
    if (TileCode.hasVectors()) {
      assertEquals(3, count(launches, "ActivationBackward", "rectifier"), launches::toString);
      assertEquals(3, count(launches, "Reduce", "sums given"), launches::toString);
      assertEquals(0, launches.stream().filter(t -> t.op().equals("Slice")).count(), launches::toString);
    }
  }

  @Test
  void branchesThatFillNoVectorsAreCutOutFirst() {
    List<NodeTime> launches = trained(20, 44);
    if (TileCode.hasVectors()) {
      assertEquals(2, launches.stream().filter(t -> t.op().equals("Slice")).count(), launches::toString);
      assertEquals(3, count(launches, "Reduce", "sums given"), launches::toString);
    }
  }
}
