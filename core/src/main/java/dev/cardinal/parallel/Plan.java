package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A division laid out for people: what each device does and holds, and what moves between them.
 *
 * @param split the division
 * @param devices what each device has
 * @param single the memory of the undivided graph on one device
 * @param singleMacs forward multiply-adds of the undivided graph
 */
public record Plan(SplitGraph split, List<Share> devices, Footprint single, long singleMacs) {
  /**
   * What one device has.
   *
   * @param device its rank
   * @param params parameters, normalisation's and running statistics included
   * @param macs multiply-adds of the layers in a forward run
   * @param memory what its program takes
   */
  public record Share(int device, long params, long macs, Footprint memory) {}

  /**
   * Bytes that one device sends to another.
   *
   * @param layer for which
   * @param op in which collective
   * @param forward whether in the forward part
   * @param from rank of the sender
   * @param to rank of the receiver
   * @param bytes in one run
   */
  public record Transfer(String layer, String op, boolean forward, int from, int to, long bytes) {}

  /**
   * Plans a training or evaluation graph, as it was built.
   *
   * @throws SplitException if it cannot be divided as asked
   */
  public static Plan of(Graph graph, SplitOptions options) {
    SplitGraph split = Splitter.split(graph, options, Map.of());
    List<Share> shares = new ArrayList<>();
    for (int d = 0; d < split.devices(); d++) {
      int device = d;
      long params = split.graphs().get(d).variables().values().stream().filter(Plan::isParameter).mapToLong(v -> v.type().shape().size()).sum();
      long macs = split.layers().stream().mapToLong(l -> l.macs()[device]).sum();
      shares.add(new Share(d, params, macs, Footprint.of(split.graphs().get(d))));
    }
    long macs = graph.nodes().stream().filter(n -> !Conversions.isBackward(n.name())).mapToLong(n -> n.cost().macs()).sum();
    return new Plan(split, shares, Footprint.of(graph), macs);
  }

  private static boolean isParameter(Value v) {
    return !v.name().startsWith("optimizer.") && !v.name().startsWith("average.") && v.type().dtype().isFloating();
  }

  /** Every transfer from one device to another, in order of execution. */
  public List<Transfer> transfers() {
    List<Transfer> all = new ArrayList<>();
    for (Movement m : split.movements()) {
      for (int e = 0; e < m.bytes().length; e++) {
        for (int r = 0; r < m.bytes().length; r++) {
          if (m.bytes()[e][r] > 0) {
            all.add(new Transfer(m.layer(), m.op(), m.forward(), e, r, m.bytes()[e][r]));
          }
        }
      }
    }
    return all;
  }

  /** Bytes that the device which gets the most receives in the forward part, for each image. */
  public long forwardBytesPerImage() {
    long most = 0;
    for (int d = 0; d < split.devices(); d++) {
      int device = d;
      most = Math.max(most, split.movements().stream().filter(Movement::forward).mapToLong(m -> m.received(device)).sum());
    }
    return (most + split.batch() - 1) / split.batch();
  }

  /** Multiply-adds of the busiest device by those of an even share. */
  public double balance() {
    long most = devices.stream().mapToLong(Share::macs).max().orElse(0);
    return singleMacs == 0 ? 1 : (double) most * devices.size() / singleMacs;
  }

  /** Memory of the fullest device by an even share of what one device would take. */
  public double memoryRatio() {
    long most = devices.stream().mapToLong(s -> s.memory().bytes()).max().orElse(0);
    return (double) most * devices.size() / single.bytes();
  }
}
