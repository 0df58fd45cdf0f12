package dev.cardinal.nn;

import dev.cardinal.graph.Value;
import java.util.List;

/** Modules one after the other, named {@code 0}, {@code 1}, … or as {@link #add(String, Module)} says. */
public final class Sequential extends Module {
  /** The given modules. */
  public Sequential(Module... modules) {
    this(List.of(modules));
  }

  /** The given modules. */
  public Sequential(List<? extends Module> modules) {
    modules.forEach(this::add);
  }

  /** Adds a module under the next number. */
  public Sequential add(Module m) {
    return add(Integer.toString(children().size()), m);
  }

  /** Adds a module under a name. */
  public Sequential add(String name, Module m) {
    child(name, m);
    return this;
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value v = x;
    for (Module m : children().values()) {
      v = m.apply(t, v);
    }
    return v;
  }
}
