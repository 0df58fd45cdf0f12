package dev.cardinal.data.source;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs a body for every number below {@code n} on several threads and waits for the end. */
final class ParallelRange {
  private static final int CHUNK = 64;

  /** What is done for a number. */
  interface Body {
    void accept(int i) throws IOException;
  }

  private ParallelRange() {}

  /** Stops at the first exception and throws it. */
  static void run(int n, int threads, Body body) throws IOException {
    int workers = Math.min(threads, (n + CHUNK - 1) / CHUNK);
    if (workers <= 1) {
      for (int i = 0; i < n; i++) {
        body.accept(i);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(workers, task -> {
      Thread t = new Thread(task, "cardinal-data-open");
      t.setDaemon(true);
      return t;
    });
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int w = 0; w < workers; w++) {
        running.add(pool.submit(() -> {
          try {
            work(n, next, body);
          } catch (IOException | RuntimeException | Error e) {
            next.set(n);
            throw e;
          }
          return null;
        }));
      }
      for (Future<?> f : running) {
        f.get();
      }
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading images");
    } finally {
      next.set(n);
      pool.shutdown();
    }
  }

  private static void work(int n, AtomicInteger next, Body body) throws IOException {
    while (true) {
      int first = next.get();
      if (first >= n) {
        return;
      }
      int end = Math.min(n, first + CHUNK);
      if (next.compareAndSet(first, end)) {
        for (int i = first; i < end; i++) {
          body.accept(i);
        }
      }
    }
  }

  private static IOException rethrown(Throwable cause) {
    if (cause instanceof IOException e) {
      return e;
    }
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return new IOException(cause);
  }
}
