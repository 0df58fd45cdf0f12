package dev.cardinal.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything a report shows, as plain values.
 *
 * @param title heading of the page
 * @param facts labels and values in the order shown: arguments, device, environment, totals
 * @param epochs the history, oldest first; may be empty
 * @param confusion the confusion matrix on the test pictures; empty if nothing was tested
 * @param mistakes the worst mistakes, worst first; may be empty
 */
public record ReportData(String title, Map<String, String> facts, List<EpochStats> epochs, ConfusionMatrix confusion,
    List<Mistake> mistakes) {
  public ReportData {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    epochs = List.copyOf(epochs);
    mistakes = List.copyOf(mistakes);
  }
}
