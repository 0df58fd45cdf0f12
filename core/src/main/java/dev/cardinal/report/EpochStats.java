package dev.cardinal.report;

/**
 * What one epoch came to. A quantity that was not measured is NaN; CSV leaves it empty and curves leave it out.
 *
 * @param epoch counted from 1
 * @param trainLoss mean loss over the training pictures, as augmented
 * @param trainTop1 fraction of the training pictures classified correctly, 0 to 1
 * @param testLoss mean loss over the test pictures
 * @param testTop1 fraction of the test pictures classified correctly, 0 to 1
 * @param testTop5 fraction of the test pictures whose class is among the five likeliest, 0 to 1
 * @param learningRate at the end of the epoch
 * @param seconds wall-clock time of the epoch, testing included
 * @param imagesPerSecond training pictures per second of training time
 */
public record EpochStats(int epoch, double trainLoss, double trainTop1, double testLoss, double testTop1, double testTop5,
    double learningRate, double seconds, double imagesPerSecond) {}
