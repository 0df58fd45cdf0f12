package dev.cardinal.accounting;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.pass.MemoryPlan;
import dev.cardinal.pass.Pipeline;
import dev.cardinal.pass.Uses;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The memory that one device needs for a training step, as planned from the graph after the standard passes; nothing is allocated. An engine adds scratch memory of its kernels, and may hold
 * values in padded layouts.
 *
 * @param inputBytes images, labels and scalars of one batch
 * @param parameterBytes parameters and running statistics
 * @param optimizerBytes state of the optimiser, averaged weights, random state
 * @param arenaBytes all values computed in a step, sharing memory by their life times
 * @param unsharedBytes what the same values would take if each had memory of its own
 */
public record TrainingMemory(long inputBytes, long parameterBytes, long optimizerBytes, long arenaBytes, long unsharedBytes) {
  private static final long ALIGNMENT = 64;

  /**
   * Plans a step.
   *
   * @param step the training step as built for one device
   * @param parameters names of the network's parameters; other variables belong to the optimiser
   */
  public static TrainingMemory of(Graph step, Set<String> parameters) {
    Graph g = Pipeline.standard().run(step);
    Uses uses = new Uses(g);
    List<MemoryPlan.Block> blocks = new ArrayList<>();
    for (Node n : g.nodes()) {
      for (int i = 0; i < n.outputs().size(); i++) {
        Value v = n.output(i);
        if (!isInPlace(g, n, i)) {
          List<Node> readers = uses.readers(v);
          int last = uses.isKept(v) ? g.nodes().size() : readers.isEmpty() ? n.id() : readers.get(readers.size() - 1).id();
          blocks.add(new MemoryPlan.Block(v.type().bytes(), n.id(), last));
        }
      }
    }
    return new TrainingMemory(
        bytes(g.inputs().values().stream().toList()),
        bytes(g.variables().values().stream().filter(v -> parameters.contains(v.name())).toList()),
        bytes(g.variables().values().stream().filter(v -> !parameters.contains(v.name())).toList()),
        MemoryPlan.of(blocks, ALIGNMENT).bytes(),
        blocks.stream().mapToLong(MemoryPlan.Block::bytes).sum());
  }

  /** Whether an output takes the memory of the variable that it updates. */
  private static boolean isInPlace(Graph g, Node n, int output) {
    int target = n.op().overwrites(output, n.inputs().size());
    return target >= 0 && n.output(output).equals(g.assignments().get(n.input(target)));
  }

  private static long bytes(List<Value> values) {
    return values.stream().mapToLong(v -> v.type().bytes()).sum();
  }

  /** Everything together. */
  public long totalBytes() {
    return inputBytes + parameterBytes + optimizerBytes + arenaBytes;
  }
}
