package dev.cardinal.accounting;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A summary as a table for a terminal. */
public final class SummaryText {
  private static final List<String> HEAD = List.of("layer", "kind", "output", "kernel", "groups", "parameters", "multiply-adds", "activations");
  private static final int LEFT = 4;

  private SummaryText() {}

  /** The table with totals below it. */
  public static String render(Summary s) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (LayerCost l : s.layers()) {
      rows.add(List.of(l.name(), l.kind(), Summary.dims(l.output().dims()), l.kernel(), l.groups() == 1 ? "" : Integer.toString(l.groups()), count(l.params()), count(l.macs()),
          l.activationBytes() == 0 ? "" : bytes(l.activationBytes())));
    }
    int[] widths = new int[HEAD.size()];
    rows.forEach(r -> {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], r.get(i).length());
      }
    });
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String format = "%" + (i < LEFT ? "-" : "") + widths[i] + "s";
        line.append(i == 0 ? "" : "  ").append(String.format(Locale.ROOT, format, row.get(i)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.append('\n').append(totals(s)).toString();
  }

  private static String totals(Summary s) {
    StringBuilder t = new StringBuilder();
    t.append(String.format(Locale.ROOT, "%s, input %s, batch %d%n", s.net(), s.sample(), s.batch()));
    t.append(String.format(Locale.ROOT, "parameters       %,15d  (%s)%n", s.params(), bytes(4 * s.params())));
    t.append(String.format(Locale.ROOT, "multiply-adds    %,15d  per sample, forward%n", s.macs()));
    t.append(String.format(Locale.ROOT, "activations      %15s  all layers' outputs%n", bytes(s.activationBytes())));
    TrainingMemory m = s.training();
    if (m != null) {
      t.append(String.format(Locale.ROOT, "training memory  %15s  planned estimate: arena %s (%s without sharing), parameters %s, optimiser %s, batch %s%n", bytes(m.totalBytes()),
          bytes(m.arenaBytes()), bytes(m.unsharedBytes()), bytes(m.parameterBytes()), bytes(m.optimizerBytes()), bytes(m.inputBytes())));
    }
    return t.toString();
  }

  private static String count(long n) {
    return n == 0 ? "" : String.format(Locale.ROOT, "%,d", n);
  }

  /** As in {@code 96.0 MiB}. */
  static String bytes(long n) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double v = n;
    int u = 0;
    while (v >= 1024 && u < units.length - 1) {
      v /= 1024;
      u++;
    }
    return u == 0 ? n + " B" : String.format(Locale.ROOT, "%.1f %s", v, units[u]);
  }
}
