package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import java.util.List;
import java.util.stream.IntStream;

/** Over how many devices a network would divide, for those who asked for another number. */
final class DeviceCounts {
  private static final int MOST = 8;

  private DeviceCounts() {}

  /** What to add to a refusal: the numbers of devices up to {@value #MOST} that work, by trying. */
  static String advice(Graph graph, SplitOptions options) {
    List<String> fit = IntStream.rangeClosed(2, MOST).filter(k -> k != options.devices())
        .filter(k -> Splitter.divides(graph, new SplitOptions(options.mode(), k, options.pins(), options.synchronised()))).mapToObj(Integer::toString).toList();
    if (fit.isEmpty()) {
      return "; no number of devices up to " + MOST + " divides this network in mode " + options.mode().name().toLowerCase(java.util.Locale.ROOT);
    }
    int last = fit.size() - 1;
    return "; the whole network divides over " + (last == 0 ? "" : String.join(", ", fit.subList(0, last)) + " or ") + fit.get(last) + " devices";
  }
}
