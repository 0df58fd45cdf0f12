package dev.cardinal.command.profile;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A profile as tables for people. */
public final class ProfileText {
  private static final int LAYERS = 25;

  private ProfileText() {}

  /** Writes the tables by kind of operation and by layer, and the shares at the machine's limits. */
  public static void print(PrintWriter out, Profile profile, Peaks peaks) {
    if (profile.isEmpty()) {
      out.println("this engine keeps no profile");
      return;
    }
    table(out, "operation", profile.byOp(), profile.seconds(), peaks, Integer.MAX_VALUE);
    table(out, "layer", profile.byLayer(), profile.seconds(), peaks, LAYERS);
    Roofline r = Roofline.of(profile, peaks);
    out.println();
    out.printf(Locale.ROOT, "measured peaks: %.1f GB/s through memory, %.1f GFLOP/s; 'of peak' is the part of the nearer one that is reached (above 100%% caches help)%n", peaks.gigabytes(),
        peaks.gflops());
    out.printf(Locale.ROOT, "of the step's time %.1f%% is at the memory's limit, %.1f%% at the arithmetic limit and %.1f%% below %.0f%% of its limit; all at their limits would take %.1f%% of it%n",
        100 * r.memoryShare(), 100 * r.arithmeticShare(), 100 * r.neitherShare(), 100 * Roofline.AT, 100 * r.attainable());
    out.flush();
  }

  private static void table(PrintWriter out, String heading, List<Row> rows, double total, Peaks peaks, int limit) {
    out.println();
    out.printf(Locale.ROOT, "%-36s %10s %7s %10s %9s %8s %15s %9s%n", heading, "ms", "share", "backward", "GFLOP/s", "GB/s", "of peak", "launches");
    rows.stream().limit(limit).forEach(r -> out.printf(Locale.ROOT, "%-36s %10.3f %6.1f%% %10.3f %9.1f %8.1f %15s %9d%n", r.name(), 1e3 * r.seconds(), 100 * r.seconds() / total,
        1e3 * r.gradientSeconds(), r.gflops(), r.gigabytes(), reached(r, peaks), r.launches()));
    if (rows.size() > limit) {
      out.println("and " + (rows.size() - limit) + " more; --json has them all");
    }
  }

  private static String reached(Row r, Peaks peaks) {
    boolean memory = peaks.memorySeconds(r.bytes()) >= peaks.arithmeticSeconds(r.macs());
    return String.format(Locale.ROOT, "%.0f%% %s", 100 * peaks.reached(r.macs(), r.bytes(), r.seconds()), memory ? "memory" : "arithmetic");
  }
}
