package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Times a network on made-up pictures in memory. */
@Command(name = "bench", description = "Times a network on made-up pictures in memory: the median and the shortest of several steps.")
final class BenchCommand extends DeviceCommand {
  @Parameters(index = "0", paramLabel = "NET", description = "Network; 'cardinal zoo' lists them.")
  String net;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "16", description = "Pictures in a step; ${DEFAULT-VALUE} if not said.")
  int batch;

  @Option(names = "--steps", paramLabel = "N", defaultValue = "10", description = "Steps that are timed; ${DEFAULT-VALUE} if not said.")
  int steps;

  @Option(names = "--warmup", paramLabel = "N", defaultValue = "2", description = "Steps before, not timed; ${DEFAULT-VALUE} if not said.")
  int warmup;

  @Option(names = "--mode", paramLabel = "MODE", defaultValue = "train", description = "train (a whole step: forward, backward, update) or infer; ${DEFAULT-VALUE} if not said.")
  Mode mode;

  @Option(names = "--size", paramLabel = "PIXELS", description = "Height and width of the pictures; that of the network's paper if not said.")
  Integer size;

  @Option(names = "--classes", paramLabel = "N", description = "Number of classes; that of the network's paper if not said.")
  Integer classes;

  @Option(names = "--profile", description = "Also time every layer, which slows the whole down a little, and show where the time goes.")
  boolean profile;

  /** What is timed. */
  enum Mode {
    TRAIN, INFER
  }

  @Override
  int execute() throws IOException {
    if (batch < 1 || steps < 1 || warmup < 0 || size != null && size < 1 || classes != null && classes < 1) {
      throw usage("--batch, --steps, --size and --classes must be at least 1 and --warmup not negative");
    }
    ZooNet zoo = asked(() -> Zoo.find(net));
    int side = size == null ? zoo.size() : size;
    int outputs = classes == null ? zoo.classes() : classes;
    Shape input = zoo.inputOf(zoo.input().dim(0), side);
    Module module = asked(() -> zoo.build(outputs, input));
    TensorType images = Synthetic.batch(batch, input);
    Graph graph = mode == Mode.TRAIN ? Synthetic.training(zoo, module, images, outputs) : Synthetic.inference(module, images);
    try (Device engine = openDevice(); Variables variables = engine.newVariables()) {
      module.initialize(1).forEach(variables::write);
      long begin = System.nanoTime();
      try (Program program = Compilation.compile(engine, graph, variables, new CompileOptions(profile))) {
        double compile = (System.nanoTime() - begin) / 1e9;
        double[] seconds = time(program, Synthetic.inputs(graph, outputs));
        tell(engine, module, program, input, compile, seconds);
      }
    }
    return 0;
  }

  private double[] time(Program program, Map<String, HostTensor> inputs) {
    String awaited = mode == Mode.TRAIN ? TrainingStep.LOSS : TrainingStep.LOGITS;
    double[] seconds = new double[steps];
    for (int i = -warmup; i < steps; i++) {
      long begin = System.nanoTime();
      program.run(inputs);
      program.read(awaited);
      if (i >= 0) {
        seconds[i] = (System.nanoTime() - begin) / 1e9;
      }
    }
    Arrays.sort(seconds);
    return seconds;
  }

  private void tell(Device engine, Module module, Program program, Shape input, double compile, double[] sorted) throws IOException {
    double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    long peak = PeakMemory.bytes();
    String what = mode.name().toLowerCase(java.util.Locale.ROOT);
    say("%s, %s, batch %d of %s, %,d parameters, %s (%s)", net, what, batch, ZooNet.text(input), module.parameterCount(), engine.info().name(), engine.info().engine());
    say("median %.4f s, shortest %.4f s, %.1f images/s; compiled in %.2f s; values %,.1f MiB, peak memory of the process %,.0f MiB", median, sorted[0], batch / median, compile,
        program.info().arenaBytes() / 1048576.0, peak / 1048576.0);
    ObjectNode o = object().put("net", net).put("mode", what).put("batch", batch).put("device", engine.info().name()).put("engine", engine.info().engine()).put("median_s", median)
        .put("min_s", sorted[0]).put("images_per_s", batch / median).put("compile_s", compile).put("peak_rss_bytes", peak).put("input", ZooNet.text(input)).put("steps", steps)
        .put("arena_bytes", program.info().arenaBytes()).put("workspace_bytes", program.info().workspaceBytes());
    if (profile) {
      List<NodeTime> times = program.profile();
      new ProfileTable(times).print(words());
      ArrayNode list = o.putArray("profile");
      times.forEach(t -> list.addObject().put("name", t.name()).put("op", t.op()).put("detail", t.detail()).put("runs", t.runs()).put("seconds", t.seconds()).put("macs", t.macs())
          .put("bytes", t.bytes()));
    }
    result(o);
  }
}
