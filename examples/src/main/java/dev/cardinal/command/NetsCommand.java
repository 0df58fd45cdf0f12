package dev.cardinal.command;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the networks that {@code --net} takes. */
@Command(name = "nets", description = "Lists the networks with their size, parameters and multiply-adds for one picture.")
final class NetsCommand extends BaseCommand {
  @Option(names = "--classes", paramLabel = "N", defaultValue = "10", description = "Number of classes; ${DEFAULT-VALUE} if not said.")
  int classes;

  @Override
  int execute() throws Exception {
    say("%-18s %5s %12s %14s  %s", "net", "size", "parameters", "multiply-adds", "what it is");
    for (ZooNet z : Zoo.all()) {
      Module net = asked(() -> z.build(classes, 3, z.size()));
      long macs = macs(net, classes, z.size());
      if (json) {
        result(object().put("net", z.name()).put("size", z.size()).put("min_size", z.minSize()).put("parameters", net.parameterCount()).put("macs", macs).put("summary", z.summary()));
      } else {
        say("%-18s %5d %,12d %,14d  %s", z.name(), z.size(), net.parameterCount(), macs, z.summary());
      }
    }
    return 0;
  }

  /** Multiply-adds of one picture with 3 channels, forward. */
  static long macs(Module net, int classes, int size) {
    Graph g = TrainingStep.evaluation(net, new TensorType(DType.F32, Shape.of(1, 3, size, size)), classes, false);
    return g.nodes().stream().map(Node::cost).mapToLong(c -> c.macs()).sum();
  }
}
