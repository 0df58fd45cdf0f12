package dev.cardinal.train;

import dev.cardinal.data.Dataset;
import dev.cardinal.data.Image;
import dev.cardinal.data.Loader;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.data.Pipeline;
import dev.cardinal.report.ContactSheet;
import dev.cardinal.report.Mistake;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The pictures that a run shows to people. */
final class Pictures {
  private static final int FIRST = 64;

  private Pictures() {}

  /** The first pictures of the first epoch, as they are fed to the network but not normalised. */
  static List<ContactSheet.Tile> firstBatches(Dataset data, Pipeline pipeline, LoaderOptions options) throws IOException {
    List<ContactSheet.Tile> tiles = new ArrayList<>();
    // The loader decides order and chance; as no epoch is begun, its threads never start.
    try (Loader loader = new Loader(data, pipeline, options)) {
      int[] order = loader.order(0);
      for (int i = 0; i < Math.min(FIRST, order.length); i++) {
        Image seen = pipeline.transform(data.image(order[i]), loader.randomFor(0, order[i]));
        tiles.add(new ContactSheet.Tile(shown(seen), data.classes().get(data.label(order[i]))));
      }
    }
    return tiles;
  }

  /** The surest mistakes of an evaluation. */
  static List<Mistake> mistakes(Dataset data, Evaluation evaluation) throws IOException {
    List<Mistake> list = new ArrayList<>();
    for (Evaluation.Miss m : evaluation.worst()) {
      list.add(new Mistake(data.name(m.index()), data.classes().get(m.truth()), data.classes().get(m.predicted()), m.probability(), shown(data.image(m.index()))));
    }
    return list;
  }

  private static BufferedImage shown(Image image) {
    BufferedImage out = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    int last = image.channels() - 1;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        out.setRGB(x, y, image.sample(y, x, 0) << 16 | image.sample(y, x, last / 2) << 8 | image.sample(y, x, last));
      }
    }
    return out;
  }
}
