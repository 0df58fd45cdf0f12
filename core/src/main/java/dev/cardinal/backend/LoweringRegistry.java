package dev.cardinal.backend;

import dev.cardinal.op.Op;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which lowering an engine has for which operation.
 *
 * @param <L> the engine's lowering type
 */
public final class LoweringRegistry<L> {
  private final String engine;
  private final Map<Class<? extends Op>, L> lowerings = new LinkedHashMap<>();

  /** Empty, for the engine of that name. */
  public LoweringRegistry(String engine) {
    this.engine = engine;
  }

  /** Registers the lowering of an operation. */
  public LoweringRegistry<L> register(Class<? extends Op> op, L lowering) {
    if (lowerings.putIfAbsent(op, lowering) != null) {
      throw new IllegalStateException(engine + " has two lowerings for " + op.getSimpleName());
    }
    return this;
  }

  /**
   * The lowering of an operation.
   *
   * @throws DeviceException if there is none
   */
  public L get(Op op) {
    L l = lowerings.get(op.getClass());
    if (l == null) {
      throw new DeviceException(engine + " cannot run " + op.opName() + "; use another device, such as cpu:reference");
    }
    return l;
  }

  /** Whether there is one. */
  public boolean has(Class<? extends Op> op) {
    return lowerings.containsKey(op);
  }

  /** The operations without a lowering, by name: what a coverage test shows. */
  public List<String> missing() {
    List<String> names = new ArrayList<>();
    for (Class<?> c : Op.class.getPermittedSubclasses()) {
      if (!lowerings.containsKey(c.asSubclass(Op.class))) {
        names.add(c.getSimpleName());
      }
    }
    return names;
  }
}
