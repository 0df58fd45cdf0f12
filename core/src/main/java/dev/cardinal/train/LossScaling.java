package dev.cardinal.train;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.Scale;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Dynamic loss scaling (Micikevicius et al., "Mixed precision training", 2018, section 3.2): the loss is multiplied before it is differentiated, so that gradients that half precision would lose survive,
 * and the update divides it out again. A step whose gradients are not finite changes no weights and halves the scale; {@value #PATIENCE} steps in a row that are finite double it.
 *
 * <p>The scale is state on the device, in two variables that are zero at first: the scale less its first value, which is exact since all values are powers of two, and the steps since it changed.
 */
final class LossScaling {
  /** The scale of the first step. */
  static final double FIRST = 65_536;
  /** Variable: the scale less {@link #FIRST}. */
  static final String SCALE = Optimizer.STATE_PREFIX + "loss_scale";
  /** Variable: steps since the scale changed. */
  static final String STEPS = Optimizer.STATE_PREFIX + "loss_scale_steps";
  private static final int PATIENCE = 2000;
  private static final double MOST = 0x1p30;
  /** Any norm that is finite in float32 is below it. */
  private static final double UNREACHED = 1e39;
  private final Graph graph;
  private final Value offset;
  private final Value steps;
  private final Value scale;

  /** Adds the state to a graph. */
  LossScaling(Graph graph) {
    this.graph = graph;
    offset = graph.variable(SCALE, TensorType.f32());
    steps = graph.variable(STEPS, TensorType.f32());
    try (Graph.Scope scope = graph.absoluteScope("optimizer")) {
      scale = graph.add(new Scale(1, FIRST), offset);
    }
  }

  private Value binary(Binary.Kind kind, Value a, Value b) {
    return graph.add(new Binary(kind), a, b);
  }

  private Value number(double v) {
    return graph.constant("loss scaling", HostTensor.of(Shape.scalar(), (float) v));
  }

  /** The loss to differentiate. */
  Value scaled(Value loss) {
    return binary(Binary.Kind.MULTIPLY, loss, scale);
  }

  /**
   * The factor for the gradients of the scaled loss: one over the scale, times what clips their norm; not a number if they are not finite. Also moves the scale.
   *
   * @param clipNorm what the gradients of the loss itself are clipped to; 0 for nothing
   */
  Value gradientScale(List<Value> gradients, double clipNorm) {
    List<Value> norm = graph.addAll(new ClipFactor(UNREACHED), gradients);
    // One, or not a number.
    Value guard = norm.get(0);
    Value unscale = binary(Binary.Kind.DIVIDE, guard, scale);
    advance(guard);
    if (clipNorm == 0) {
      return unscale;
    }
    Value own = binary(Binary.Kind.DIVIDE, norm.get(1), scale);
    return binary(Binary.Kind.MULTIPLY, unscale, binary(Binary.Kind.MINIMUM, number(1), binary(Binary.Kind.DIVIDE, number(clipNorm), own)));
  }

  private void advance(Value guard) {
    Value finite = binary(Binary.Kind.GREATER_OR_EQUAL, guard, number(0));
    Value more = graph.add(new Scale(1, 1), steps);
    Value ripe = binary(Binary.Kind.GREATER_OR_EQUAL, more, number(PATIENCE));
    Value raised = binary(Binary.Kind.MINIMUM, binary(Binary.Kind.MULTIPLY, scale, graph.add(new Scale(1, 1), ripe)), number(MOST));
    Value lowered = binary(Binary.Kind.MAXIMUM, graph.add(new Scale(0.5, 0), scale), number(1));
    Value next = binary(Binary.Kind.ADD, binary(Binary.Kind.MULTIPLY, finite, raised), binary(Binary.Kind.MULTIPLY, graph.add(new Scale(-1, 1), finite), lowered));
    graph.assign(offset, graph.add(new Scale(1, -FIRST), next));
    graph.assign(steps, binary(Binary.Kind.MULTIPLY, binary(Binary.Kind.MULTIPLY, finite, graph.add(new Scale(-1, 1), ripe)), more));
  }
}
