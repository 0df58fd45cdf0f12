package dev.cardinal.parallel;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A plan as text: layers, transfers, devices, estimate. */
public final class PlanText {
  private static final String LAYER = "%-34s %-17s %-26s %s%n";
  private static final int SHOWN = 40;

  private PlanText() {}

  /** The text. */
  public static String print(Plan p) {
    StringBuilder s = new StringBuilder();
    add(s, LAYER, "layer", "operation", "kernels per device", "how");
    for (LayerShare l : p.split().layers()) {
      add(s, LAYER, l.layer(), l.op(), Arrays.stream(l.kernels()).mapToObj(Integer::toString).collect(Collectors.joining("+")), l.way());
    }
    transfers(s, p);
    devices(s, p);
    return s.toString();
  }

  private static void transfers(StringBuilder s, Plan p) {
    var forward = p.split().movements().stream().filter(Movement::forward).toList();
    add(s, "%nforward transfers, bytes per image and device%n");
    for (Movement m : forward.subList(0, Math.min(SHOWN, forward.size()))) {
      long most = 0;
      for (int d = 0; d < p.split().devices(); d++) {
        most = Math.max(most, m.received(d));
      }
      add(s, "%-34s %-17s %,12d%n", m.layer(), m.op(), most / p.split().batch());
    }
    if (forward.size() > SHOWN) {
      add(s, "… and %d more%n", forward.size() - SHOWN);
    }
    long backward = p.split().movements().stream().filter(m -> !m.forward()).mapToLong(m -> m.received(0)).sum();
    add(s, "%-34s %-17s %,12d%n", "all forward", "", p.forwardBytesPerImage());
    add(s, "%-34s %-17s %,12d bytes per step and device%n", "gradients and update", "", backward);
  }

  private static void devices(StringBuilder s, Plan p) {
    add(s, "%n%-8s %16s %20s %14s%n", "device", "parameters", "MACs, forward", "memory");
    for (Plan.Share d : p.devices()) {
      add(s, "%-8d %,16d %,20d %,10.1f MiB%n", d.device(), d.params(), d.macs(), d.memory().bytes() / 1048576.0);
    }
    add(s, "one device would take %,.1f MiB; the fullest has %.2f of an even share, the busiest does %.2f of one%n", p.single().bytes() / 1048576.0, p.memoryRatio(), p.balance());
    add(s, "%nestimate of a step of %d images%n", p.split().batch());
    for (Interconnect i : Interconnect.all()) {
      StepEstimate e = StepEstimate.of(p, i);
      add(s, "%-20s %8.2f ms: computing %.2f, exchanging %.2f, of which %.2f nothing hides%n", i.name(), e.step() * 1e3, e.compute() * 1e3, e.communication() * 1e3, e.exposed() * 1e3);
    }
    Interconnect.all().forEach(i -> add(s, "  assuming %s%n", i.assumptions()));
    add(s, "  assuming %s%n", StepEstimate.ASSUMPTIONS);
  }

  private static void add(StringBuilder s, String format, Object... args) {
    s.append(String.format(Locale.ROOT, format.replace("%n", "\n"), args));
  }
}
