package dev.cardinal.command;

import dev.cardinal.data.Dataset;
import dev.cardinal.data.Subset;
import dev.cardinal.random.PhiloxRandom;
import java.util.Arrays;

/** Chooses some pictures of a data set, taken in turn from every class. */
final class FewPictures {
  private FewPictures() {}

  /** At most {@code count} pictures, the same ones every time; every class has as many as another if it has enough. */
  static Dataset of(Dataset all, int count) {
    int n = all.size();
    if (count >= n) {
      return all;
    }
    int[] seen = new int[all.classes().size()];
    long[] turns = new long[n];
    int i = 0;
    for (int index : new PhiloxRandom(0, 0).permutation(n)) {
      turns[i++] = (long) seen[all.label(index)]++ << 32 | index;
    }
    Arrays.sort(turns);
    return new Subset(all, Arrays.stream(turns).limit(count).mapToInt(t -> (int) t).sorted().toArray());
  }
}
