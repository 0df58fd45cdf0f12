package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.command.profile.ChromeTrace;
import dev.cardinal.command.profile.PeakProbe;
import dev.cardinal.command.profile.Peaks;
import dev.cardinal.command.profile.Profile;
import dev.cardinal.command.profile.ProfileJson;
import dev.cardinal.command.profile.ProfileText;
import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Times a network on made-up pictures in memory. */
@Command(name = "bench", description = "Times a network on made-up pictures in memory: the median and the shortest of several steps.",
    footer = {"", "--trace writes a file for https://ui.perfetto.dev or chrome://tracing."})
final class BenchCommand extends DividedCommand {
  private static final int TRACED = 3;

  @Parameters(index = "0", paramLabel = "NET", description = "Network; 'cardinal zoo' lists them.")
  String net;

  @Option(names = "--batch", order = 1, paramLabel = "N", defaultValue = "16", description = "Pictures in a step; ${DEFAULT-VALUE} if not said.")
  int batch;

  @Option(names = "--steps", order = 2, paramLabel = "N", defaultValue = "10", description = "Steps that are timed; ${DEFAULT-VALUE} if not said.")
  int steps;

  @Option(names = "--warmup", order = 3, paramLabel = "N", defaultValue = "2", description = "Steps before, not timed; ${DEFAULT-VALUE} if not said.")
  int warmup;

  @Option(names = "--mode", order = 4, paramLabel = "MODE", defaultValue = "train",
      description = "train (a whole step: forward, backward, update) or infer; ${DEFAULT-VALUE} if not said.")
  Mode mode;

  @Option(names = "--size", order = 5, paramLabel = "PIXELS", description = "Height and width of the pictures; that of the network's paper if not said.")
  Integer size;

  @Option(names = "--classes", order = 6, paramLabel = "N", description = "Number of classes; that of the network's paper if not said.")
  Integer classes;

  @Option(names = "--profile", order = 7, description = "Also time every launch, which slows the whole down a little, and show where the time goes: by kind of operation, by layer, and how much of it "
      + "is at the limit of the memory or of the arithmetic, whose peaks are measured for it.")
  boolean profile;

  @Option(names = "--trace", order = 8, paramLabel = "FILE", description = "Also write " + TRACED + " steps on a time line, as a Chrome trace (JSON).")
  Path trace;

  @Option(names = "--data", order = 9, paramLabel = "DATA",
      description = "Also train from data, as 'cardinal train' does, and say how much slower that is: every picture is decoded and augmented anew while the network computes. DATA as for train, or "
          + "'jpeg' for a temporary folder of generated JPEG files of 500x375.")
  String data;

  @Option(names = "--augment", order = 10, paramLabel = "NAME", description = "Augmentation of --data, as for train; what suits the size if not said.")
  String augment;

  @Option(names = "--workers", order = 11, paramLabel = "N", defaultValue = "0", description = "Threads that decode and augment for --data; one per processor if not said.")
  int workers;

  /** What is timed. */
  enum Mode {
    TRAIN, INFER;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What a run takes and gives. */
  private record Job(Device engine, Module module, Program program, Map<String, HostTensor> inputs, Shape input) {}

  @Override
  int execute() throws IOException {
    if (batch < 1 || steps < 1 || warmup < 0 || size != null && size < 1 || classes != null && classes < 1 || workers < 0) {
      throw usage("--batch, --steps, --size, --classes and --workers must be at least 1 and --warmup not negative");
    }
    if (data != null && mode != Mode.TRAIN) {
      throw usage("--data times training; leave out --mode infer");
    }
    requireWritable();
    ZooNet zoo = asked(() -> data == null ? Zoo.find(net) : TrainSetup.classifier(net));
    int outputs = classes == null ? zoo.classes() : classes;
    Shape input = zoo.inputOf(zoo.input().dim(0), size == null ? zoo.size() : size);
    Module module = asked(() -> zoo.build(outputs, input));
    TensorType images = Synthetic.batch(batch, input);
    Graph graph = mode == Mode.TRAIN ? Synthetic.training(zoo, module, images, outputs, scalesLoss()) : Synthetic.inference(module, images);
    try (Device engine = openDevice(); Variables variables = engine.newVariables()) {
      module.initialize(1, variables::write);
      ObjectNode o = withDivision(object(), engine);
      long begin = System.nanoTime();
      try (Program program = Compilation.compile(engine, graph, variables, new CompileOptions(profile || trace != null))) {
        double compile = (System.nanoTime() - begin) / 1e9;
        Job job = new Job(engine, module, program, Synthetic.inputs(graph, outputs), input);
        time(job, compile, o);
      }
      result(o);
    }
    return 0;
  }

