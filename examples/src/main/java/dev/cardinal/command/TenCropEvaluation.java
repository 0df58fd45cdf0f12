package dev.cardinal.command;

import dev.cardinal.data.Batch;
import dev.cardinal.data.BatchIterator;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Loader;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.data.transform.TenCrop;
import dev.cardinal.report.ConfusionMatrix;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.train.Evaluation;
import dev.cardinal.train.SavedModel;
import java.util.Arrays;
import java.util.List;

/** Evaluation by the mean of ten crops' probabilities (Krizhevsky et al. 2012, section 4.1). */
final class TenCropEvaluation {
  private final double[] sum;
  private final ConfusionMatrix confusion;
  private double loss;
  private long first;
  private long five;
  private int rows;

  private TenCropEvaluation(List<String> classes) {
    sum = new double[classes.size()];
    confusion = new ConfusionMatrix(classes);
  }

  /** Evaluates all pictures; mistakes are counted but not collected. */
  static Evaluation of(SavedModel model, Dataset pictures) {
    int size = model.card().size();
    int batch = model.predictor().images().shape().dim(0);
    TenCropEvaluation e = new TenCropEvaluation(pictures.classes());
    Dataset crops = Augmentations.tenCrop(pictures, size);
    try (Loader loader = new Loader(crops, Augmentations.evaluation("none", size, model.card().normalize()), LoaderOptions.evaluation(batch)); BatchIterator batches = loader.epoch(0)) {
      while (batches.hasNext()) {
        Batch b = batches.next();
        HostTensor p = model.predictor().probabilities(b.images());
        for (int row = 0; row < b.count(); row++) {
          e.add(p, row, b.labels().ints()[row]);
        }
      }
    }
    double n = pictures.size();
    return new Evaluation(e.loss / n, e.first / n, e.five / n, e.confusion, List.of());
  }

  private void add(HostTensor p, int row, int truth) {
    for (int c = 0; c < sum.length; c++) {
      sum[c] += p.get(row * sum.length + c) / TenCrop.CROPS;
    }
    if (++rows % TenCrop.CROPS != 0) {
      return;
    }
    int rank = 0;
    int best = 0;
    for (int c = 0; c < sum.length; c++) {
      rank += sum[c] > sum[truth] ? 1 : 0;
      best = sum[c] > sum[best] ? c : best;
    }
    loss -= Math.log(Math.max(sum[truth], 1e-12));
    first += best == truth ? 1 : 0;
    five += rank < 5 ? 1 : 0;
    confusion.add(truth, best);
    Arrays.fill(sum, 0);
  }
}
