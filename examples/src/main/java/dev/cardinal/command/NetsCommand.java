package dev.cardinal.command;

import dev.cardinal.graph.Node;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.Shape;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the networks that {@code --net} takes. */
@Command(name = "nets", description = "Lists the networks with their paper's input, parameters and multiply-adds for one picture.")
final class NetsCommand extends BaseCommand {
  @Option(names = "--classes", paramLabel = "N", description = "Number of classes; that of each paper if not said.")
  Integer classes;

  @Override
  int execute() throws Exception {
    if (classes != null && classes < 1) {
      throw usage("--classes must be at least 1, got " + classes);
    }
    say("%-24s %-14s %12s %15s  %s", "net", "input", "parameters", "multiply-adds", "what it is");
    for (ZooNet z : Zoo.all()) {
      int outputs = classes == null || z.task() == ZooNet.Task.GENERATION ? z.classes() : classes;
      Module net = z.build(outputs, z.input());
      long macs = macs(net, z.input());
      if (json) {
        result(object().put("net", z.name()).put("task", z.task().name().toLowerCase(Locale.ROOT)).put("classes", outputs).put("input", ZooNet.text(z.input()))
            .put("parameters", net.parameterCount()).put("macs", macs).put("summary", z.summary()));
      } else {
        say("%-24s %-14s %,12d %,15d  %s", z.name(), ZooNet.text(z.input()), net.parameterCount(), macs, z.summary());
      }
    }
    return 0;
  }

  /** Multiply-adds of one input, forward. */
  private static long macs(Module net, Shape input) {
    return Synthetic.inference(net, Synthetic.batch(1, input)).nodes().stream().map(Node::cost).mapToLong(c -> c.macs()).sum();
  }
}
