package dev.cardinal.cpu.onednn.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The calling thread and some daemon threads that divide a job's tasks among themselves. Which worker takes which task differs from run to run, so a task's result must depend on its index alone.
 */
public final class Workers implements AutoCloseable {
  /** One piece of a job. */
  @FunctionalInterface
  public interface Task {
    /**
     * Does the piece.
     *
     * @param index of the piece
     * @param worker which of the {@link Workers#threads} runs it, for scratch memory of its own
     */
    void run(int index, int worker);
  }

  private static final int SPINS = 2000;

  private static final class Job {
    final Task task;
    final int tasks;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger left;
    volatile Throwable failure;

    Job(Task task, int tasks) {
      this.task = task;
      this.tasks = tasks;
      this.left = new AtomicInteger(tasks);
    }

    void work(int worker) {
      for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
        try {
          task.run(i, worker);
        } catch (RuntimeException | Error e) {
          failure = e;
        }
        left.decrementAndGet();
      }
    }
  }

  private final Thread[] helpers;
  private volatile Job job;
  private volatile boolean closed;

  /** With this many threads, the caller of {@link #run} being one of them. */
  public Workers(int threads) {
    helpers = new Thread[threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      int worker = i + 1;
      helpers[i] = new Thread(() -> serve(worker), "cardinal-cpu-" + worker);
      helpers[i].setDaemon(true);
      helpers[i].start();
    }
  }

  /** Number of threads, the caller's included. */
  public int threads() {
    return helpers.length + 1;
  }

  private void serve(int worker) {
    Job last = null;
    while (!closed) {
      Job now = job;
      if (now == last) {
        int spins = SPINS;
        while (job == last && spins-- > 0) {
          Thread.onSpinWait();
        }
        if (job == last && !closed) {
          LockSupport.park(this);
        }
        continue;
      }
      last = now;
      now.work(worker);
    }
  }

  /** Runs tasks 0 to {@code tasks - 1} and returns when all are done. */
  public void run(int tasks, Task task) {
    if (tasks <= 1 || helpers.length == 0) {
      for (int i = 0; i < tasks; i++) {
        task.run(i, 0);
      }
      return;
    }
    Job j = new Job(task, tasks);
    job = j;
    for (Thread t : helpers) {
      LockSupport.unpark(t);
    }
    j.work(0);
    while (j.left.get() > 0) {
      Thread.onSpinWait();
    }
    Throwable failure = j.failure;
    if (failure != null) {
      throw new IllegalStateException("a CPU kernel failed: " + failure, failure);
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread t : helpers) {
      LockSupport.unpark(t);
    }
  }
}
