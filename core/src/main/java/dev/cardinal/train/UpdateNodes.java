package dev.cardinal.train;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Op;
import dev.cardinal.op.Scale;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What the optimisers share: one update node for all parameters that are treated alike, so that each is a flat kernel. A large parameter has its own, which need not wait for the other gradients. */
final class UpdateNodes {
  /** Elements of a parameter whose gradient is worth being rid of early, and whose update is worth a launch. */
  private static final long LARGE = 1 << 20;

  private UpdateNodes() {}

  /**
   * Parameters that are treated alike.
   *
   * @param name tells groups apart
   * @param op of all of them
   * @param scalars first inputs of the operation
   */
  record Group(String name, Op op, List<Value> scalars) {}

  /** Appends one update for each group, and one for each large parameter; returns the new values of the slots' parameters, in order. */
  static List<Value> grouped(Graph g, List<Optimizer.Slot> slots, List<String> states, Function<Optimizer.Slot, Group> groupOf) {
    Map<String, Group> groups = new LinkedHashMap<>();
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < slots.size(); i++) {
      Group group = groupOf.apply(slots.get(i));
      String key = slots.get(i).variable().type().shape().size() < LARGE ? group.name : group.name + " " + slots.get(i).path();
      groups.putIfAbsent(key, group);
      members.computeIfAbsent(key, n -> new ArrayList<>()).add(i);
    }
    Value[] updated = new Value[slots.size()];
    groups.forEach((name, group) -> {
      List<Integer> of = members.get(name);
      List<Value> out = one(g, of.stream().map(slots::get).toList(), group.scalars, states, group.op);
      for (int i = 0; i < of.size(); i++) {
        updated[of.get(i)] = out.get(i);
      }
    });
    return List.of(updated);
  }

  /** A multiple of the learning rate. */
  static Value multiple(Graph g, Value rate, double factor) {
    try (Graph.Scope scope = g.absoluteScope("optimizer")) {
      return g.add(new Scale(factor, 0), rate);
    }
  }

  private static List<Value> one(Graph g, List<Optimizer.Slot> group, List<Value> scalars, List<String> states, Op op) {
    List<Value> in = new ArrayList<>(scalars);
    List<Value> targets = new ArrayList<>();
    for (Optimizer.Slot s : group) {
      in.add(s.variable());
      targets.add(s.variable());
    }
    group.forEach(s -> in.add(s.gradient()));
    for (String state : states) {
      for (Optimizer.Slot s : group) {
        Value v = g.variable(Optimizer.STATE_PREFIX + state + s.path(), s.variable().type());
        in.add(v);
        targets.add(v);
      }
    }
    try (Graph.Scope scope = g.absoluteScope("optimizer")) {
      List<Value> out = g.addAll(op, in);
      for (int i = 0; i < targets.size(); i++) {
        g.assign(targets.get(i), out.get(i));
      }
      return out.subList(0, group.size());
    }
  }
}
