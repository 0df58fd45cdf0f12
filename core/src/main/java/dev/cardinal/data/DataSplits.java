package dev.cardinal.data;

import dev.cardinal.random.PhiloxRandom;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A data set in two parts.
 *
 * @param train what is learned from
 * @param test what is measured on: the validation or test split of the source, or a tenth of it held out
 * @param description one line for people: source, numbers of images and classes
 * @param warnings what a person should know, such as the files that were skipped; often empty
 */
public record DataSplits(Dataset train, Dataset test, String description, List<String> warnings) implements AutoCloseable {
  /** Copies the list. */
  public DataSplits {
    warnings = List.copyOf(warnings);
  }

  /** Both parts as they are, described. */
  public static DataSplits of(String title, Dataset train, Dataset test, List<String> warnings) {
    return new DataSplits(train, test, title + ": " + train.size() + " training and " + test.size() + " test images in "
        + train.classes().size() + " classes", warnings);
  }

  /**
   * Divides one data set, class by class: of {@code n} samples of a class, {@code n × fraction} (rounded, but at least one if the class has
   * two) are held out, chosen by the seed.
   *
   * @throws DataException if there are too few samples to hold any out
   */
  public static DataSplits holdOut(String title, Dataset all, double fraction, long seed, List<String> warnings) throws DataException {
    if (!(fraction > 0 && fraction < 1)) {
      throw new IllegalArgumentException("the fraction held out must lie between 0 and 1, got " + fraction);
    }
    int classes = all.classes().size();
    int[] left = new int[classes];
    for (int i = 0; i < all.size(); i++) {
      left[all.label(i)]++;
    }
    for (int c = 0; c < classes; c++) {
      left[c] = left[c] < 2 ? 0 : Math.min(left[c] - 1, Math.max(1, (int) Math.round(left[c] * fraction)));
    }
    boolean[] held = new boolean[all.size()];
    int count = 0;
    for (int i : new PhiloxRandom(seed, 0).permutation(all.size())) {
      if (left[all.label(i)] > 0) {
        left[all.label(i)]--;
        held[i] = true;
        count++;
      }
    }
    if (count == 0) {
      throw new DataException(title + " has too few images (" + all.size() + ") to hold any out for testing; every class needs at least two");
    }
    int[] train = new int[all.size() - count];
    int[] test = new int[count];
    for (int i = 0, a = 0, b = 0; i < held.length; i++) {
      if (held[i]) {
        test[b++] = i;
      } else {
        train[a++] = i;
      }
    }
    List<String> said = new ArrayList<>(warnings);
    said.add(title + " has one split; " + count + " of its " + all.size() + " images are held out for testing (seed " + seed + ")");
    return of(title, new Subset(all, train), new Subset(all, test), said);
  }

  /** Closes both parts. */
  @Override
  public void close() throws IOException {
    try {
      train.close();
    } finally {
      test.close();
    }
  }
}
