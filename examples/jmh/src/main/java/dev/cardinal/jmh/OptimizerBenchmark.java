package dev.cardinal.jmh;

import dev.cardinal.graph.Value;
import dev.cardinal.op.SgdUpdate;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Stochastic gradient descent with momentum over all parameters of a network; {@code batch} has no meaning. */
public class OptimizerBenchmark extends Measured {
  /** Tensors and parameters of each: AlexNet's first dense layer, and about ResNet-50's. */
  @Param({"1x37748736", "160x160000"})
  public String parameters;

  /** Compiles. */
  @Setup
  public void open() {
    int x = parameters.indexOf('x');
    int tensors = Integer.parseInt(parameters.substring(0, x));
    int size = Integer.parseInt(parameters.substring(x + 1));
    repeated = new Repeated(device);
    List<Value> in = new ArrayList<>(List.of(repeated.operand("rate", true), repeated.operand("scale", true)));
    for (String kind : List.of("parameter", "gradient", "velocity")) {
      for (int i = 0; i < tensors; i++) {
        in.add(repeated.operand(kind + i, false, size));
      }
    }
    repeated.update(new SgdUpdate(0.9, 1e-4, false), in);
  }

  /** One update. */
  @Benchmark
  public void sgd(Rates rates) {
    run(rates);
  }
}