  /** Before minutes of timing, not after them. */
  private void requireWritable() throws IOException {
    if (trace != null) {
      Path folder = trace.toAbsolutePath().getParent();
      if (Files.isDirectory(trace) || folder == null || !Files.isDirectory(folder) || !Files.isWritable(Files.exists(trace) ? trace : folder)) {
        throw new IOException("cannot write the trace to " + trace + "; name a file in a folder that exists");
      }
    }
  }

  private void time(Job job, double compile, ObjectNode o) throws IOException {
    for (int i = 0; i < warmup; i++) {
      step(job);
    }
    List<NodeTime> before = job.program().profile();
    double[] seconds = new double[steps];
    for (int i = 0; i < steps; i++) {
      long begin = System.nanoTime();
      step(job);
      seconds[i] = (System.nanoTime() - begin) / 1e9;
    }
    List<NodeTime> after = job.program().profile();
    tell(job, compile, seconds, o);
    if (trace != null) {
      trace(job, after);
    }
    if (data != null) {
      overlap(job, Arrays.stream(seconds).min().orElseThrow(), o);
    }
    if (profile) {
      Profile p = Profile.between(before, after);
      Peaks peaks = PeakProbe.measure(job.engine());
      ProfileText.print(words(), p, peaks);
      ProfileJson.write(o, p, peaks);
    }
  }

  private void step(Job job) {
    job.program().run(job.inputs());
    job.program().read(awaited());
  }

  private String awaited() {
    return mode == Mode.TRAIN ? TrainingStep.LOSS : TrainingStep.LOGITS;
  }

  private void tell(Job job, double compile, double[] seconds, ObjectNode o) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    long peak = PeakMemory.bytes();
    Device engine = job.engine();
    say("%s, %s, batch %d of %s, %,d parameters, %s (%s)", net, mode.text(), batch, ZooNet.text(job.input()), job.module().parameterCount(), engine.info().name(), engine.info().engine());
    say("median %.4f s, shortest %.4f s, %.1f images/s; compiled in %.2f s; values %,.1f MiB, peak memory of the process %,.0f MiB", median, sorted[0], batch / median, compile,
        job.program().info().arenaBytes() / 1048576.0, peak / 1048576.0);
    o.put("net", net).put("mode", mode.text()).put("batch", batch).put("device", engine.info().name()).put("engine", engine.info().engine()).put("hardware", engine.info().hardware())
        .put("parameters", job.module().parameterCount()).put("median_s", median).put("min_s", sorted[0]).put("images_per_s", batch / median).put("compile_s", compile)
        .put("peak_rss_bytes", peak).put("input", ZooNet.text(job.input())).put("steps", steps).put("arena_bytes", job.program().info().arenaBytes())
        .put("workspace_bytes", job.program().info().workspaceBytes());
  }

  private void trace(Job job, List<NodeTime> known) throws IOException {
    List<NodeTime> before = known;
    List<ChromeTrace.Step> traced = new ArrayList<>();
    for (int i = 0; i < TRACED; i++) {
      long begin = System.nanoTime();
      job.program().run(job.inputs());
      long ran = System.nanoTime();
      job.program().read(awaited());
      long end = System.nanoTime();
      List<NodeTime> after = job.program().profile();
      traced.add(new ChromeTrace.Step(begin, ran, end, Profile.between(before, after)));
      before = after;
    }
    ChromeTrace.write(trace, "cardinal bench " + net + ", " + mode.text() + ", batch " + batch, job.engine().info().name() + " (" + job.engine().info().engine() + ")", traced);
    say("trace   %s", trace);
  }

  private void overlap(Job job, double stepSeconds, ObjectNode o) throws IOException {
    try (DataOverlap overlap = DataOverlap.open(data, job.input(), batch, augment, workers)) {
      say("data    %s", overlap.description());
      DataOverlap.Result r = overlap.measure(job.program(), job.inputs(), steps, stepSeconds);
      say("data    %.1f images/s from memory, %.1f from data: %.1f%% slower; %.1f%% of the time waiting for batches; the loader alone makes %.1f images/s on %d threads", r.memory(), r.data(),
          100 * r.slowdown(), 100 * r.waited(), r.alone(), overlap.threads());
      o.putObject("data").put("source", data).put("augment", overlap.augment()).put("workers", overlap.threads()).put("images_per_s_from_memory", r.memory()).put("images_per_s", r.data())
          .put("slowdown", r.slowdown()).put("waited_share", r.waited()).put("loader_images_per_s", r.alone());
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }
}
