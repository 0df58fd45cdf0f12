package dev.cardinal.data;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/** Some samples of another data set. */
public final class Subset implements Dataset {
  private final Dataset all;
  private final int[] chosen;

  /**
   * In the order of their numbers as given.
   *
   * @param all closed with this one
   */
  public Subset(Dataset all, int... chosen) {
    this.all = all;
    this.chosen = chosen;
  }

  /** The first samples. */
  public static Subset first(Dataset all, int count) {
    return new Subset(all, IntStream.range(0, count).toArray());
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
  public Image part(int i, Region.Choice choice) throws IOException {
    return all.part(chosen[i], choice);
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
