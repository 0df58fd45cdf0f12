package dev.cardinal.conformance;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** What a suite could not check, counted so that it is seen. With {@code -Dcardinal.requireGpu=true} a skip on a GPU is a failure. */
final class Skips {
  private final String device;
  private final Map<String, Integer> reasons = new TreeMap<>();
  private final Map<String, Integer> beyond = new TreeMap<>();

  Skips(String device) {
    this.device = device;
  }

  /** Counts a part of a test that is left out; the test goes on. */
  synchronized void count(String reason) {
    if (Boolean.getBoolean("cardinal.requireGpu") && device.startsWith("cuda")) {
      Assertions.fail("cardinal.requireGpu is set, and " + device + " skips: " + reason);
    }
    reasons.merge(reason, 1, Integer::sum);
  }

  /** Counts what a device need not do and does not: shown, but not a skip. */
  synchronized void optional(String what) {
    beyond.merge(what, 1, Integer::sum);
  }

  /** Counts a whole test that is left out, and ends it as skipped. */
  void abort(String reason) {
    count(reason);
    Assumptions.abort(reason);
  }

  /** Prints the counts. */
  void print(String suite) {
    int total = reasons.values().stream().mapToInt(Integer::intValue).sum();
    System.out.println(suite + " on " + device + ": " + total + " skipped" + (total == 0 ? "" : ":"));
    reasons.forEach((reason, n) -> System.out.println("  " + n + " × " + reason));
    beyond.forEach((what, n) -> System.out.println("  beyond what it must do: " + n + " × " + what));
  }
}
