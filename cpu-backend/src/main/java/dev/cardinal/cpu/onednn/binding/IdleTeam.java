package dev.cardinal.cpu.onednn.binding;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A second team of OpenMP threads that sleeps. After a parallel region libgomp's threads spin for some milliseconds, which takes the processor from everybody else: our own kernels' threads, the data
 * loader, other programs. They give up after some microseconds once there are more OpenMP threads than processors, asleep or not: so one sleeping team makes the working one polite. It costs
 * the stacks of its threads and nothing else.
 */
public final class IdleTeam implements AutoCloseable {
  private static final long ELEMENTS = 1 << 18;
  private final CountDownLatch close = new CountDownLatch(1);

  /** Starts the team; returns when it sleeps. */
  public IdleTeam() {
    CountDownLatch ready = new CountDownLatch(1);
    Thread t = new Thread(() -> {
      try {
        work();
      } finally {
        ready.countDown();
      }
      sleep();
    }, "cardinal-cpu-idle-team");
    t.setDaemon(true);
    t.start();
    try {
      ready.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sleep() {
    try {
      close.await();
    } catch (InterruptedException e) {
      // Ends the thread, and with it the team.
    }
  }

  /** One parallel region is what makes the runtime create the team. */
  private static void work() {
    try (NativeMemory m = NativeMemory.allocate(ELEMENTS * Float.BYTES, "a team of threads"); MemoryDesc d = MemoryDesc.rowMajor(ELEMENTS);
        Primitive p = Primitives.elementwise(d, Elementwise.relu(0))) {
      p.bind(List.of(new Primitive.Argument(Primitives.SOURCE, d, m.address()), new Primitive.Argument(Primitives.DESTINATION, d, m.address())));
      p.execute();
    }
  }

  @Override
  public void close() {
    close.countDown();
  }
}
