package dev.cardinal.nn;

import dev.cardinal.graph.Value;

/** A residual block: relu(body(x) + shortcut(x)), the shortcut being the identity if there is none (He et al. 2016, section 3.2). */
public final class Residual extends Module {
  private final Module body;
  private final Module shortcut;

  /**
   * A block whose parts are named as given, so that paths can follow those of other libraries.
   *
   * @param shortcut or {@code null} for the identity
   */
  public Residual(String bodyName, Module body, String shortcutName, Module shortcut) {
    this.body = child(bodyName, body);
    this.shortcut = shortcut == null ? null : child(shortcutName, shortcut);
  }

  /** A block with parts {@code body} and {@code shortcut}. */
  public Residual(Module body, Module shortcut) {
    this("body", body, "shortcut", shortcut);
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value s = shortcut == null ? x : shortcut.apply(t, x);
    return t.relu(t.sum(body.apply(t, x), s));
  }
}
