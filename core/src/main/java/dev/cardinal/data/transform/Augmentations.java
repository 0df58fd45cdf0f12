package dev.cardinal.data.transform;

import dev.cardinal.data.Dataset;
import dev.cardinal.data.Normalize;
import dev.cardinal.data.Pipeline;
import dev.cardinal.data.Transform;
import java.util.ArrayList;
import java.util.List;

/**
 * Training and evaluation pipelines by name, all making square pictures:
 *
 * <table>
 *   <caption>The presets; evaluation is without chance</caption>
 *   <tr><th>name</th><th>training</th><th>evaluation</th></tr>
 *   <tr><td>{@code none}</td><td>as in evaluation</td><td>shorter side to size, centre crop</td></tr>
 *   <tr><td>{@code flip}</td><td>fit, flip</td><td>as {@code none}</td></tr>
 *   <tr><td>{@code shift}</td><td>fit, pad-crop by size/8 (no flip: digits, letters)</td><td>as {@code none}</td></tr>
 *   <tr><td>{@code cifar}</td><td>fit, pad-crop by size/8, flip</td><td>as {@code none}</td></tr>
 *   <tr><td>{@code cutout}</td><td>as {@code cifar}, then a square of size/4 covered</td><td>as {@code none}</td></tr>
 *   <tr><td>{@code rotate}</td><td>fit, rotation by up to 180°, both flips (pictures without an upright)</td><td>as {@code none}</td></tr>
 *   <tr><td>{@code alexnet}</td><td>shorter side to size·256/224, random crop, flip, PCA lighting</td><td>shorter side to size·256/224, centre
 *       crop</td></tr>
 *   <tr><td>{@code imagenet}</td><td>random resized crop, flip, colour jitter 0.4</td><td>as {@code alexnet}</td></tr>
 * </table>
 */
public final class Augmentations {
  private static final List<String> NAMES = List.of("none", "flip", "shift", "cifar", "reflect", "cutout", "rotate", "alexnet", "imagenet");

  private Augmentations() {}

  /** The known names. */
  public static List<String> names() {
    return NAMES;
  }

  /** The training pipeline for colour pictures, normalised as ImageNet's. */
  public static Pipeline byName(String name, int size) {
    return byName(name, size, Normalize.IMAGENET);
  }

  /** The evaluation pipeline for colour pictures, normalised as ImageNet's. */
  public static Pipeline evaluation(String name, int size) {
    return evaluation(name, size, Normalize.IMAGENET);
  }

  /** What is customary for this many channels: {@link Normalize#IMAGENET} or {@link Normalize#MNIST}. */
  public static Normalize customary(int channels) {
    return channels == 1 ? Normalize.MNIST : Normalize.IMAGENET;
  }

  /** The preset that suits a data set of pictures of this size if nobody names one. */
  public static String suggested(Dataset data, int size) {
    return data.channels() == 1 ? "shift" : size >= 96 ? "imagenet" : "cifar";
  }

  /**
   * The training pipeline of a name.
   *
   * @param name one of {@link #names()}
   * @param size side of the result in pixels
   * @param normalize the last step, which also decides the number of channels
   * @throws IllegalArgumentException if the name is unknown
   */
  public static Pipeline byName(String name, int size, Normalize normalize) {
    List<Transform> steps = new ArrayList<>();
    switch (name) {
      case "none" -> fit(steps, size);
      case "flip" -> {
        fit(steps, size);
        steps.add(new HorizontalFlip(0.5));
      }
      case "shift", "cifar", "reflect", "cutout" -> {
        fit(steps, size);
        steps.add(new PadCrop(Math.max(1, size / 8), name.equals("reflect") ? PadCrop.Mode.REFLECT : PadCrop.Mode.ZERO));
        if (!name.equals("shift")) {
          steps.add(new HorizontalFlip(0.5));
        }
        if (name.equals("cutout")) {
          steps.add(new Cutout(Math.max(1, size / 4), normalize.meanBytes()));
        }
      }
      case "rotate" -> {
        fit(steps, size);
        steps.add(new Rotation(180));
        steps.add(new HorizontalFlip(0.5));
        steps.add(new VerticalFlip(0.5));
      }
      case "alexnet" -> {
        steps.add(Resize.shorterSide(larger(size)));
        steps.add(new RandomCrop(size, size));
        steps.add(new HorizontalFlip(0.5));
        steps.add(new PcaLighting(0.1));
      }
      case "imagenet" -> {
        steps.add(new RandomResizedCrop(size, size));
        steps.add(new HorizontalFlip(0.5));
        steps.add(new ColorJitter(0.4, 0.4, 0.4, 0));
      }
      default -> throw unknown(name);
    }
    return new Pipeline(size, size, steps, normalize);
  }

  /**
   * The evaluation pipeline that belongs to a name; it draws no random numbers.
   *
   * @throws IllegalArgumentException if the name is unknown
   */
  public static Pipeline evaluation(String name, int size, Normalize normalize) {
    if (!NAMES.contains(name)) {
      throw unknown(name);
    }
    List<Transform> steps = new ArrayList<>();
    if (name.equals("alexnet") || name.equals("imagenet")) {
      steps.add(Resize.shorterSide(larger(size)));
      steps.add(new CenterCrop(size, size));
    } else {
      fit(steps, size);
    }
    return new Pipeline(size, size, steps, normalize);
  }

  /** Ten crops of every picture at AlexNet's proportions, to be loaded with {@link #evaluation} of {@code none}. */
  public static Dataset tenCrop(Dataset data, int size) {
    return new TenCropDataset(data, Resize.shorterSide(larger(size)), new TenCrop(size, size));
  }

  private static void fit(List<Transform> steps, int size) {
    steps.add(Resize.shorterSide(size));
    steps.add(new CenterCrop(size, size));
  }

  /** 256 for 224, in proportion for others. */
  private static int larger(int size) {
    return Math.max(size, Math.round(size * 256f / 224));
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException("unknown augmentation '" + name + "'; use one of " + String.join(", ", NAMES));
  }
}
