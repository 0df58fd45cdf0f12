package dev.cardinal.nn;

import dev.cardinal.graph.Value;

/** Modules side by side on one input, their outputs joined along the channels in the order of adding: an inception block (Szegedy et al. 2015, figure 2). */
public final class Branches extends Module {
  /** No branches yet. */
  public Branches() {}

  /** Adds a branch under a name. */
  public Branches add(String name, Module m) {
    child(name, m);
    return this;
  }

  @Override
  protected Value build(Trace t, Value x) {
    require(!children().isEmpty(), "a block of branches needs at least one; add(name, module)");
    return t.concat(children().values().stream().map(m -> m.apply(t, x)).toArray(Value[]::new));
  }
}
