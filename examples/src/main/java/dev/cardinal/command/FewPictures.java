package dev.cardinal.command;

import dev.cardinal.data.Dataset;
import dev.cardinal.data.Image;
import dev.cardinal.random.PhiloxRandom;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Some pictures of a data set, taken in turn from every class. */
final class FewPictures implements Dataset {
  private final Dataset all;
  private final int[] chosen;

  private FewPictures(Dataset all, int[] chosen) {
    this.all = all;
    this.chosen = chosen;
  }

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
    return new FewPictures(all, Arrays.stream(turns).limit(count).mapToInt(t -> (int) t).sorted().toArray());
  }

  @Override
  public int size() {
    return chosen.length;
  }

  @Override
  public List<String> classes() {
    return all.classes();
  }

  @Override
  public int label(int i) {
    return all.label(chosen[i]);
  }

  @Override
  public String name(int i) {
    return all.name(chosen[i]);
  }

  @Override
  public Image image(int i) throws IOException {
    return all.image(chosen[i]);
  }

  @Override
  public int channels() {
    return all.channels();
  }

  @Override
  public void close() throws IOException {
    all.close();
  }
}
