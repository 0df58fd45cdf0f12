package dev.cardinal.data.transform;

import dev.cardinal.data.Dataset;
import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;
import java.io.IOException;
import java.util.List;

/**
 * A data set ten times as large: sample {@code 10 i + k} is crop {@code k} of sample {@code i}. An unshuffled loader over it gives ten rows in
 * sequence for each picture; the mean of a network's probabilities over them is the ten-crop prediction.
 */
public final class TenCropDataset implements Dataset {
  /** The crops that a thread made last; rows of one picture come one after another. */
  private record Made(TenCropDataset owner, int index, List<Image> crops) {}

  private static final ThreadLocal<Made> LAST = new ThreadLocal<>();

  private final Dataset base;
  private final Transform before;
  private final TenCrop crops;

  /**
   * Ten crops of every picture.
   *
   * @param base the pictures
   * @param before what is done to them first, such as {@code Resize.shorterSide(256)}; must draw no random numbers
   * @param crops the crops
   */
  public TenCropDataset(Dataset base, Transform before, TenCrop crops) {
    if (base.size() > Integer.MAX_VALUE / TenCrop.CROPS) {
      throw new IllegalArgumentException("ten crops of " + base.size() + " images are more than a data set can number");
    }
    this.base = base;
    this.before = before;
    this.crops = crops;
  }

  @Override
  public int size() {
    return base.size() * TenCrop.CROPS;
  }

  @Override
  public List<String> classes() {
    return base.classes();
  }

  @Override
  public int label(int i) {
    return base.label(i / TenCrop.CROPS);
  }

  @Override
  public String name(int i) {
    return base.name(i / TenCrop.CROPS) + " (crop " + i % TenCrop.CROPS + ")";
  }

  @Override
  public Image image(int i) throws IOException {
    int index = i / TenCrop.CROPS;
    Made made = LAST.get();
    if (made == null || made.owner() != this || made.index() != index) {
      made = new Made(this, index, crops.apply(before.apply(base.image(index), new PhiloxRandom(0, 0))));
      LAST.set(made);
    }
    return made.crops().get(i % TenCrop.CROPS);
  }

  @Override
  public int channels() {
    return base.channels();
  }

  @Override
  public void close() throws IOException {
    base.close();
  }
}
