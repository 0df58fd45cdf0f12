package dev.cardinal.train;

import dev.cardinal.report.EpochStats;
import java.io.IOException;
import java.nio.file.Path;

/** Hears how training goes. Called on the training thread. */
public interface TrainListener {
  /** Training begins; {@code fromEpoch} epochs were done before a resume. */
  default void started(Trainer trainer, int fromEpoch) throws IOException {}

  /** A step was done: {@code images} of {@code total} of this epoch, and the mean loss of the epoch so far. */
  default void stepped(int epoch, int images, int total, double loss) {}

  /** The test set is being evaluated. */
  default void testing(int epoch, int images, int total) {}

  /** An epoch was done and saved; returning false stops training. */
  default boolean finishedEpoch(EpochStats stats, Evaluation test, Path checkpoint, boolean best) throws IOException {
    return true;
  }
}
