package dev.cardinal.command;

import dev.cardinal.accounting.Summary;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.Shape;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the networks that {@code --net} and {@code summary} take. */
@Command(name = "zoo", description = "Lists the networks with their input, parameters and multiply-adds for one sample.", footer = {"",
    "Beyond these: any ResNeXt (resnext50-4x24d, resnext29-8x64d), any width of MobileNet (mobilenet-0.35) and ShuffleNet (shufflenet-g8-0.5x).",
    "'cardinal summary NET' tells all about one."})
final class ZooCommand extends BaseCommand {
  @Option(names = "--classes", paramLabel = "N", description = "Number of classes; those of the paper if not said.")
  Integer classes;

  @Override
  int execute() throws Exception {
    say("%-20s %-14s %12s %15s  %s", "net", "input", "parameters", "multiply-adds", "what it is");
    for (ZooNet z : Zoo.all()) {
      int outputs = classes == null ? z.classes() : classes;
      Module net = asked(() -> z.build(outputs, z.input()));
      Summary s = Summary.of(z.name(), net, batch(1, z.input()));
      if (json) {
        result(object().put("net", z.name()).put("input", ZooNet.text(z.input())).put("size", z.size()).put("min_size", z.minSize()).put("classes", outputs)
            .put("task", z.task().name().toLowerCase(Locale.ROOT)).put("parameters", s.params()).put("macs", s.macs()).put("summary", z.summary()));
      } else {
        say("%-20s %-14s %,12d %,15d  %s", z.name(), ZooNet.text(z.input()), s.params(), s.macs(), z.summary());
      }
    }
    return 0;
  }

  /** The shape of a batch of inputs. */
  static Shape batch(int n, Shape input) {
    return Shape.of(n, input.dim(0), Arrays.copyOfRange(input.dims(), 1, input.rank()));
  }
}
