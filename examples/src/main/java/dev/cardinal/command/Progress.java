package dev.cardinal.command;

import dev.cardinal.report.EpochStats;
import dev.cardinal.train.Evaluation;
import dev.cardinal.train.TrainListener;
import dev.cardinal.train.Trainer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how training goes: a bar on a terminal; elsewhere a line every ten seconds; and one for every epoch. */
final class Progress implements TrainListener, AutoCloseable {
  private static final double INTERVAL = 10;

  private final PrintWriter words;
  private final boolean terminal;
  private final int epochs;
  private ProgressBar bar;
  private int firstEpoch;
  private long begin;
  private long epochBegin;
  private int current;
  private double lastSaid;

  Progress(PrintWriter words, boolean terminal, int epochs) {
    this.words = words;
    this.terminal = terminal;
    this.epochs = epochs;
  }

  /** Whether the launcher found the error stream, where the bar is drawn, to be a terminal. */
  static boolean onTerminal() {
    return Boolean.getBoolean("cardinal.terminal");
  }

  @Override
  public void started(Trainer trainer, int fromEpoch) {
    firstEpoch = fromEpoch;
    begin = System.nanoTime();
  }

  @Override
  public void stepped(int epoch, int images, int total, double loss) {
    if (epoch != current) {
      current = epoch;
      epochBegin = System.nanoTime();
      lastSaid = 0;
      openBar("epoch " + epoch + "/" + epochs, total);
    }
    double seconds = (System.nanoTime() - epochBegin) / 1e9;
    if (bar != null) {
      bar.stepTo(images);
      bar.setExtraMessage(String.format(Locale.ROOT, " loss %s", loss(loss)));
    } else if (seconds - lastSaid >= INTERVAL) {
      lastSaid = seconds;
      // The first step began before the clock did, so the rate is a little high at first; the line after the epoch is exact.
      double left = seconds / images * (total - images);
      words.println(String.format(Locale.ROOT, "  epoch %d: %d of %d images, loss %s, %.0f images/s, %s left in this epoch", epoch, images, total, loss(loss), images / seconds, duration(left)));
    }
  }

  @Override
  public void testing(int epoch, int images, int total) {
    if (terminal && bar != null && images < total) {
      bar.setExtraMessage(String.format(Locale.ROOT, " testing %d/%d", images, total));
    }
  }

  @Override
  public boolean finishedEpoch(EpochStats s, Evaluation test, Path checkpoint, boolean best) {
    closeBar();
    double perEpoch = (System.nanoTime() - begin) / 1e9 / (s.epoch() - firstEpoch);
    String left = s.epoch() < epochs ? ", " + duration(perEpoch * (epochs - s.epoch())) + " left" : "";
    words.println(String.format(Locale.ROOT, "epoch %d/%d  loss %s  train %.1f %%  test %.2f %%%s  %.0f images/s  %s%s", s.epoch(), epochs, loss(s.trainLoss()), 100 * s.trainTop1(),
        100 * s.testTop1(), best ? " (best)" : "", s.imagesPerSecond(), duration(s.seconds()), left));
    return true;
  }

  private void openBar(String task, int total) {
    closeBar();
    if (terminal) {
      bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total).setUnit(" images", 1).showSpeed().setUpdateIntervalMillis(200).clearDisplayOnFinish()
          .setStyle(ProgressBarStyle.ASCII).setConsumer(new ConsoleProgressBarConsumer(System.err, width())).build();
    }
  }

  private static int width() {
    return Math.max(40, Integer.getInteger("cardinal.columns", 100) - 1);
  }

  private void closeBar() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  private static String loss(double v) {
    return String.format(Locale.ROOT, v < 1000 ? "%.3f" : "%.2e", v);
  }

  /** As in {@code 7.5 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
  static String duration(double seconds) {
    long s = Math.round(seconds);
    if (s >= 3600) {
      return s / 3600 + " h " + s % 3600 / 60 + " min";
    }
    return s >= 60 ? s / 60 + " min " + s % 60 + " s" : String.format(Locale.ROOT, "%.1f s", seconds);
  }

  @Override
  public void close() {
    closeBar();
  }
}
