package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Op;

/**
 * An entry of a family's list: which operation, and how it is lowered.
 *
 * @param op the operation's class
 * @param lowering how its nodes become steps
 */
public record OpLowering(Class<? extends Op> op, CudaLowering lowering) {
  /** A lowering that wants the operation's attributes. */
  @FunctionalInterface
  public interface Typed<O extends Op> {
    /** Adds the steps of a node, whose operation is {@code op}. */
    void lower(O op, Node node, CudaBuild build);
  }

  /** An entry. */
  public static <O extends Op> OpLowering of(Class<O> op, Typed<O> lowering) {
    return new OpLowering(op, (n, b) -> lowering.lower(op.cast(n.op()), n, b));
  }
}
