package dev.cardinal.jmh;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Convolutions forward and backward, in the shapes of the zoo's networks. */
public class ConvolutionBenchmark extends Measured {
  /** Input channels, output channels, kernel, stride, groups, side. */
  @Param({
      "3-64-k7-s2-g1-224", // the stem of the ResNets
      "64-192-k5-s1-g1-27", // AlexNet, one tower
      "96-256-k5-s1-g2-27", // AlexNet's conv2
      "128-128-k3-s1-g1-56", "256-128-k1-s1-g1-56", "512-512-k1-s1-g1-14", // plain, pointwise
      "128-128-k3-s1-g32-56", "256-256-k3-s2-g32-56", "1024-1024-k3-s1-g32-7", // ResNeXt-50's grouped ones
      "64-64-k3-s1-g32-56", "96-96-k3-s1-g32-56", // groups of two and three channels
      "240-240-k1-s1-g3-28", // ShuffleNet's pointwise groups
      "64-64-k3-s2-g64-112", "512-512-k3-s1-g512-14", // MobileNet's depthwise ones
  })
  public String shape;

  /** Which of the three. */
  @Param({"forward", "backward-data", "backward-weights"})
  public String pass;

  /** Compiles. */
  @Setup
  public void open() {
    int[] s = Arrays.stream(shape.split("-[kgs]?")).mapToInt(Integer::parseInt).toArray();
    int in = s[0];
    int out = s[1];
    int kernel = s[2];
    int groups = s[4];
    int side = s[5];
    ConvGeometry geometry = ConvGeometry.of(2, s[3], kernel / 2, 1, groups);
    int to = geometry.outputSize(Spatial.of(side, side), Spatial.of(kernel, kernel)).at(0);
    repeated = new Repeated(device);
    Value x = repeated.operand("x", false, batch, in, side, side);
    Value w = repeated.operand("w", false, out, in / groups, kernel, kernel);
    Value dy = repeated.operand("dy", false, batch, out, to, to);
    switch (pass) {
      case "forward" -> repeat(new Conv(geometry), x, w);
      case "backward-data" -> repeat(new ConvBackwardData(geometry, Spatial.of(side, side)), dy, w);
      case "backward-weights" -> repeat(new ConvBackwardWeights(geometry, Spatial.of(kernel, kernel)), x, dy);
      default -> throw new IllegalArgumentException("pass is forward, backward-data or backward-weights, got " + pass);
    }
  }

  private void repeat(Op op, Value... in) {
    repeated.times(op, in);
  }

  /** One convolution. */
  @Benchmark
  @OperationsPerInvocation(Repeated.TIMES)
  public void convolution(Rates rates) {
    run(rates);
  }
}
