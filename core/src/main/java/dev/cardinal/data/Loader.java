package dev.cardinal.data;

import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Turns a data set into batches on background threads, a bounded number ahead.
 *
 * <pre>{@code
 * try (Loader loader = new Loader(train, pipeline, LoaderOptions.training(128, seed))) {
 *   for (int epoch = 0; epoch < epochs; epoch++) {
 *     try (BatchIterator batches = loader.epoch(epoch)) {
 *       while (batches.hasNext()) {
 *         Batch batch = batches.next();
 *         …
 * }}}}</pre>
 *
 * <p>The order of an epoch depends on seed and epoch only, and each sample is transformed with a random stream of its own, named by
 * (epoch, sample): neither the number of threads nor where an earlier run stopped changes a bit. The loader does not close its data set.
 */
public final class Loader implements AutoCloseable {
  // Separate the uses of one seed: the order of an epoch, and the augmentation of a sample.
  private static final long ORDER_KEY = 0x6F726465_72000000L;
  private static final long AUGMENT_KEY = 0x61756774_00000000L;

  private final Dataset data;
  private final Pipeline pipeline;
  private final LoaderOptions options;
  private final ExecutorService workers;
  private final ConcurrentLinkedDeque<Batch> spare = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  /** @throws IllegalArgumentException if the batch is larger than the data and incomplete batches are to be dropped */
  public Loader(Dataset data, Pipeline pipeline, LoaderOptions options) {
    if (options.dropLast() && options.batch() > data.size()) {
      throw new IllegalArgumentException("a batch of " + options.batch() + " is larger than the data set of " + data.size()
          + " images; use a batch of at most " + data.size());
    }
    this.data = data;
    this.pipeline = pipeline;
    this.options = options;
    AtomicInteger number = new AtomicInteger();
    this.workers = Executors.newFixedThreadPool(options.threads(), task -> {
      Thread t = new Thread(task, "cardinal-data-" + number.incrementAndGet());
      t.setDaemon(true);
      return t;
    });
  }

  /** Batches of one epoch. */
  public int batches() {
    int n = data.size();
    return options.dropLast() ? n / options.batch() : (int) (((long) n + options.batch() - 1) / options.batch());
  }

  /** How the loader was set up. */
  public LoaderOptions options() {
    return options;
  }

  /** What it does to every picture. */
  public Pipeline pipeline() {
    return pipeline;
  }

  /** The data set behind it. */
  public Dataset data() {
    return data;
  }

  /** The batches of one epoch, counted from any number the caller likes; work on the first ones starts at once. */
  public BatchIterator epoch(int epoch) {
    checkOpen();
    return new BatchIterator(this, epoch, order(epoch));
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the loader is closed");
    }
  }

  /** The sample numbers in the order of an epoch. */
  public int[] order(int epoch) {
    if (options.shuffle()) {
      return new PhiloxRandom(options.seed() ^ ORDER_KEY, epoch).permutation(data.size());
    }
    int[] order = new int[data.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    return order;
  }

  /** The generator that augments sample {@code index} in {@code epoch}. */
  public PhiloxRandom randomFor(int epoch, int index) {
    return new PhiloxRandom(options.seed() ^ AUGMENT_KEY, (long) epoch << 32 | index & 0xffffffffL);
  }

  /** Starts batch number {@code b}; the threads take its rows one by one, so that all of them are busy until it is done. */
  CompletableFuture<Batch> start(int epoch, int[] order, int b) {
    int rows = options.batch();
    int first = b * rows;
    int count = Math.min(rows, order.length - first);
    Batch recycled = spare.poll();
    Batch batch = recycled == null ? allocate(count) : new Batch(recycled.images(), recycled.labels(), recycled.indices(), count);
    System.arraycopy(order, first, batch.indices(), 0, count);
    AtomicInteger next = new AtomicInteger();
    CompletableFuture<?>[] filled = new CompletableFuture<?>[Math.min(options.threads(), count)];
    for (int i = 0; i < filled.length; i++) {
      filled[i] = CompletableFuture.runAsync(() -> fill(batch, epoch, next), workers);
    }
    return CompletableFuture.allOf(filled).thenApply(done -> {
      repeatRows(batch);
      return batch;
    });
  }

  void recycle(Batch batch) {
    spare.push(batch);
  }

  private Batch allocate(int count) {
    int rows = options.batch();
    Shape shape = Shape.of(rows, pipeline.channels(), pipeline.height(), pipeline.width());
    return new Batch(HostTensor.zeros(new TensorType(DType.F32, shape)), HostTensor.zeros(new TensorType(DType.I32, Shape.of(rows))),
        new int[rows], count);
  }

  private void fill(Batch batch, int epoch, AtomicInteger next) {
    float[] out = batch.images().floats();
    int[] labels = batch.labels().ints();
    int length = pipeline.length();
    for (int row = next.getAndIncrement(); row < batch.count() && !closed; row = next.getAndIncrement()) {
      int index = batch.indices()[row];
      try {
        pipeline.apply(data, index, () -> randomFor(epoch, index), out, row * length);
      } catch (IOException e) {
        throw new CompletionException(e);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(data.name(index) + ": " + e.getMessage(), e);
      }
      labels[row] = data.label(index);
    }
  }

  private void repeatRows(Batch batch) {
    float[] out = batch.images().floats();
    int length = pipeline.length();
    int count = batch.count();
    for (int row = count; row < options.batch(); row++) {
      System.arraycopy(out, (row - count) * length, out, row * length, length);
      batch.indices()[row] = batch.indices()[row - count];
      batch.labels().ints()[row] = -1;
    }
  }

  /** Stops the background threads. The data set stays open. */
  @Override
  public void close() {
    closed = true;
    // Not shutdownNow: an interrupt would close the file channels that the data set reads through. What is queued sees the flag and returns.
    workers.shutdown();
    spare.clear();
  }
}
