package dev.cardinal.data;

import java.util.List;

/** Pictures in memory. */
public final class ArrayDataset implements Dataset {
  private final List<String> classes;
  private final List<Image> images;
  private final int[] labels;
  private final String prefix;

  /** Pictures with labels; sample {@code i} is called by its number. */
  public ArrayDataset(List<String> classes, List<Image> images, int... labels) {
    this("", classes, images, labels);
  }

  /**
   * Pictures with labels.
   *
   * @param prefix what comes before the number in a sample's name
   * @param classes the class names
   * @param images at least one picture, all with the same number of channels
   * @param labels for each picture an index into the classes
   * @throws IllegalArgumentException if numbers, labels or channels do not fit
   */
  public ArrayDataset(String prefix, List<String> classes, List<Image> images, int[] labels) {
    if (images.isEmpty() || images.size() != labels.length) {
      throw new IllegalArgumentException("a data set needs at least one image and as many labels, got " + images.size() + " images and "
          + labels.length + " labels");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes.size()) {
        throw new IllegalArgumentException("label " + labels[i] + " of sample " + i + " lies outside the " + classes.size() + " classes");
      }
      if (images.get(i).channels() != images.get(0).channels()) {
        throw new IllegalArgumentException("sample " + i + " has " + images.get(i).channels() + " channels, sample 0 has "
            + images.get(0).channels() + "; bring all to the same with Image.withChannels");
      }
    }
    this.prefix = prefix;
    this.classes = List.copyOf(classes);
    this.images = List.copyOf(images);
    this.labels = labels.clone();
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int i) {
    return labels[i];
  }

  @Override
  public String name(int i) {
    return prefix + i;
  }

  @Override
  public Image image(int i) {
    return images.get(i);
  }

  @Override
  public int channels() {
    return images.get(0).channels();
  }

  @Override
  public void close() {}
}
