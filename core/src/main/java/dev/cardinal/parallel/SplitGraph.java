package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.op.Layout;
import java.util.List;
import java.util.Map;

/**
 * A divided graph.
 *
 * @param options how it was divided
 * @param graphs the graph of each device; their collectives meet by number
 * @param inputs how the inputs lie
 * @param variables how the variables lie
 * @param outputs how the outputs lie
 * @param layers the layers with weights, in order
 * @param movements the collectives, in order
 * @param batch samples in a run
 */
public record SplitGraph(SplitOptions options, List<Graph> graphs, Map<String, Layout> inputs, Map<String, Layout> variables, Map<String, Layout> outputs, List<LayerShare> layers,
    List<Movement> movements, int batch) {
  /** Number of devices. */
  public int devices() {
    return graphs.size();
  }
}
