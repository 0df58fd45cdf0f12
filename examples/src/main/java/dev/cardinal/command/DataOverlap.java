package dev.cardinal.command;

import dev.cardinal.backend.Program;
import dev.cardinal.data.Batch;
import dev.cardinal.data.BatchIterator;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Loader;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.data.Pipeline;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.train.TrainingStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * How much slower a training program is when its batches come from pictures that are decoded and augmented meanwhile. Steps on one batch in memory and steps on loaded batches take turns, so that a
 * machine that changes its speed changes both; each turn begins with steps that are not counted, so that batches prepared during the other turn do not flatter the loader.
 */
final class DataOverlap implements AutoCloseable {
  private static final int TURNS = 5;
  /** Turns of a network whose steps take longer than {@link #SLOW}: they vary less, and one measurement shall not take minutes. */
  private static final int TURNS_OF_SLOW = 3;
  private static final double SLOW = 1;
  /** Counted steps of one side in one turn take about that long at most, but are {@link #FEWEST} at least. */
  private static final double TURN_SECONDS = 6;
  private static final int FEWEST = 3;
  private static final String GENERATED = "jpeg";

  private final Path temporary;
  private final DataSplits splits;
  private final Loader loader;
  private final String augment;
  private int epoch;

  /**
   * What came out.
   *
   * @param memory images a second from memory
   * @param data images a second from data
   * @param waited part of the time in which the program waited for a batch
   * @param alone images a second of the loader without training
   * @param slowdown how much longer a step takes from data, as a part of a step from memory: the median of the turns, because other programs disturb some
   */
  record Result(double memory, double data, double waited, double alone, double slowdown) {}

  /** A clock over some steps. */
  private static final class Turn {
    int steps;
    double seconds;
    double waited;
  }

  private DataOverlap(Path temporary, DataSplits splits, Loader loader, String augment) {
    this.temporary = temporary;
    this.splits = splits;
    this.loader = loader;
    this.augment = augment;
  }

  /**
   * Opens data without a cache: decoding is part of what is measured.
   *
   * @param input channels and sides of the network's pictures
   * @param augment name of the augmentation, or null for what suits
   * @param workers threads, or 0 for the usual number
   * @throws IllegalArgumentException if the augmentation is unknown or the batch larger than the data
   */
  static DataOverlap open(String spec, Shape input, int batch, String augment, int workers) throws IOException {
    Path temporary = spec.equals(GENERATED) ? GeneratedJpegs.temporary() : null;
    DataSplits splits = null;
    try {
      splits = Datasets.open(temporary == null ? spec : temporary.toString(), DataOptions.defaults().withCacheBytes(0));
      int side = input.dim(2);
      String name = augment == null ? Augmentations.suggested(splits.train(), side) : augment;
      Pipeline pipeline = Augmentations.byName(name, side, Augmentations.customary(input.dim(0)));
      LoaderOptions options = LoaderOptions.training(batch, 1).withDropLast(true);
      return new DataOverlap(temporary, splits, new Loader(splits.train(), pipeline, workers == 0 ? options : options.withThreads(workers)), name);
    } catch (IOException | RuntimeException e) {
      if (splits != null) {
        splits.close();
      }
      GeneratedJpegs.delete(temporary);
      throw e;
    }
  }

  /** One line for people. */
  String description() {
    return splits.description() + ", augmentation " + augment;
  }

  /** Name of the augmentation. */
  String augment() {
    return augment;
  }

  /** Threads of the loader. */
  int threads() {
    return loader.options().threads();
  }

  /**
   * Runs the program on its inputs and on loaded batches by turns.
   *
   * @param most steps that are counted in a turn, at most
   * @param stepSeconds about how long a step takes
   */
  Result measure(Program program, Map<String, HostTensor> inputs, int most, double stepSeconds) {
    int steps = Math.min(most, Math.max(FEWEST, (int) (TURN_SECONDS / stepSeconds)));
    int turns = stepSeconds > SLOW ? TURNS_OF_SLOW : TURNS;
    int ahead = 2 * loader.options().prefetch();
    Turn alone = new Turn();
    load(ahead, Math.max(steps, ahead), alone, batch -> {});
    // Until the loader has as many batches ready as it holds, it takes more of the processor than later.
    int before = Math.min(ahead, 1 + (int) Math.ceil(ahead * alone.seconds / (alone.steps * stepSeconds)));
    Turn memory = new Turn();
    Turn data = new Turn();
    Map<String, HostTensor> given = new HashMap<>(inputs);
    double[] slowdowns = new double[turns];
    for (int i = 0; i < turns; i++) {
      double memoryBefore = memory.seconds;
      double dataBefore = data.seconds;
      repeat(program, inputs, 1, steps, memory);
      load(before, steps, data, batch -> {
        given.put(TrainingStep.IMAGES, batch.images());
        given.put(TrainingStep.LABELS, batch.labels());
        step(program, given);
      });
      slowdowns[i] = (data.seconds - dataBefore) / (memory.seconds - memoryBefore) - 1;
    }
    Arrays.sort(slowdowns);
    return new Result(rate(memory), rate(data), data.waited / data.seconds, rate(alone), slowdowns[turns / 2]);
  }

  private double rate(Turn t) {
    return t.steps * loader.options().batch() / t.seconds;
  }

  private static void step(Program program, Map<String, HostTensor> inputs) {
    program.run(inputs);
    program.read(TrainingStep.LOSS);
  }

  private void repeat(Program program, Map<String, HostTensor> inputs, int before, int steps, Turn turn) {
    for (int i = 0; i < before; i++) {
      step(program, inputs);
    }
    long begin = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      step(program, inputs);
    }
    turn.seconds += (System.nanoTime() - begin) / 1e9;
    turn.steps += steps;
  }

  private void load(int before, int steps, Turn turn, Consumer<Batch> use) {
    BatchIterator batches = loader.epoch(epoch++);
    try {
      long begin = 0;
      for (int i = -before; i < steps; i++) {
        if (!batches.hasNext()) {
          batches.close();
          batches = loader.epoch(epoch++);
        }
        if (i == 0) {
          begin = System.nanoTime();
        }
        long asked = System.nanoTime();
        Batch batch = batches.next();
        turn.waited += i < 0 ? 0 : (System.nanoTime() - asked) / 1e9;
        use.accept(batch);
      }
      turn.seconds += (System.nanoTime() - begin) / 1e9;
      turn.steps += steps;
    } finally {
      batches.close();
    }
  }

  @Override
  public void close() throws IOException {
    loader.close();
    splits.close();
    GeneratedJpegs.delete(temporary);
  }
}
