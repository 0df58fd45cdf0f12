package dev.cardinal.nn;

import dev.cardinal.graph.Value;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Batch normalisation over any number of spatial axes (Ioffe and Szegedy 2015). Parameters: {@code weight} and {@code bias}, learned; {@code running_mean} and {@code running_var}, which
 * training moves along and evaluation uses.
 */
public final class BatchNorm extends Module {
  private final TensorType type;
  private double epsilon = 1e-5;
  private double momentum = 0.1;

  BatchNorm(int features) {
    require(features > 0, "features must be positive, got %d", features);
    type = TensorType.f32(features);
    parameter("weight", new Parameter(type, Initializer.constant(1), Parameter.Role.NORM));
    parameter("bias", new Parameter(type, Initializer.constant(0), Parameter.Role.NORM));
    parameter("running_mean", new Parameter(type, Initializer.constant(0), Parameter.Role.BUFFER));
    parameter("running_var", new Parameter(type, Initializer.constant(1), Parameter.Role.BUFFER));
  }

  /** Added to the variance; 1e-5 if not said. */
  public BatchNorm epsilon(double e) {
    epsilon = e;
    return this;
  }

  /** Weight of a batch in the running statistics; 0.1 if not said. */
  public BatchNorm momentum(double m) {
    momentum = m;
    return this;
  }

  /** Begins with scale 0, so that a residual block begins as the identity (Goyal et al. 2017, section 5.1). */
  public BatchNorm zeroInit() {
    parameter("weight", new Parameter(type, Initializer.constant(0), Parameter.Role.NORM));
    return this;
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value mean = t.variable("running_mean", type);
    Value variance = t.variable("running_var", type);
    List<Value> in = List.of(x, t.variable("weight", type), t.variable("bias", type), mean, variance);
    if (!t.isTraining(this)) {
      return t.addAll(new BatchNormInference(epsilon), in).get(0);
    }
    List<Value> out = t.addAll(new BatchNormTraining(epsilon, momentum), in);
    t.graph().assign(mean, out.get(1));
    t.graph().assign(variance, out.get(2));
    return out.get(0);
  }
}
