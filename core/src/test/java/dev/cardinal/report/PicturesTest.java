package dev.cardinal.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {
  @TempDir
  Path folder;

  @Test
  void curvesShowTestAndTrainingInTheirColours() throws IOException {
    Path file = folder.resolve("curves.png");
    Curves.write(file, Samples.epochs(10));
    BufferedImage image = ImageIO.read(file.toFile());
    assertEquals(3 * 560, image.getWidth());
    for (Color c : Palette.SERIES) {
      assertTrue(pixels(image, c) > 50, "a line of " + c);
    }
  }

  @Test
  void curvesOfNothingOneEpochAndGapsAreDrawn() {
    Curves.draw(List.of());
    Curves.draw(Samples.epochs(1));
    BufferedImage untested = Curves.draw(List.of(Samples.untested(1), Samples.untested(2)));
    assertTrue(pixels(untested, Palette.SERIES[1]) > 50, "training");
    assertEquals(0, pixels(untested, Palette.SERIES[2]), "no top-5 line");
    Curves.draw(List.of(new EpochStats(1, Double.POSITIVE_INFINITY, 0, 0, 0, 0, 0, 0, 0), Samples.untested(2)));
  }

  @Test
  void theDiagonalOfAGoodNetworkIsDarkest() {
    ConfusionMatrix m = new ConfusionMatrix(List.of("cat", "dog"));
    for (int i = 0; i < 10; i++) {
      m.add(0, 0);
      m.add(1, i == 0 ? 0 : 1);
    }
    BufferedImage image = ConfusionImage.draw(m);
    assertTrue(pixels(image, Palette.heat(1)) > 800, "cat is always recognised");
    assertTrue(pixels(image, Palette.heat(Palette.strength(0.9))) > 800, "dog nearly");
    assertTrue(pixels(image, Palette.heat(Palette.strength(0.1))) > 800, "and sometimes taken for a cat");
  }

  @Test
  void matricesOfAnySizeAreDrawn() throws IOException {
    for (int classes : new int[] {0, 1, 26, 60, 61, 1000}) {
      BufferedImage image = ConfusionImage.draw(Samples.confusion(classes));
      assertTrue(image.getWidth() < 1500 && image.getHeight() < 1500, classes + " classes");
    }
    ConfusionImage.write(folder.resolve("confusion.png"), Samples.confusion(10));
    assertTrue(ImageIO.read(folder.resolve("confusion.png").toFile()).getWidth() > 400);
  }

  @Test
  void aContactSheetHoldsEveryPicture() throws IOException {
    ContactSheet.Tile red = new ContactSheet.Tile(Samples.picture(32, 32, Color.RED), "a rather long caption");
    List<ContactSheet.Tile> tiles = new ArrayList<>(Collections.nCopies(5, red));
    tiles.add(new ContactSheet.Tile(Samples.picture(400, 200, Color.BLUE), ""));
    Path file = folder.resolve("batch.png");
    ContactSheet.write(file, tiles, 4, 64);
    BufferedImage image = ImageIO.read(file.toFile());
    assertEquals(5 * 64 * 64, pixels(image, Color.RED));
    assertEquals(64 * 32, pixels(image, Color.BLUE), "a wide picture keeps its shape");
    ContactSheet.draw(List.of(), 4, 64);
    assertThrows(IllegalArgumentException.class, () -> ContactSheet.draw(tiles, 0, 64));
  }

  @Test
  void extremeShapesKeepAtLeastOnePixel() {
    BufferedImage sliver = Png.scaled(Samples.picture(3000, 1, Color.RED), 64);
    assertEquals(64, sliver.getWidth());
    assertEquals(1, sliver.getHeight());
  }

  private static int pixels(BufferedImage image, Color colour) {
    int n = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        n += image.getRGB(x, y) == colour.getRGB() ? 1 : 0;
      }
    }
    return n;
  }
}
