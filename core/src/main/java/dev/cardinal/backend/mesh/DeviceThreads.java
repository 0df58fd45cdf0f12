package dev.cardinal.backend.mesh;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/** One thread per device. */
final class DeviceThreads implements AutoCloseable {
  private static final long LOOK_MILLIS = 500;
  private final List<ExecutorService> threads = new ArrayList<>();

  /** Threads of a name for people. */
  DeviceThreads(int devices, String kind) {
    for (int d = 0; d < devices; d++) {
      String name = "cardinal-" + kind + "-" + d;
      threads.add(Executors.newSingleThreadExecutor(r -> {
        Thread t = new Thread(r, name);
        t.setDaemon(true);
        return t;
      }));
    }
  }

  /** Does something on a device's thread when what was given to it before is done; it must not throw. */
  void submit(int device, Runnable work) {
    threads.get(device).execute(work);
  }

  /**
   * Does something on every device's thread and waits until all have ended; gives what each threw, or null, by device.
   *
   * @param lost whether a device's thread may never come back, so that nobody waits for it
   */
  Throwable[] each(IntConsumer work, IntPredicate lost) {
    List<Future<?>> running = new ArrayList<>();
    for (int d = 0; d < threads.size(); d++) {
      int device = d;
      running.add(threads.get(d).submit(() -> work.accept(device)));
    }
    Throwable[] thrown = new Throwable[threads.size()];
    boolean interrupted = false;
    for (int d = 0; d < thrown.length; d++) {
      boolean ended = false;
      while (!ended) {
        try {
          running.get(d).get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          ended = true;
        } catch (TimeoutException e) {
          ended = lost.test(d);
        } catch (InterruptedException e) {
          // A device cannot be interrupted in the middle of a run; the caller hears of it afterwards.
          interrupted = true;
        } catch (ExecutionException e) {
          thrown[d] = e.getCause();
          ended = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return thrown;
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::shutdown);
  }
}
