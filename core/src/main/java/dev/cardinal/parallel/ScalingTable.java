package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What more devices would bring, on paper: images per second by mode, number of devices and interconnect, with the same batch for all. */
public final class ScalingTable {
  /**
   * One cell.
   *
   * @param imagesPerSecond estimated, or NaN if the network cannot be divided so
   * @param reason why not, or empty
   */
  public record Row(Mode mode, int devices, Interconnect link, double imagesPerSecond, String reason) {}

  /** The numbers of devices that the table is made for. */
  public static final List<Integer> DEVICES = List.of(2, 4, 8, 16, 32, 64);

  private ScalingTable() {}

  /**
   * Estimates every cell.
   *
   * @param step the training step's graph; numbers of devices that do not divide its batch have no sample-parallel row
   */
  public static List<Row> of(Graph step, List<Integer> devices) {
    List<Row> rows = new ArrayList<>();
    for (Mode mode : List.of(Mode.GROUPS, Mode.DATA, Mode.HYBRID)) {
      for (int k : devices) {
        Plan plan = null;
        String reason = "";
        try {
          plan = Plan.of(step, SplitOptions.of(mode, k));
        } catch (SplitException e) {
          reason = e.getMessage();
        }
        for (Interconnect link : Interconnect.all()) {
          rows.add(new Row(mode, k, link, plan == null ? Double.NaN : plan.split().batch() / StepEstimate.of(plan, link).step(), reason));
        }
      }
    }
    return rows;
  }

  /** The table as text, with its assumptions. */
  public static String print(List<Row> rows) {
    StringBuilder s = new StringBuilder();
    s.append(String.format(Locale.ROOT, "%-8s %8s", "mode", "devices"));
    Interconnect.all().forEach(i -> s.append(String.format(Locale.ROOT, " %20s", i.name())));
    s.append("   images/s\n");
    for (int i = 0; i < rows.size(); i += Interconnect.all().size()) {
      Row first = rows.get(i);
      s.append(String.format(Locale.ROOT, "%-8s %8d", first.mode().name().toLowerCase(Locale.ROOT), first.devices()));
      for (int j = 0; j < Interconnect.all().size(); j++) {
        double v = rows.get(i + j).imagesPerSecond();
        s.append(Double.isNaN(v) ? String.format(" %20s", "-") : String.format(Locale.ROOT, " %,20.0f", v));
      }
      s.append(first.reason().isEmpty() ? "\n" : "   " + first.reason() + "\n");
    }
    Interconnect.all().forEach(i -> s.append("assuming ").append(i.assumptions()).append('\n'));
    return s.append("assuming the same batch for every row, divided over more devices\nassuming ").append(StepEstimate.ASSUMPTIONS).append('\n').toString();
  }
}
