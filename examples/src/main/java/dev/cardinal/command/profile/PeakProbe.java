package dev.cardinal.command.profile;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.Map;

/**
 * Measures what a device can do, in about a second: a ReLU over far more memory than caches hold, a square matrix product, and a 3×3 convolution of 128 channels on 56×56 pixels. The two latter
 * grow until one run takes long enough to be measured well, so that slow engines are done as soon as fast ones.
 */
public final class PeakProbe {
  private static final double LONG_ENOUGH = 0.02;
  private static final double PATIENCE = 0.15;
  private static final int LEAST_RUNS = 3;
  private static final int MOST_RUNS = 50;
  private static final int COPIED = 32 << 20;
  private static final int CHANNELS = 128;

  private PeakProbe() {}

  /** Measures; the device should have nothing else to do. */
  public static Peaks measure(Device device) {
    double copy = quickest(device, new Activation(Activation.Kind.RELU), Shape.of(COPIED));
    return new Peaks(Math.max(product(device), convolution(device)), 2e-9 * Float.BYTES * COPIED / copy);
  }

  private static double product(Device device) {
    double best = 0;
    for (int n = 128; n <= 8192; n *= 2) {
      double seconds = quickest(device, new MatMul(false, false), Shape.of(n, n), Shape.of(n, n));
      best = Math.max(best, 2e-9 * n * n * n / seconds);
      if (seconds > LONG_ENOUGH) {
        break;
      }
    }
    return best;
  }

  private static double convolution(Device device) {
    double best = 0;
    for (int pixels = 14 * 14; pixels <= 256 * 56 * 56; pixels *= 4) {
      int side = Math.min(56, (int) Math.sqrt(pixels));
      int batch = pixels / (side * side);
      double seconds = quickest(device, new Conv(ConvGeometry.of(2, 1, 1, 1, 1)), Shape.of(batch, CHANNELS, side, side), Shape.of(CHANNELS, CHANNELS, 3, 3));
      best = Math.max(best, 2e-9 * pixels * CHANNELS * CHANNELS * 9 / seconds);
      if (seconds > LONG_ENOUGH) {
        break;
      }
    }
    return best;
  }

  /** Seconds of the quickest of some runs of an operation by itself, without the layout changes around it. */
  private static double quickest(Device device, Op op, Shape... operands) {
    Graph g = new Graph();
    try (Variables variables = device.newVariables()) {
      Value[] in = new Value[operands.length];
      for (int i = 0; i < in.length; i++) {
        TensorType type = new TensorType(DType.F32, operands[i]);
        in[i] = g.variable("operand" + i, type);
        variables.write("operand" + i, HostTensor.generate(type, k -> (k * 37 % 64 - 32) / 64.0));
      }
      g.output("result", g.add(op, in));
      try (Program p = device.compile(g, variables, new CompileOptions(true))) {
        return quickest(p, op.opName());
      }
    }
  }

  private static double quickest(Program p, String op) {
    double best = Double.POSITIVE_INFINITY;
    double known = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < LEAST_RUNS || i < MOST_RUNS && System.nanoTime() - begin < PATIENCE * 1e9; i++) {
      p.run(Map.of());
      double now = seconds(p.profile(), op);
      best = Math.min(best, now - known);
      known = now;
    }
    return best;
  }

  private static double seconds(List<NodeTime> times, String op) {
    return times.stream().filter(t -> t.op().equals(op)).mapToDouble(NodeTime::seconds).sum();
  }
}
