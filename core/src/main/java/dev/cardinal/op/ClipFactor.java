package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * The factor that clips gradients to a norm (Pascanu et al. 2013, algorithm 1). Inputs: any number of gradients. Outputs: min(1, maxNorm / norm) and the norm, scalars, with
 * norm² the sum of the squares of all elements of all inputs. If the norm is not finite the factor is NaN, on which the optimiser's updates change nothing; maxNorm / ∞ = 0 would
 * make NaN of 0 times an infinite gradient.
 */
public record ClipFactor(double maxNorm) implements Op {
  public ClipFactor {
    Expect.that(maxNorm > 0, "the norm to clip to must be above 0, got %s", maxNorm);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, Integer.MAX_VALUE, "gradients...");
    Expect.floating(in);
    TensorType scalar = in.get(0).with(Shape.scalar());
    return List.of(scalar, scalar);
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
