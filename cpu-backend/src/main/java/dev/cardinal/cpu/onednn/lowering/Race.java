package dev.cardinal.cpu.onednn.lowering;

import java.util.List;

/** Lets rivals run in turns. The first is what would be taken without a race. */
final class Race {
  private static final int ROUNDS = 5;
  /** What is so much slower than the first when both run for the first time is not tried again: the first has brought operands into the caches for it. */
  private static final double HOPELESS = 1.2;
  /** What is not faster by that much is not preferred to the first: it might be chance. */
  private static final double CLEARLY = 0.93;

  private Race() {}

  /**
   * The place of the winner: of those that were clearly faster than the first every time, the fastest. One that is not so once is not tried again, so that most races end after the first rounds; and
   * where something else takes the processor for a moment, it has to take it from the first alone, every time, to mislead.
   */
  static int winner(List<Runnable> rivals) {
    double[] least = new double[rivals.size()];
    boolean[] beaten = new boolean[rivals.size()];
    for (int round = 0; round <= ROUNDS; round++) {
      double first = 0;
      boolean open = false;
      for (int i = 0; i < least.length; i++) {
        if (beaten[i]) {
          continue;
        }
        long begin = System.nanoTime();
        rivals.get(i).run();
        double seconds = (System.nanoTime() - begin) / 1e9;
        first = i == 0 ? seconds : first;
        // The first round brings code and operands into the caches.
        beaten[i] = i > 0 && seconds > (round == 0 ? HOPELESS : CLEARLY) * first;
        least[i] = round <= 1 ? seconds : Math.min(least[i], seconds);
        open |= i > 0 && !beaten[i];
      }
      if (!open) {
        return 0;
      }
    }
    int winner = 0;
    for (int i = 1; i < least.length; i++) {
      winner = !beaten[i] && least[i] < least[winner] ? i : winner;
    }
    return winner;
  }
}
