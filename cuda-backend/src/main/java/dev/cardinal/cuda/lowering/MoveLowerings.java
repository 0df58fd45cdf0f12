package dev.cardinal.cuda.lowering;

import dev.cardinal.op.Reshape;
import java.util.List;

/** Operations that only move elements. */
final class MoveLowerings {
  static final List<OpLowering> ALL = List.of(OpLowering.of(Reshape.class, (op, n, b) -> b.alias(n.output(0), n.input(0))));

  private MoveLowerings() {}
}
