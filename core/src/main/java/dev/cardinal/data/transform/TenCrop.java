package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import java.util.ArrayList;
import java.util.List;

/**
 * The four corners and the middle, and the same five mirrored: AlexNet is evaluated by averaging its predictions on these (Krizhevsky
 * et al., 2012, section 4.1, on 224×224 crops of 256×256 pictures).
 *
 * @param height rows of a crop
 * @param width columns of a crop
 */
public record TenCrop(int height, int width) {
  /** Number of crops. */
  public static final int CROPS = 10;

  /** Checks the size. */
  public TenCrop {
    Cropping.requireSize("a ten-crop", height, width);
  }

  /** Upper left, upper right, lower left, lower right, middle, then each mirrored, in the same order. The image must be large enough. */
  public List<Image> apply(Image in) {
    Cropping.requireRoom("a ten-crop", in, height, width);
    int bottom = in.height() - height;
    int right = in.width() - width;
    List<Image> crops = new ArrayList<>(CROPS);
    crops.add(Cropping.crop(in, 0, 0, height, width));
    crops.add(Cropping.crop(in, 0, right, height, width));
    crops.add(Cropping.crop(in, bottom, 0, height, width));
    crops.add(Cropping.crop(in, bottom, right, height, width));
    crops.add(Cropping.crop(in, bottom / 2, right / 2, height, width));
    for (int i = 0; i < CROPS / 2; i++) {
      crops.add(HorizontalFlip.mirrored(crops.get(i)));
    }
    return crops;
  }
}
