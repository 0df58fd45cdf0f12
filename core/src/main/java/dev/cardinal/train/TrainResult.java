package dev.cardinal.train;

import dev.cardinal.report.EpochStats;
import java.nio.file.Path;
import java.util.List;

/**
 * What training came to.
 *
 * @param epochs the history, epochs before a resume included
 * @param trainSeconds of this run's epochs, evaluation not counted
 * @param best test result of the best epoch of this run
 * @param bestEpoch counted from 1
 * @param bestCheckpoint folder of the best checkpoint
 * @param stoppedEarly whether it ended before the last epoch
 */
public record TrainResult(List<EpochStats> epochs, double trainSeconds, Evaluation best, int bestEpoch, Path bestCheckpoint, boolean stoppedEarly) {}
