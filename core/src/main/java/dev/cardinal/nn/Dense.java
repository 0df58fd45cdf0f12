package dev.cardinal.nn;

import dev.cardinal.graph.Value;

/** A dense block: every layer reads the block's input joined with what all layers before it made (Huang et al. 2017, equation 2). The output joins them all. */
public final class Dense extends Module {
  /** No layers yet. */
  public Dense() {}

  /** Adds a layer under a name; layer l of growth rate k reads {@code channels + (l - 1) k}. */
  public Dense add(String name, Module m) {
    child(name, m);
    return this;
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value all = x;
    for (Module m : children().values()) {
      all = t.concat(all, m.apply(t, all));
    }
    return all;
  }
}
