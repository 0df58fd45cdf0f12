package dev.cardinal.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The batches of one epoch in order. A batch is valid until the next call of {@link #next()} or {@link #close()}. For one thread at a time;
 * also an {@link Iterable} of itself, for use in a {@code for} loop, once.
 */
public final class BatchIterator implements Iterator<Batch>, Iterable<Batch>, AutoCloseable {
  private final Loader loader;
  private final int epoch;
  private final int[] order;
  private final ArrayDeque<CompletableFuture<Batch>> ahead = new ArrayDeque<>();
  private final int batches;
  private int started;
  private int delivered;
  private Batch current;

  BatchIterator(Loader loader, int epoch, int[] order) {
    this.loader = loader;
    this.epoch = epoch;
    this.order = order;
    this.batches = loader.batches();
    startAhead();
  }

  private void startAhead() {
    while (started < batches && started - delivered < loader.options().prefetch()) {
      ahead.add(loader.start(epoch, order, started++));
    }
  }

  @Override
  public boolean hasNext() {
    return delivered < batches;
  }

  /**
   * The next batch, waiting for it if it is not ready.
   *
   * @throws NoSuchElementException after the last batch
   * @throws UncheckedIOException if a sample could not be read; its message is the cause's
   * @throws IllegalArgumentException if a picture does not fit the pipeline; the message names it
   */
  @Override
  public Batch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the epoch has only " + batches + " batches");
    }
    loader.checkOpen();
    release();
    CompletableFuture<Batch> head = ahead.remove();
    delivered++;
    try {
      current = head.join();
    } catch (CompletionException e) {
      close();
      throw unwrapped(e.getCause());
    }
    loader.checkOpen();
    startAhead();
    return current;
  }

  private static RuntimeException unwrapped(Throwable cause) {
    if (cause instanceof Error e) {
      throw e;
    }
    if (cause instanceof IOException io) {
      return new UncheckedIOException(io.getMessage(), io);
    }
    return cause instanceof RuntimeException r ? r : new IllegalStateException(cause);
  }

  private void release() {
    if (current != null) {
      loader.recycle(current);
      current = null;
    }
  }

  @Override
  public Iterator<Batch> iterator() {
    return this;
  }

  /** Gives up the rest of the epoch. */
  @Override
  public void close() {
    release();
    delivered = batches;
    started = batches;
    // A batch still being filled goes back to the loader when its threads are done with it; one that failed is left to the collector.
    for (CompletableFuture<Batch> pending : ahead) {
      pending.thenAccept(loader::recycle);
    }
    ahead.clear();
  }
}
