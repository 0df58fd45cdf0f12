package dev.cardinal.report;

import java.util.List;

/** How often pictures of each class were taken for each class: rows are the truth, columns the prediction. Not safe for several threads. */
public final class ConfusionMatrix {
  private final List<String> classes;
  private final long[][] counts;

  /** An empty matrix over the named classes. */
  public ConfusionMatrix(List<String> classes) {
    this.classes = List.copyOf(classes);
    this.counts = new long[classes.size()][classes.size()];
  }

  /**
   * Counts one picture.
   *
   * @throws IndexOutOfBoundsException if a class does not exist
   */
  public void add(int truth, int predicted) {
    if (truth < 0 || truth >= size() || predicted < 0 || predicted >= size()) {
      throw new IndexOutOfBoundsException("classes are 0 to " + (size() - 1) + ", got truth " + truth + " and prediction " + predicted);
    }
    counts[truth][predicted]++;
  }

  /** Names of the classes. */
  public List<String> classes() {
    return classes;
  }

  /** Number of classes. */
  public int size() {
    return classes.size();
  }

  /** How many pictures of class {@code truth} were taken for {@code predicted}. */
  public long count(int truth, int predicted) {
    return counts[truth][predicted];
  }

  /** Number of pictures. */
  public long total() {
    long n = 0;
    for (int c = 0; c < size(); c++) {
      n += support(c);
    }
    return n;
  }

  /** Fraction of pictures classified correctly; NaN if there are none. */
  public double accuracy() {
    long right = 0;
    for (int c = 0; c < size(); c++) {
      right += counts[c][c];
    }
    return (double) right / total();
  }

  /** Number of pictures of a class. */
  public long support(int truth) {
    long n = 0;
    for (long v : counts[truth]) {
      n += v;
    }
    return n;
  }

  /** Number of pictures taken for a class. */
  public long predictions(int predicted) {
    long n = 0;
    for (long[] row : counts) {
      n += row[predicted];
    }
    return n;
  }

  /** Of the pictures taken for class {@code c}, the fraction that were; NaN if none was. */
  public double precision(int c) {
    return (double) counts[c][c] / predictions(c);
  }

  /** Of the pictures of class {@code c}, the fraction recognised; NaN if there are none. */
  public double recall(int c) {
    return (double) counts[c][c] / support(c);
  }

  /** The harmonic mean of precision and recall; NaN if the class neither occurs nor was predicted. */
  public double f1(int c) {
    return 2.0 * counts[c][c] / (support(c) + predictions(c));
  }
}
