package dev.cardinal.train;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.data.Batch;
import dev.cardinal.data.BatchIterator;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Loader;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.data.Pipeline;
import dev.cardinal.graph.Graph;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.nn.Module;
import dev.cardinal.report.EpochStats;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains a classifier: epochs of steps, evaluation and a checkpoint after each epoch.
 *
 * <pre>{@code
 * try (Device device = Devices.open("auto"); DataSplits data = Datasets.open("shapes", DataOptions.defaults())) {
 *   Trainer trainer = new Trainer(net, data, train, eval, device, new TrainOptions().epochs(5), Path.of("checkpoints"));
 *   TrainResult result = trainer.run();
 * }}</pre>
 *
 * <p>Given the same seed, device and threads a run gives the same bits every time, and so does a run that was interrupted and resumed from a checkpoint.
 */
public final class Trainer {
  private final Module net;
  private final DataSplits data;
  private final Pipeline trainPipeline;
  private final Pipeline testPipeline;
  private final Device device;
  private final TrainOptions options;
  private final Path checkpoints;
  private final ObjectNode description;
  private final List<TrainListener> listeners = new ArrayList<>();
  private final List<EpochStats> history = new ArrayList<>();
  private Checkpoint resumeFrom;
  private Map<String, HostTensor> given = Map.of();

  /**
   * Prepares to train; nothing is compiled yet.
   *
   * @param checkpoints folder for checkpoints, made if missing
   * @param description what a reader of a checkpoint needs to rebuild the network; kept in it as it is
   */
  public Trainer(Module net, DataSplits data, Pipeline train, Pipeline test, Device device, TrainOptions options, Path checkpoints, ObjectNode description) {
    this.net = net;
    this.data = data;
    this.trainPipeline = train;
    this.testPipeline = test;
    this.device = device;
    this.options = options;
    this.checkpoints = checkpoints;
    this.description = description;
  }

  /** Adds a listener. */
  public Trainer listen(TrainListener l) {
    listeners.add(l);
    return this;
  }

  /** Goes on from a checkpoint of the same network and options. */
  public Trainer resume(Checkpoint checkpoint) {
    resumeFrom = checkpoint;
    return this;
  }

  /**
   * Begins with these values of parameters, such as those of a network trained on other data; the others have their first values.
   *
   * @param values by path, with the types of the network's parameters
   */
  public Trainer begin(Map<String, HostTensor> values) {
    given = Map.copyOf(values);
    return this;
  }

  /** The network. */
  public Module net() {
    return net;
  }

  /** The data. */
  public DataSplits data() {
    return data;
  }

  /** The pipeline of the training pictures. */
  public Pipeline trainPipeline() {
    return trainPipeline;
  }

  /** The options. */
  public TrainOptions options() {
    return options;
  }

  /** The device. */
  public Device device() {
    return device;
  }

  /** Finished epochs, oldest first, epochs before a resume included. */
  public List<EpochStats> history() {
    return List.copyOf(history);
  }

  /**
   * Trains.
   *
   * @throws DivergedException if the loss stops being a number
   * @throws IOException if data cannot be read or a checkpoint cannot be written
   */
  public TrainResult run() throws IOException {
    int threads = options.loaderThreads > 0 ? options.loaderThreads : LoaderOptions.defaultThreads();
    int batch = options.batch;
    if (batch > data.train().size()) {
      throw new IllegalArgumentException("a batch of " + batch + " is larger than the " + data.train().size() + " training images; use a batch of at most " + data.train().size());
    }
    LoaderOptions loading = LoaderOptions.training(batch, options.seed).withDropLast(true).withThreads(threads);
    try (Variables variables = device.newVariables();
        Loader train = new Loader(data.train(), trainPipeline, loading);
        Loader test = new Loader(data.test(), testPipeline, LoaderOptions.evaluation(batch).withThreads(threads))) {
      return new Run(variables, train, test).epochs();
    }
  }

  /** The state of one call of {@link #run}. */
  private final class Run {
    private final Variables variables;
    private final Loader train;
    private final Loader test;
    private final CheckpointStore store;
    private final int classes = data.train().classes().size();
    private final TensorType images;
    private final Map<String, HostTensor> inputs = new HashMap<>();
    private double bestTop1 = Double.NEGATIVE_INFINITY;
    private int bestEpoch;
    private double trainSeconds;

    Run(Variables variables, Loader train, Loader test) throws IOException {
      this.variables = variables;
      this.train = train;
      this.test = test;
      this.store = new CheckpointStore(checkpoints, options.keepLast);
      this.images = new TensorType(dev.cardinal.tensor.DType.F32, Shape.of(options.batch, trainPipeline.channels(), trainPipeline.height(), trainPipeline.width()));
    }

