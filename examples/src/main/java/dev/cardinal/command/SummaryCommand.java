package dev.cardinal.command;

import dev.cardinal.accounting.Summary;
import dev.cardinal.accounting.SummaryHtml;
import dev.cardinal.accounting.SummaryJson;
import dev.cardinal.accounting.SummaryText;
import dev.cardinal.accounting.TrainingMemory;
import dev.cardinal.graph.Graph;
import dev.cardinal.io.AtomicFile;
import dev.cardinal.nn.Module;
import dev.cardinal.op.Reduce;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells layer by layer what a network costs. */
@Command(name = "summary", description = "Prints a network layer by layer: output, kernel, groups, parameters, multiply-adds, memory; and the memory of a training step.")
final class SummaryCommand extends BaseCommand {
  @Parameters(index = "0", paramLabel = "NET", description = "Network; 'cardinal zoo' lists them.")
  String net;

  @Option(names = "--input", paramLabel = "CxHxW", description = "Input as channels and spatial axes: 3x224x224, or 3x16x112x112 for a clip. The paper's if not said.")
  String input;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "1", description = "Samples in a batch, for memory; ${DEFAULT-VALUE} if not said.")
  int batch;

  @Option(names = "--classes", paramLabel = "N", description = "Number of classes; those of the paper if not said.")
  Integer classes;

  @Option(names = "--html", paramLabel = "FILE", description = "Write the summary as a page too.")
  Path html;

  @Override
  int execute() throws Exception {
    ZooNet zoo = asked(() -> Zoo.find(net));
    Shape in = input == null ? zoo.input() : parse(input);
    int outputs = classes == null ? zoo.classes() : classes;
    if (batch < 1) {
      throw usage("--batch must be at least 1, got " + batch);
    }
    Module module = asked(() -> zoo.build(outputs, in));
    Summary layers = asked(() -> Summary.of(zoo.name(), module, ZooCommand.batch(batch, in)));
    Summary s = layers.with(memory(zoo, module, outputs, ZooCommand.batch(batch, in)));
    if (json) {
      result(SummaryJson.render(s));
    } else {
      words().print(SummaryText.render(s));
      words().flush();
    }
    if (html != null) {
      AtomicFile.writeText(html, SummaryHtml.render(s));
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

  /** The planned memory of a step with SGD, or none where normalisation cannot train on one value per channel. */
  private TrainingMemory memory(ZooNet zoo, Module module, int outputs, Shape in) {
    TensorType images = new TensorType(DType.F32, in);
    Graph step;
    try {
      step = zoo.task() == ZooNet.Task.GENERATION
          ? TrainingStep.training(module, images, (t, y) -> t.add(Reduce.toScalar(Reduce.Kind.MEAN, y.type().shape().rank()), y), new TrainOptions())
          : TrainingStep.training(module, images, outputs, new TrainOptions());
    } catch (dev.cardinal.op.ShapeException e) {
      say("no training memory: %s", e.getMessage());
      return null;
    }
    return TrainingMemory.of(step, module.parameters().keySet());
  }
}
