package dev.cardinal.command;

import dev.cardinal.backend.Device;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Loader;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.report.ConfusionImage;
import dev.cardinal.report.ConfusionMatrix;
import dev.cardinal.train.Evaluation;
import dev.cardinal.train.SavedModel;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures a trained network on data. */
@Command(name = "eval", description = "Measures a trained network on data.")
final class EvalCommand extends DividedCommand {
  @Parameters(index = "0", paramLabel = "CHECKPOINT", description = "A run folder (its best checkpoint), a checkpoint folder, or one of the files checkpoints/best and checkpoints/last.")
  Path checkpoint;

  @Option(names = "--data", paramLabel = "DATA", defaultValue = "shapes", description = "As 'cardinal train' takes it; ${DEFAULT-VALUE} if not said.")
  String data;

  @Option(names = "--split", paramLabel = "SPLIT", defaultValue = "test", description = "test or train; ${DEFAULT-VALUE} if not said.")
  Split split;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "64", description = "Pictures at a time; ${DEFAULT-VALUE} if not said.")
  int batch;

  @Mixin
  ViewOptions views = new ViewOptions();

  @Option(names = "--ten-crop", description = "Average the probabilities of ten crops of each picture (four corners, centre, their mirror images).")
  boolean tenCrop;

  @Option(names = "--confusion", paramLabel = "FILE", description = "Write the confusion matrix as a PNG picture.")
  Path confusion;

  @Option(names = "--limit", paramLabel = "N", defaultValue = "0", description = "Use only N pictures; all if not said.")
  int limit;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Decides which pictures of a data set with one split are held out; as in training. ${DEFAULT-VALUE} if not said.")
  long seed;

  /** Parts of a data set. */
  enum Split {
    TEST, TRAIN
  }

  @Override
  int execute() throws IOException {
    if (batch < 1 || limit < 0) {
      throw usage("--batch must be at least 1 and --limit not negative, got " + batch + " and " + limit);
    }
    try (Device engine = openDevice();
        SavedModel model = SavedModel.open(engine, checkpoint, TrainSetup::build, batch, views.views());
        DataSplits splits = TrainSetup.data(data, seed, false, 1L << 26, limit)) {
      splits.warnings().forEach(w -> say("note: " + w));
      Dataset pictures = Relabelled.to(model.card().classes(), split == Split.TEST ? splits.test() : splits.train(), data);
      long begin = System.nanoTime();
      Evaluation e;
      if (tenCrop) {
        e = TenCropEvaluation.of(model, pictures);
      } else {
        try (Loader loader = new Loader(pictures, model.card().evaluation(), LoaderOptions.evaluation(batch))) {
          e = Evaluation.of(model.predictor(), loader, done -> {});
        }
      }
      tell(engine, model, pictures, e, (System.nanoTime() - begin) / 1e9);
    }
    return 0;
  }

  private void tell(Device engine, SavedModel model, Dataset pictures, Evaluation e, double seconds) throws IOException {
    say("checkpoint  %s (%s)", model.checkpoint().folder(), model.card().net());
    say("data        %s, %s split, %,d pictures", data, split.name().toLowerCase(java.util.Locale.ROOT), pictures.size());
    say("accuracy    %.2f %% (top 5: %.2f %%), loss %.4f", 100 * e.top1(), 100 * e.top5(), e.loss());
    say("device      %s (%s), %.0f images/s", engine.info().name(), engine.info().engine(), pictures.size() / seconds);
    weakest(e.confusion());
    if (confusion != null) {
      ConfusionImage.write(confusion, e.confusion());
      say("confusion   %s", confusion);
    }
    result(withDivision(object(), engine).put("checkpoint", model.checkpoint().folder().toString()).put("net", model.card().net()).put("data", data).put("split", split.name().toLowerCase(java.util.Locale.ROOT))
        .put("images", pictures.size()).put("accuracy", e.top1()).put("top5", e.top5()).put("loss", e.loss()).put("seconds", seconds)
        .put("device", engine.info().name()).put("engine", engine.info().engine()));
  }

  /** Names the class that is recognised least. */
  private void weakest(ConfusionMatrix m) {
    int worst = -1;
    for (int c = 0; c < m.size(); c++) {
      if (m.support(c) > 0 && (worst < 0 || m.recall(c) < m.recall(worst))) {
        worst = c;
      }
    }
    say("weakest     %s: %.1f %% of %d recognised", m.classes().get(worst), 100 * m.recall(worst), m.support(worst));
  }
}