    TrainResult epochs() throws IOException {
      Graph graph = TrainingStep.training(net, images, classes, options);
      TrainingState.initialize(variables, net, graph, options.seed, given);
      if (resumeFrom != null) {
        restore();
      }
      Evaluation best = null;
      boolean stopped = false;
      try (Program program = Compilation.compile(device, graph, variables);
          Predictor predictor = new Predictor(device, variables, net, images, classes, options.averaging > 0, options.testViews)) {
        for (TrainListener l : listeners) {
          l.started(Trainer.this, history.size());
        }
        for (int epoch = history.size(); epoch < options.epochs && !stopped; epoch++) {
          long begin = System.nanoTime();
          double[] sums = trainEpoch(program, epoch);
          double seconds = (System.nanoTime() - begin) / 1e9;
          trainSeconds += seconds;
          int shown = epoch + 1;
          Evaluation e = Evaluation.of(predictor, test, done -> listeners.forEach(l -> l.testing(shown, done, data.test().size())));
          double all = (System.nanoTime() - begin) / 1e9;
          EpochStats stats = new EpochStats(shown, sums[0], sums[1], e.loss(), e.top1(), e.top5(), inputs.get(TrainingStep.RATE).item(), all, sums[2] / seconds);
          history.add(stats);
          boolean isBest = e.top1() > bestTop1;
          if (isBest) {
            bestTop1 = e.top1();
            bestEpoch = shown;
            best = e;
          }
          Path saved = save(shown, isBest);
          for (TrainListener l : listeners) {
            stopped |= !l.finishedEpoch(stats, e, saved, isBest);
          }
          stopped |= options.patience > 0 && shown - bestEpoch >= options.patience;
        }
        if (best == null) {
          // A resume that improved on nothing, or had nothing left to do: say how the restored weights do.
          best = Evaluation.of(predictor, test, done -> {});
        }
      }
      return new TrainResult(history(), trainSeconds, best, bestEpoch, store.named(CheckpointStore.Prefer.BEST).orElse(checkpoints), history.size() < options.epochs);
    }

    /** Mean loss, top-1 and number of images of one epoch. */
    private double[] trainEpoch(Program program, int epoch) {
      double loss = 0;
      long right = 0;
      int seen = 0;
      long step = (long) epoch * train.batches();
      int total = train.batches() * options.batch;
      List<Double> losses = history.stream().map(s -> Double.isNaN(s.testLoss()) ? s.trainLoss() : s.testLoss()).toList();
      try (BatchIterator batches = train.epoch(epoch)) {
        while (batches.hasNext()) {
          Batch b = batches.next();
          double factor = options.schedule.factor(new Schedule.Progress(step, train.batches(), options.epochs, losses));
          inputs.put(TrainingStep.IMAGES, b.images());
          inputs.put(TrainingStep.LABELS, b.labels());
          inputs.put(TrainingStep.RATE, HostTensor.scalar((float) (options.baseRate() * factor)));
          if (options.averaging > 0) {
            // Early on the average must not hold on to the initial weights.
            inputs.put(TrainingStep.AVERAGING, HostTensor.scalar((float) Math.min(options.averaging, (1.0 + step) / (10.0 + step))));
          }
          program.run(inputs);
          double l = program.read(TrainingStep.LOSS).item();
          if (!Double.isFinite(l)) {
            throw diverged(b, epoch + 1, step, l);
          }
          HostTensor logits = program.read(TrainingStep.LOGITS);
          for (int row = 0; row < b.count(); row++) {
            right += Evaluation.best(logits, row) == b.labels().ints()[row] ? 1 : 0;
          }
          loss += l * b.count();
          seen += b.count();
          step++;
          double mean = loss / seen;
          int done = seen;
          listeners.forEach(x -> x.stepped(epoch + 1, done, total, mean));
        }
      }
      return new double[] {loss / seen, (double) right / seen, seen};
    }

    private DivergedException diverged(Batch b, int epoch, long step, double loss) {
      String where = FirstNonFinite.describe(device, variables, net, b.images(), classes);
      String kept = store.named(CheckpointStore.Prefer.LAST).map(p -> "the last good checkpoint is " + p).orElse("no checkpoint was written yet");
      return new DivergedException("the loss became " + loss + " in epoch " + epoch + " at step " + step + ": " + where + "; " + kept
          + "; try a lower learning rate (it was " + inputs.get(TrainingStep.RATE).item() + "), warm-up or gradient clipping");
    }

    private Path save(int epoch, boolean isBest) throws IOException {
      Map<String, HostTensor> model = new java.util.LinkedHashMap<>();
      Map<String, HostTensor> state = new java.util.LinkedHashMap<>();
      TrainingState.read(variables, net, model, state);
      ObjectNode meta = description.deepCopy();
      meta.put("epoch", epoch).put("best_epoch", bestEpoch).put("best_top1", bestTop1).put("averaged", options.averaging > 0);
      ArrayNode rows = meta.putArray("history");
      history.forEach(s -> rows.add(HistoryJson.write(s)));
      return store.save(String.format("epoch-%04d", epoch), model, state, meta, isBest);
    }

    private void restore() throws IOException {
      TrainingState.write(variables, net, resumeFrom);
      for (com.fasterxml.jackson.databind.JsonNode row : resumeFrom.meta().path("history")) {
        history.add(HistoryJson.read(row));
      }
      bestEpoch = resumeFrom.meta().path("best_epoch").asInt();
      bestTop1 = resumeFrom.meta().path("best_top1").asDouble(Double.NEGATIVE_INFINITY);
    }
  }
}
