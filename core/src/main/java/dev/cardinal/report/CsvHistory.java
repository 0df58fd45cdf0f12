package dev.cardinal.report;

import dev.cardinal.io.AtomicFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The history of a run as a CSV file, one row per epoch, on the disk as soon as the epoch ends. Numbers are written so that reading gives
 * the same doubles back; what was not measured is an empty field.
 */
public final class CsvHistory implements AutoCloseable {
  private static final String HEADER = "epoch,train_loss,train_top1,test_loss,test_top1,test_top5,learning_rate,seconds,images_per_second";

  private final List<EpochStats> rows;
  private final BufferedWriter out;

  private CsvHistory(List<EpochStats> rows, BufferedWriter out) {
    this.rows = rows;
    this.out = out;
  }

  /**
   * Opens a history to append to, keeping the rows of epochs 1 to {@code upToEpoch} and dropping what came after the checkpoint that
   * training resumes from; 0 starts afresh.
   */
  public static CsvHistory open(Path file, int upToEpoch) throws IOException {
    List<EpochStats> rows = new ArrayList<>();
    if (upToEpoch > 0 && Files.exists(file)) {
      read(file).stream().filter(e -> e.epoch() <= upToEpoch).forEach(rows::add);
    }
    AtomicFile.writeText(file, rows.stream().map(CsvHistory::line).collect(Collectors.joining("", HEADER + "\n", "")));
    return new CsvHistory(rows, Files.newBufferedWriter(file, StandardOpenOption.APPEND));
  }

  /**
   * Reads a history. A last line that a killed process left unfinished is skipped.
   *
   * @throws IOException if another line is not a row of numbers; the message names it
   */
  public static List<EpochStats> read(Path file) throws IOException {
    String text = Files.readString(file);
    String[] lines = text.substring(0, text.lastIndexOf('\n') + 1).split("\n");
    if (!lines[0].strip().equals(HEADER)) {
      throw new IOException(file + " is not a history of Cardinal's: its first line is not " + HEADER);
    }
    List<EpochStats> rows = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      try {
        rows.add(parse(lines[i].strip()));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + " line " + (i + 1) + " is not a row of 9 numbers: " + lines[i], e);
      }
    }
    return rows;
  }

  /** Appends one epoch and hands it to the operating system at once. */
  public void append(EpochStats epoch) throws IOException {
    out.write(line(epoch));
    out.flush();
    rows.add(epoch);
  }

  /** All rows, oldest first. */
  public List<EpochStats> rows() {
    return Collections.unmodifiableList(rows);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private static String line(EpochStats e) {
    StringBuilder s = new StringBuilder().append(e.epoch());
    double[] values = {e.trainLoss(), e.trainTop1(), e.testLoss(), e.testTop1(), e.testTop5(),
        e.learningRate(), e.seconds(), e.imagesPerSecond()};
    for (double v : values) {
      s.append(',').append(Double.isNaN(v) ? "" : Double.toString(v));
    }
    return s.append('\n').toString();
  }

  private static EpochStats parse(String line) {
    String[] f = line.split(",", -1);
    if (f.length != 9) {
      throw new IllegalArgumentException(f.length + " fields");
    }
    double[] v = new double[9];
    for (int i = 1; i < 9; i++) {
      v[i] = f[i].isEmpty() ? Double.NaN : Double.parseDouble(f[i]);
    }
    return new EpochStats(Integer.parseInt(f[0]), v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]);
  }
}
