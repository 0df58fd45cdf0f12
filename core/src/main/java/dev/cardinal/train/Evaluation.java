package dev.cardinal.train;

import dev.cardinal.data.Batch;
import dev.cardinal.data.BatchIterator;
import dev.cardinal.data.Loader;
import dev.cardinal.report.ConfusionMatrix;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * How a network does on a data set.
 *
 * @param loss mean of -ln(probability of the true class)
 * @param top1 fraction whose likeliest class is the true one
 * @param top5 fraction whose true class is among the five likeliest
 * @param confusion counts by true and predicted class
 * @param worst the surest mistakes, worst first
 */
public record Evaluation(double loss, double top1, double top5, ConfusionMatrix confusion, List<Miss> worst) {
  private static final int KEPT = 24;

  /**
   * A picture that was taken for something else.
   *
   * @param index its number in the data set
   * @param probability of the predicted class
   */
  public record Miss(int index, int truth, int predicted, double probability) {}

  /** Evaluates over one pass of the loader; {@code onBatch} hears the images done after each batch. */
  public static Evaluation of(Predictor predictor, Loader loader, java.util.function.IntConsumer onBatch) {
    ConfusionMatrix confusion = new ConfusionMatrix(loader.data().classes());
    PriorityQueue<Miss> worst = new PriorityQueue<>(Comparator.comparingDouble(Miss::probability));
    double loss = 0;
    long first = 0;
    long five = 0;
    int done = 0;
    try (BatchIterator batches = loader.epoch(0)) {
      while (batches.hasNext()) {
        Batch b = batches.next();
        HostTensor p = predictor.probabilities(b.images());
        for (int row = 0; row < b.count(); row++) {
          int truth = b.labels().ints()[row];
          int rank = rank(p, row, truth);
          int predicted = best(p, row);
          loss -= Math.log(Math.max(probability(p, row, truth), 1e-12));
          first += rank == 0 ? 1 : 0;
          five += rank < 5 ? 1 : 0;
          confusion.add(truth, predicted);
          if (rank > 0) {
            worst.add(new Miss(b.indices()[row], truth, predicted, probability(p, row, predicted)));
            if (worst.size() > KEPT) {
              worst.poll();
            }
          }
        }
        done += b.count();
        onBatch.accept(done);
      }
    }
    List<Miss> list = new ArrayList<>(worst);
    list.sort(Comparator.comparingDouble(Miss::probability).reversed());
    return new Evaluation(loss / done, (double) first / done, (double) five / done, confusion, list);
  }

  /** The likeliest class of a row. */
  public static int best(HostTensor p, int row) {
    int classes = p.shape().dim(1);
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (p.floats()[row * classes + c] > p.floats()[row * classes + best]) {
        best = c;
      }
    }
    return best;
  }

  private static double probability(HostTensor p, int row, int c) {
    return p.floats()[row * p.shape().dim(1) + c];
  }

  /** How many classes are likelier than the true one; equals count as likelier if they come first, as {@link #best} has it. NaN never ranks first. */
  private static int rank(HostTensor p, int row, int truth) {
    int classes = p.shape().dim(1);
    float own = p.floats()[row * classes + truth];
    int rank = Float.isNaN(own) ? classes : 0;
    for (int c = 0; c < classes; c++) {
      float other = p.floats()[row * classes + c];
      rank += other > own || other == own && c < truth ? 1 : 0;
    }
    return rank;
  }
}
