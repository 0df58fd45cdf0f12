package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.data.DataException;
import dev.cardinal.data.DataSplits;
import dev.cardinal.graph.Graph;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.nn.Module;
import dev.cardinal.parallel.SplitOptions;
import dev.cardinal.parallel.Splitter;
import dev.cardinal.report.EpochStats;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Evaluation;
import dev.cardinal.train.ModelCard;
import dev.cardinal.train.RunFolder;
import dev.cardinal.train.TrainListener;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainResult;
import dev.cardinal.train.Trainer;
import dev.cardinal.train.TrainingStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** Trains a network. */
@Command(name = "train", description = "Trains a network; with no argument a small grouped one on generated pictures.")
final class TrainCommand extends DividedCommand {
  private static final Set<String> WITH_RESUME = Set.of("--resume", "--epochs", "--stop-after", "--device", "--devices", "--parallel", "--sync-bn", "--threads", "--workers", "--json", "--verbose");

  @Mixin
  TrainArguments said = new TrainArguments();

  @Option(names = "--out", order = 30, paramLabel = "FOLDER", description = "Folder of the run; runs/train-N with the next free number if not said.")
  Path out;

  @Option(names = "--resume", order = 31, paramLabel = "RUN",
      description = "Go on with an earlier run from its last checkpoint, with its arguments and on its devices; only --epochs, --stop-after, --device, --devices, --parallel, --sync-bn, --threads and --workers may be said besides.")
  Path resume;

  @Option(names = "--stop-after", order = 32, paramLabel = "N", description = "Stop after N more epochs, to go on later with --resume.")
  Integer stopAfter;

  @Option(names = "--workers", order = 82, paramLabel = "N", defaultValue = "0", description = "Threads that decode and augment; one per processor if not said.")
  int workers;

  @Override
  int execute() throws IOException {
    if (stopAfter != null && stopAfter < 1) {
      throw usage("--stop-after must be at least 1, got " + stopAfter);
    }
    return resume == null ? begin() : goOn();
  }

  private int begin() throws IOException {
    TrainArguments a = said;
    division();
    a.fillDefaults();
    asked(a::options);
    asked(() -> TrainSetup.classifier(a.net));
    if (a.augment != null) {
      asked(() -> dev.cardinal.data.transform.Augmentations.byName(a.augment, 32));
    }
    a.data = TrainSetup.absolute(a.data);
    a.weights = a.weights == null ? null : Path.of(a.weights).toAbsolutePath().normalize().toString();
    try (Device engine = openDevice(); DataSplits data = openData(a)) {
      ModelCard card = TrainSetup.fill(a, data);
      Module net = TrainSetup.build(card);
      asked(() -> TrainSetup.freeze(net, a));
      Map<String, HostTensor> start = TrainSetup.start(net, a, data, card);
      a.lr = a.lr == null ? TrainSetup.suitableRate(net, a) : a.lr;
      requireDivides(a, card, net);
      try (RunFolder run = out == null ? RunFolder.numbered(Path.of("runs"), "train") : RunFolder.named(out)) {
        writeArguments(run, a, engine);
        return train(a, engine, data, card, net, start, run, null);
      }
    }
  }

  private int goOn() throws IOException {
    for (OptionSpec o : spec.commandLine().getParseResult().matchedOptions()) {
      if (!WITH_RESUME.contains(o.longestName())) {
        throw usage(o.longestName() + " cannot be changed when a run is resumed; leave it out, or start a new run without --resume");
      }
    }
    try (RunFolder run = RunFolder.existing(resume)) {
      ObjectNode stored = run.readArguments();
      TrainArguments a = TrainArguments.ofJson(stored.path("arguments"), run.path());
      // Bit for bit the same only where the same engine runs on as many threads.
      divideAs(stored);
      threads = isSaid("--threads") ? threads : stored.path("threads").asInt(threads);
      precision = stored.path("precision").asText(precision);
      a.epochs = said.epochs == null ? a.epochs : said.epochs;
      asked(a::options);
      Checkpoint last = run.hasCheckpoint() ? CheckpointStore.open(run.path(), CheckpointStore.Prefer.LAST) : null;
      int done = last == null ? 0 : last.meta().path("epoch").asInt();
      if (done >= a.epochs) {
        throw new IOException("the run " + run.path() + " has all its " + a.epochs + " epochs; give a larger --epochs to go on");
      }
      try (Device engine = openDevice(); DataSplits data = openData(a)) {
        ModelCard card = last == null ? TrainSetup.fill(a, data) : ModelCard.of(last);
        if (!card.classes().equals(data.train().classes())) {
          throw new DataException("the data " + a.data + " has changed: its classes are " + data.train().classes() + ", the run began with " + card.classes());
        }
        Module net = TrainSetup.freeze(TrainSetup.build(card), a);
        requireDivides(a, card, net);
        writeArguments(run, a, engine);
        say(last == null ? "no epoch was finished before; starting again" : "going on after epoch " + done + " of " + a.epochs);
        return train(a, engine, data, card, net, last == null ? TrainSetup.start(net, a, data, card) : Map.of(), run, last);
      }
    }
  }

  private DataSplits openData(TrainArguments a) throws IOException {
    DataSplits data = TrainSetup.data(a.data, a.seed, a.strict, a.maxPixels, a.limit);
    data.warnings().forEach(w -> say("note: " + w));
    return data;
  }

