package dev.cardinal.cpu.onednn;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The one thread that calls oneDNN: the library's OpenMP runtime keeps a team of threads for every thread that calls it, so calls from several threads would oversubscribe the processor. */
final class EngineThread implements AutoCloseable {
  private final ExecutorService executor = Executors.newSingleThreadExecutor(r -> {
    Thread t = new Thread(r, "cardinal-cpu-engine");
    t.setDaemon(true);
    return t;
  });

  /** Runs something on the thread and waits for it; its exceptions come out here. */
  <T> T call(Callable<T> work) {
    Future<T> f = executor.submit(work);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return f.get();
        } catch (InterruptedException e) {
          // Native code cannot be interrupted; the caller hears of it afterwards.
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof RuntimeException r) {
        throw r;
      }
      if (cause instanceof Error r) {
        throw r;
      }
      throw new IllegalStateException(cause);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Runs something on the thread and waits for it. */
  void run(Runnable work) {
    call(() -> {
      work.run();
      return null;
    });
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
