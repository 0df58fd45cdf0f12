package dev.cardinal.conformance;

import dev.cardinal.op.Collective;
import dev.cardinal.op.Op;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Which operation has which generator of cases. */
public final class CaseTable {
  /** Operations that cannot run by themselves on one device, and where they are tested. */
  private static final Map<String, String> ELSEWHERE = Map.of("Collective", "several devices meet in it: the tests of divided networks");

  private final Map<Class<? extends Op>, Function<Samples, OpCase>> generators = new LinkedHashMap<>();

  /** Every operation's cases. */
  public static CaseTable standard() {
    CaseTable t = new CaseTable();
    ConvCases.register(t);
    PoolCases.register(t);
    NormCases.register(t);
    PointwiseCases.register(t);
    MovementCases.register(t);
    LossCases.register(t);
    UpdateCases.register(t);
    return t;
  }

  void add(Class<? extends Op> op, Function<Samples, OpCase> generator) {
    if (generators.putIfAbsent(op, generator) != null) {
      throw new IllegalStateException(op.getSimpleName() + " has two generators of cases");
    }
  }

  /** The operations that have cases. */
  public List<Class<? extends Op>> ops() {
    return List.copyOf(generators.keySet());
  }

  /** One case of an operation. */
  public OpCase draw(Class<? extends Op> op, Samples samples) {
    return generators.get(op).apply(samples);
  }

  /** The operations without a case, by name; {@link #ELSEWHERE} aside. */
  public List<String> missing() {
    List<String> names = new ArrayList<>();
    for (Class<?> c : Op.class.getPermittedSubclasses()) {
      if (!generators.containsKey(c.asSubclass(Op.class)) && !ELSEWHERE.containsKey(c.getSimpleName())) {
        names.add(c.getSimpleName());
      }
    }
    return names;
  }
}
