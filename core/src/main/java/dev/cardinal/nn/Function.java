package dev.cardinal.nn;

import dev.cardinal.graph.Value;

/** A module without parameters. */
final class Function extends Module {
  /** What it does. */
  interface Body {
    Value build(Module self, Trace t, Value x);
  }

  private final Body body;

  Function(Body body) {
    this.body = body;
  }

  @Override
  protected Value build(Trace t, Value x) {
    return body.build(this, t, x);
  }
}
