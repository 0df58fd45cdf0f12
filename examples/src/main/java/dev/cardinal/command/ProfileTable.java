package dev.cardinal.command;

import dev.cardinal.backend.NodeTime;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Where the time goes, by kind of operation and by layer. */
final class ProfileTable {
  private static final int LAYERS = 20;

  private final List<NodeTime> times;
  private final double total;

  /** A sum over launches. */
  private record Row(String name, double seconds, long macs, long bytes, int launches) {
    Row plus(NodeTime t) {
      return new Row(name, seconds + t.seconds() / Math.max(1, t.runs()), macs + t.macs(), bytes + t.bytes(), launches + 1);
    }
  }

  ProfileTable(List<NodeTime> times) {
    this.times = times;
    this.total = times.stream().mapToDouble(t -> t.seconds() / Math.max(1, t.runs())).sum();
  }

  void print(PrintWriter out) {
    if (times.isEmpty()) {
      out.println("this engine keeps no profile");
      return;
    }
    table(out, "operation", NodeTime::op, Integer.MAX_VALUE);
    table(out, "layer (~ marks its gradients)", NodeTime::name, LAYERS);
  }

  private void table(PrintWriter out, String heading, Function<NodeTime, String> by, int limit) {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (NodeTime t : times) {
      rows.put(by.apply(t), rows.getOrDefault(by.apply(t), new Row(by.apply(t), 0, 0, 0, 0)).plus(t));
    }
    out.println();
    out.printf(Locale.ROOT, "%-44s %9s %6s %9s %9s %8s%n", heading, "ms", "share", "GFLOP/s", "GB/s", "launches");
    rows.values().stream().sorted(Comparator.comparingDouble(Row::seconds).reversed()).limit(limit)
        .forEach(r -> out.printf(Locale.ROOT, "%-44s %9.3f %5.1f%% %9.1f %9.1f %8d%n", r.name(), 1e3 * r.seconds(), 100 * r.seconds() / total, 2e-9 * r.macs() / r.seconds(),
            1e-9 * r.bytes() / r.seconds(), r.launches()));
    if (rows.size() > limit) {
      out.println("and " + (rows.size() - limit) + " more; --json has them all");
    }
  }
}
