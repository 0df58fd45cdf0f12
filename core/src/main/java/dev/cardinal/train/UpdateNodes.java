package dev.cardinal.train;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Op;
import java.util.ArrayList;
import java.util.List;

/** What the optimisers share: one update node for the parameters with decay and one for those without, so that each is a flat kernel. */
final class UpdateNodes {
  private UpdateNodes() {}

  interface OpFor {
    Op make(boolean decays);
  }

  static List<Value> grouped(Graph g, List<Optimizer.Slot> slots, boolean decayAll, List<Value> scalars, List<String> states, OpFor op) {
    Value[] updated = new Value[slots.size()];
    for (boolean decays : new boolean[] {true, false}) {
      List<Integer> members = new ArrayList<>();
      for (int i = 0; i < slots.size(); i++) {
        if ((decayAll || slots.get(i).decays()) == decays) {
          members.add(i);
        }
      }
      if (!members.isEmpty()) {
        List<Optimizer.Slot> group = members.stream().map(slots::get).toList();
        List<Value> out = one(g, group, scalars, states, op.make(decays));
        for (int i = 0; i < members.size(); i++) {
          updated[members.get(i)] = out.get(i);
        }
      }
    }
    return List.of(updated);
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
