package dev.cardinal.jmh;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Spatial;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Batch normalisation, pooling and response normalisation, forward and backward. */
public class LayerBenchmark extends Measured {
  /** Channels and side. */
  @Param({"64-112", "256-56", "96-55"})
  public String input;

  /** Which operation. */
  @Param({"batch-norm", "batch-norm-relu", "max-pool", "avg-pool", "lrn"})
  public String layer;

  /** Which way. */
  @Param({"forward", "backward"})
  public String pass;

  /** Compiles. */
  @Setup
  public void open() {
    int dash = input.indexOf('-');
    int channels = Integer.parseInt(input.substring(0, dash));
    int side = Integer.parseInt(input.substring(dash + 1));
    boolean forward = pass.equals("forward");
    repeated = new Repeated(device);
    Value x = repeated.operand("x", false, batch, channels, side, side);
    switch (layer) {
      case "batch-norm" -> norm(Activation.Kind.IDENTITY, x, channels, forward);
      case "batch-norm-relu" -> norm(Activation.Kind.RELU, x, channels, forward);
      case "max-pool", "avg-pool" -> pool(x, channels, side, forward);
      case "lrn" -> response(x, channels, side, forward);
      default -> throw new IllegalArgumentException("there is no layer " + layer);
    }
  }

  private void norm(Activation.Kind activation, Value x, int channels, boolean forward) {
    BatchNormTraining op = new BatchNormTraining(1e-5, 0.1, activation);
    Value gamma = repeated.operand("gamma", true, channels);
    Value beta = repeated.operand("beta", false, channels);
    Value[] in = {x, gamma, beta, repeated.operand("mean", false, channels), repeated.operand("variance", true, channels)};
    if (forward) {
      repeated.times(op, in);
      return;
    }
    List<Value> y = repeated.once(op, in);
    BatchNormTrainingBackward back = new BatchNormTrainingBackward(activation);
    if (activation == Activation.Kind.RELU) {
      repeated.times(back, x, x, gamma, y.get(3), y.get(4), y.get(0));
    } else {
      repeated.times(back, x, x, gamma, y.get(3), y.get(4));
    }
  }

  private void pool(Value x, int channels, int side, boolean forward) {
    boolean max = layer.equals("max-pool");
    PoolGeometry geometry = PoolGeometry.of(2, 3, 2, 1);
    Spatial size = Spatial.of(side, side);
    int to = geometry.outputSize(size).at(0);
    if (forward) {
      repeated.times(max ? new MaxPool(geometry) : new AvgPool(geometry, true), x);
      return;
    }
    Value dy = repeated.operand("dy", false, batch, channels, to, to);
    if (max) {
      repeated.times(new MaxPoolBackward(geometry, size), dy, repeated.once(new MaxPool(geometry), x).get(1));
    } else {
      repeated.times(new AvgPoolBackward(geometry, true, size), dy);
    }
  }

  private void response(Value x, int channels, int side, boolean forward) {
    Lrn op = new Lrn(5, 1e-4, 0.75, 2, 1);
    if (forward) {
      repeated.times(op, x);
    } else {
      repeated.times(new LrnBackward(op), repeated.operand("dy", false, batch, channels, side, side), x);
    }
  }

  /** One layer. */
  @Benchmark
  @OperationsPerInvocation(Repeated.TIMES)
  public void layer(Rates rates) {
    run(rates);
  }
}