  private void writeArguments(RunFolder run, TrainArguments a, Device engine) throws IOException {
    ObjectNode json = object().put("command", Launcher.name() + " train " + Launcher.quoted(words(a))).put("cardinal", Version.cardinal()).put("java", Version.java()).put("device", device).put("threads", threads).put("precision", precision)
        .put("divided", isDivided());
    withDivision(json, engine);
    json.set("arguments", a.toJson());
    run.writeArguments(json);
  }

  private int train(TrainArguments a, Device engine, DataSplits data, ModelCard card, Module net, Map<String, HostTensor> start, RunFolder run, Checkpoint from) throws IOException {
    TrainOptions options = a.options().loaderThreads(workers).lossScaling(scalesLoss());
    DeviceInfo info = engine.info();
    say("net     %s, %,d parameters, input %dx%dx%d", a.net, net.parameterCount(), card.channels(), card.size(), card.size());
    if (a.whiten) {
      say("whiten  the first convolution is set from the pictures and kept; %,d values learn", net.learnedParameters().values().stream().mapToLong(p -> p.type().shape().size()).sum());
    } else if (!start.isEmpty()) {
      say("weights %s: %d of %d tensors", a.weights, start.size(), net.parameters().size());
    }
    if (a.freeze != null) {
      say("frozen  %s; %,d values learn", a.freeze, net.learnedParameters().values().stream().mapToLong(p -> p.type().shape().size()).sum());
    }
    say("data    %s", data.description());
    say("device  %s (%s, %s)%s", info.name(), info.engine(), info.hardware(), isDivided() ? ", divided by " + parallel : "");
    say("run     %s: %d epochs, batch %d, %s, learning rate %s, %s, augmentation %s", run.path(), a.epochs, a.batch, a.optimizer, a.lr, a.schedule, a.augment);
    run.describe(a.net + " on " + data.description(), facts(a, info, net));
    Trainer trainer = new Trainer(net, data, card.training(), card.evaluation(), engine, options, run.checkpoints(), card.toJson()).listen(run).begin(start);
    if (from != null) {
      trainer.resume(from);
    }
    try (Progress progress = new Progress(words(), Progress.onTerminal(), a.epochs)) {
      trainer.listen(progress).listen(new StopAfter(stopAfter == null ? Integer.MAX_VALUE : stopAfter));
      TrainResult result = trainer.run();
      progress.close();
      tell(a, engine, run, result);
    }
    return 0;
  }

  private List<String> words(TrainArguments a) {
    List<String> words = new ArrayList<>(a.toArguments());
    words.addAll(divisionArguments());
    return words;
  }

  /** Refuses a division that does not work while nothing has been written yet. */
  private void requireDivides(TrainArguments a, ModelCard card, Module net) {
    SplitOptions division = division();
    if (division.devices() > 1) {
      Graph step = TrainingStep.training(net, new TensorType(DType.F32, Shape.of(a.batch, card.channels(), card.size(), card.size())), card.classes().size(), a.options().lossScaling(scalesLoss()));
      Splitter.split(step, division, Map.of());
    }
  }

  private Map<String, String> facts(TrainArguments a, DeviceInfo info, Module net) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("command", Launcher.name() + " train " + Launcher.quoted(words(a)));
    facts.put("parameters", String.format(java.util.Locale.ROOT, "%,d", net.parameterCount()));
    facts.put("device", info.name() + " (" + info.engine() + ", " + info.hardware() + ")");
    facts.put("Cardinal", Version.cardinal());
    facts.put("Java", Version.java());
    return facts;
  }

  private void tell(TrainArguments a, Device engine, RunFolder run, TrainResult r) throws IOException {
    DeviceInfo info = engine.info();
    EpochStats best = r.epochs().get(r.bestEpoch() - 1);
    EpochStats last = r.epochs().get(r.epochs().size() - 1);
    Path checkpoint = run.checkpoints().resolve("best");
    say("");
    say("test accuracy  %.2f %% (best epoch, %d; the last of %d: %.2f %%), %s of training", 100 * best.testTop1(), best.epoch(), last.epoch(), 100 * last.testTop1(),
        Progress.duration(r.trainSeconds()));
    say("report         %s", run.report());
    say("checkpoint     %s", checkpoint);
    if (last.epoch() < a.epochs && stopAfter != null) {
      say("go on with     %s train --resume %s", Launcher.name(), Launcher.quoted(List.of(run.path().toString())));
    } else {
      say("try next       %s predict %s PICTURE…", Launcher.name(), Launcher.quoted(List.of(run.path().toString())));
      say("               %s train --net shufflenet --size 32, --data YOUR_FOLDER, or --help", Launcher.name());
    }
    result(withDivision(object(), engine).put("net", a.net).put("data", a.data).put("epochs", last.epoch()).put("train_seconds", r.trainSeconds()).put("test_accuracy", best.testTop1())
        .put("device", info.name()).put("engine", info.engine()).put("checkpoint", checkpoint.toString()).put("report", run.report().toString())
        .put("run", run.path().toString()).put("best_epoch", best.epoch()).put("test_top5", best.testTop5()).put("last_accuracy", last.testTop1()));
  }

  /** Ends training after some epochs. */
  private static final class StopAfter implements TrainListener {
    private int left;

    StopAfter(int epochs) {
      left = epochs;
    }

    @Override
    public boolean finishedEpoch(EpochStats stats, Evaluation test, Path checkpoint, boolean best) {
      return --left > 0;
    }
  }
}
