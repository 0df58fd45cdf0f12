package dev.cardinal.cpu.onednn.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Races between rivals that sleep, much longer or much shorter than each other. */
class RaceTest {
  private static final int LONG = 12;
  private static final int SHORT = 1;

  /** Takes so many milliseconds the first time, the second and so on, and as the last time ever after. */
  private static final class Sleeper implements Runnable {
    private final int[] millis;
    private int runs;

    Sleeper(int... millis) {
      this.millis = millis;
    }

    @Override
    public void run() {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis[Math.min(runs++, millis.length - 1)]);
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
    }
  }

  @Test
  void theFastestWins() {
    assertEquals(1, Race.winner(List.of(new Sleeper(LONG), new Sleeper(SHORT))));
    assertEquals(2, Race.winner(List.of(new Sleeper(5 * LONG), new Sleeper(3 * LONG), new Sleeper(SHORT))));
    assertEquals(0, Race.winner(List.of(new Sleeper(SHORT), new Sleeper(LONG))));
  }

  @Test
  void theFirstRunDoesNotCountUnlessItIsHopeless() {
    assertEquals(1, Race.winner(List.of(new Sleeper(LONG), new Sleeper(LONG, SHORT))));
    Sleeper hopeless = new Sleeper(5 * LONG, SHORT);
    assertEquals(0, Race.winner(List.of(new Sleeper(LONG), hopeless)));
    assertEquals(1, hopeless.runs);
  }

  @Test
  void onceSlowerIsNotFaster() {
    Sleeper once = new Sleeper(SHORT, SHORT, SHORT, 2 * LONG, SHORT);
    Sleeper first = new Sleeper(LONG);
    assertEquals(0, Race.winner(List.of(first, once)));
    assertEquals(4, once.runs);
    assertEquals(4, first.runs);
  }
}
