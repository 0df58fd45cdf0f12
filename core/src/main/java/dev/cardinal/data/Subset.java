package dev.cardinal.data;

import java.io.IOException;
import java.util.List;

/** Some samples of another data set. */
final class Subset implements Dataset {
  private final Dataset all;
  private final int[] chosen;

  Subset(Dataset all, int[] chosen) {
    this.all = all;
    this.chosen = chosen;
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
