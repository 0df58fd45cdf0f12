package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.accounting.Summary;
import dev.cardinal.accounting.SummaryHtml;
import dev.cardinal.accounting.SummaryJson;
import dev.cardinal.accounting.SummaryText;
import dev.cardinal.accounting.TrainingMemory;
import dev.cardinal.graph.Graph;
import dev.cardinal.io.AtomicFile;
import dev.cardinal.nn.Module;
import dev.cardinal.op.Reduce;
import dev.cardinal.parallel.Mode;
import dev.cardinal.parallel.Plan;
import dev.cardinal.parallel.PlanJson;
import dev.cardinal.parallel.SplitOptions;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells layer by layer what a network costs. */
@Command(name = "summary", description = "Prints a network layer by layer: output, kernel, groups, parameters, multiply-adds, memory; and the memory of a training step.")
final class SummaryCommand extends BaseCommand {
  @Parameters(index = "0", arity = "0..1", paramLabel = "NET", description = "Network; 'cardinal zoo' lists them.")
  String net;

  @Option(names = "--input", paramLabel = "CxHxW", description = "Input as channels and spatial axes: 3x224x224, or 3x16x112x112 for a clip. The paper's if not said.")
  String input;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "1", description = "Samples in a batch, for memory; ${DEFAULT-VALUE} if not said.")
  int batch;

  @Option(names = "--classes", paramLabel = "N", description = "Number of classes; those of the paper if not said.")
  Integer classes;

  @Option(names = "--devices", paramLabel = "K", defaultValue = "1", description = "Also tell the training memory of each of K devices; ${DEFAULT-VALUE} if not said. 'cardinal plan' tells more.")
  int devices;

  @Option(names = "--parallel", paramLabel = "MODE", defaultValue = "groups", description = "How to divide over them: groups, data or hybrid; ${DEFAULT-VALUE} if not said.")
  String parallel;

  @Option(names = "--html", arity = "0..1", fallbackValue = "", paramLabel = "FILE", description = "Write the summary as a page to a file as well, or to the standard output alone if no file is named.")
  String html;

  @Override
  int execute() throws Exception {
    if (net == null && html != null && !html.isEmpty()) {
      // '--html vgg16': what follows is the network.
      net = html;
      html = "";
    }
    if (net == null) {
      throw usage("name a network; 'cardinal zoo' lists them");
    }
    ZooNet zoo = asked(() -> Zoo.find(net));
    Shape in = input == null ? zoo.input() : parse(input);
    int outputs = classes == null ? zoo.classes() : classes;
    if (batch < 1 || devices < 1) {
      throw usage("--batch and --devices must be at least 1, got " + batch + " and " + devices);
    }
    Module module = asked(() -> zoo.build(outputs, in));
    Summary layers = asked(() -> Summary.of(zoo.name(), module, ZooCommand.batch(batch, in)));
    Graph step = step(zoo, module, outputs, ZooCommand.batch(batch, in));
    Summary s = step == null ? layers : layers.with(TrainingMemory.of(step, module.parameters().keySet()));
    Plan plan = step == null || devices == 1 ? null : asked(() -> Plan.of(step, SplitOptions.of(Mode.of(parallel), devices)));
    boolean pageAlone = html != null && html.isEmpty() && !json;
    if (pageAlone) {
      words().print(SummaryHtml.render(s));
      words().flush();
    } else if (json) {
      ObjectNode o = SummaryJson.render(s);
      if (plan != null) {
        o.put("parallel", parallel).set("devices", PlanJson.write(plan).get("devices"));
      }
      result(o);
    } else {
      words().print(SummaryText.render(s));
      if (plan != null) {
        plan.devices().forEach(d -> words().printf(Locale.ROOT, "device %-9d %15.1f MiB planned, %,d parameters, divided by %s%n", d.device(), d.memory().bytes() / 1048576.0, d.params(), parallel));
      }
      words().flush();
    }
    if (html != null && !html.isEmpty()) {
      AtomicFile.writeText(Path.of(html), SummaryHtml.render(s));
      say("page written to %s", html);
    }
    return 0;
  }

  private Shape parse(String text) {
    if (!text.matches("[1-9]\\d{0,6}(x[1-9]\\d{0,6}){2,3}")) {
      throw usage("--input takes channels and spatial axes such as 3x224x224, got " + text);
    }
    return Shape.of(Arrays.stream(text.split("x")).mapToInt(Integer::parseInt).toArray());
  }

  /** A training step with SGD, or none where normalisation cannot train on one value per channel. */
  private Graph step(ZooNet zoo, Module module, int outputs, Shape in) {
    TensorType images = new TensorType(DType.F32, in);
    try {
      return zoo.task() == ZooNet.Task.GENERATION
          ? TrainingStep.training(module, images, (t, y) -> t.add(Reduce.toScalar(Reduce.Kind.MEAN, y.type().shape().rank()), y), new TrainOptions())
          : TrainingStep.training(module, images, outputs, new TrainOptions());
    } catch (dev.cardinal.op.ShapeException e) {
      (html != null && html.isEmpty() ? spec.commandLine().getErr() : words()).println("no training memory: " + e.getMessage());
      return null;
    }
  }
}
