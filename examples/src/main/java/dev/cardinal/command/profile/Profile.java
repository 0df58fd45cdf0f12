package dev.cardinal.command.profile;

import dev.cardinal.backend.NodeTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The launches of one run, in order, with the mean of their times over some runs.
 *
 * @param launches all of them
 */
public record Profile(List<Launch> launches) {
  /** Copies the list. */
  public Profile {
    launches = List.copyOf(launches);
  }

  /**
   * What was added between two looks at a program.
   *
   * @param before an earlier {@link dev.cardinal.backend.Program#profile()}, or an empty list for everything since compilation
   * @param after a later one of the same program
   */
  public static Profile between(List<NodeTime> before, List<NodeTime> after) {
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < after.size(); i++) {
      NodeTime t = after.get(i);
      long runs = t.runs() - (before.isEmpty() ? 0 : before.get(i).runs());
      double seconds = t.seconds() - (before.isEmpty() ? 0 : before.get(i).seconds());
      launches.add(launch(t, seconds / Math.max(1, runs)));
    }
    return new Profile(launches);
  }

  /** Takes a launch's name apart: {@code 1:~conv1} is the gradients of layer {@code conv1} on device 1 of a mesh. */
  private static Launch launch(NodeTime t, double seconds) {
    String name = t.name();
    int colon = name.indexOf(':');
    boolean ranked = colon > 0 && name.chars().limit(colon).allMatch(Character::isDigit);
    String path = ranked ? name.substring(colon + 1) : name;
    boolean gradient = path.startsWith("~");
    return new Launch(ranked ? name.substring(0, colon) : "", gradient ? path.substring(1) : path, gradient, t.op(), t.detail(), seconds, t.macs(), t.bytes());
  }

  /** Whether the engine kept none. */
  public boolean isEmpty() {
    return launches.isEmpty();
  }

  /** Of one run: the sum over all launches. */
  public double seconds() {
    return launches.stream().mapToDouble(Launch::seconds).sum();
  }

  /** Sums by kind of operation, the longest first. */
  public List<Row> byOp() {
    return rows(Launch::op);
  }

  /** Sums by layer, forward and gradients together, the longest first. */
  public List<Row> byLayer() {
    return rows(l -> l.device().isEmpty() ? l.layer() : l.device() + ":" + l.layer());
  }

  private List<Row> rows(Function<Launch, String> by) {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (Launch l : launches) {
      rows.merge(by.apply(l), Row.of(by.apply(l), l), Row::plus);
    }
    return rows.values().stream().sorted(Comparator.comparingDouble(Row::seconds).reversed()).toList();
  }
}
