package dev.cardinal.examples;

import static dev.cardinal.nn.Layers.conv2d;

import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Cost;
import dev.cardinal.tensor.TensorType;

/** What groups save: multiply-adds and weights of one 3x3 layer, 192 to 192 channels at 28x28, as the number of groups grows. Nothing is computed, only counted. */
public final class GroupedCost {
  private static final int CHANNELS = 192;

  private GroupedCost() {}

  /** Prints the table. */
  public static void main(String[] args) {
    System.out.printf("%6s %14s %10s %8s%n", "groups", "multiply-adds", "weights", "of dense");
    long dense = cost(1).macs();
    for (int groups : new int[] {1, 2, 4, 8, 16, 32, 64, CHANNELS}) {
      Cost c = cost(groups);
      System.out.printf("%6d %,14d %,10d %7.2f%%%s%n", groups, c.macs(), c.parameters(), 100.0 * c.macs() / dense, groups == CHANNELS ? "  (depthwise)" : "");
    }
  }

  static Cost cost(int groups) {
    Graph g = new Graph();
    Module layer = conv2d(CHANNELS, CHANNELS, 3).padding(1).groups(groups).noBias();
    layer.apply(new Trace(g, false), g.input("x", TensorType.f32(1, CHANNELS, 28, 28)));
    return g.nodes().get(0).cost();
  }
}
