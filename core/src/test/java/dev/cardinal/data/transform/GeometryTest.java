package dev.cardinal.data.transform;

import static dev.cardinal.data.transform.Fixture.SEEDS;
import static dev.cardinal.data.transform.Fixture.apply;
import static dev.cardinal.data.transform.Fixture.grey;
import static dev.cardinal.data.transform.Fixture.numbered;
import static dev.cardinal.data.transform.Fixture.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.ArrayDataset;
import dev.cardinal.data.Image;
import dev.cardinal.data.Pictures;
import dev.cardinal.data.Pipeline;
import dev.cardinal.random.PhiloxRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GeometryTest {
  @Test
  void shrinkingByTwoUsesTheWidenedTriangle() {
    // Half-width 2, centre at 2: weights of (1 − |d|/2) at d = ±½, ±1½ are ¾ and ¼, over their sum 2; the borders lose the outer tap.
    Image in = grey(8, 0, 10, 20, 40, 80, 160, 200, 240);
    Image out = apply(new Resize(1, 4), in);
    double[] expected = {
      (0.75 * 0 + 0.75 * 10 + 0.25 * 20) / 1.75,
      (0.25 * 10 + 0.75 * 20 + 0.75 * 40 + 0.25 * 80) / 2,
      (0.25 * 40 + 0.75 * 80 + 0.75 * 160 + 0.25 * 200) / 2,
      (0.25 * 160 + 0.75 * 200 + 0.75 * 240) / 1.75,
    };
    for (int i = 0; i < 4; i++) {
      assertEquals(Math.round(expected[i]), out.sample(0, i, 0));
    }
  }

  @Test
  void enlargingByTwoInterpolatesAtQuarters() {
    Image out = apply(new Resize(4, 2), new Image(1, 2, 1, new byte[] {0, 100}));
    for (int x = 0; x < 2; x++) {
      assertEquals(0, out.sample(0, x, 0));
      assertEquals(25, out.sample(1, x, 0));
      assertEquals(75, out.sample(2, x, 0));
      assertEquals(100, out.sample(3, x, 0));
    }
  }

  /**
   * A linear ramp stays a linear ramp away from the borders, exactly so when enlarging or at whole ratios; at others the sampled filter is
   * off by a fraction of an input pixel. Channels do not mix.
   */
  @Test
  void resizeKeepsRamps() {
    byte[] s = new byte[60 * 40 * 3];
    for (int y = 0, i = 0; y < 60; y++) {
      for (int x = 0; x < 40; x++) {
        s[i++] = (byte) (4 * y);
        s[i++] = (byte) (6 * x);
        s[i++] = 77;
      }
    }
    for (int[] size : new int[][] {{120, 90}, {20, 10}, {25, 33}, {47, 14}}) {
      Image out = apply(new Resize(size[0], size[1]), new Image(3, 60, 40, s));
      boolean whole = 60 % size[0] == 0 || size[0] > 60;
      double off = whole ? 0 : 0.2;
      for (int y = size[0] / 4; y < size[0] * 3 / 4; y++) {
        for (int x = size[1] / 4; x < size[1] * 3 / 4; x++) {
          assertEquals(4 * ((y + 0.5) * 60 / size[0] - 0.5), out.sample(y, x, 0), 0.51 + 4 * off);
          assertEquals(6 * ((x + 0.5) * 40 / size[1] - 0.5), out.sample(y, x, 1), 0.51 + 6 * off);
          assertEquals(77, out.sample(y, x, 2));
        }
      }
    }
  }

  @Test
  void shorterSideKeepsProportions() {
    Image wide = apply(Resize.shorterSide(16), numbered(3, 32, 50));
    assertEquals(16, wide.height());
    assertEquals(25, wide.width());
    Image high = apply(Resize.shorterSide(16), numbered(3, 50, 32));
    assertEquals(25, high.height());
    Image same = numbered(3, 16, 16);
    assertTrue(same == apply(Resize.shorterSide(16), same));
  }

  @Test
  void centerCropTakesTheMiddle() {
    Image in = numbered(3, 9, 8);
    Image out = apply(new CenterCrop(3, 4), in);
    for (int y = 0; y < 3; y++) {
      for (int x = 0; x < 4; x++) {
        assertEquals(in.sample(y + 3, x + 2, 1), out.sample(y, x, 1));
      }
    }
    String message = assertThrows(IllegalArgumentException.class, () -> apply(new CenterCrop(10, 4), in)).getMessage();
    assertEquals("a centre crop of 10x4 does not fit an image of 9x8; resize it first", message);
  }

  @Test
  void randomCropReachesEveryPlaceOnce() {
    Image in = numbered(1, 5, 6);
    Set<Integer> seen = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      Image out = new RandomCrop(4, 4).apply(in, random(seed));
      int corner = out.sample(0, 0, 0);
      seen.add(corner);
      assertEquals(corner + 7 * (3 * 6 + 3) & 0xff, out.sample(3, 3, 0));
    }
    assertEquals(Set.of(11, 18, 25, 53, 60, 67), seen);
  }

  @Test
  void padCropEqualsPaddingThenCropping() {
    int p = 3;
    for (PadCrop.Mode mode : PadCrop.Mode.values()) {
      for (int channels : new int[] {1, 3}) {
        Image in = numbered(channels, 5, 6);
        Image padded = padded(in, p, mode);
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < SEEDS * 3; seed++) {
          Image out = new PadCrop(p, mode).apply(in, random(seed));
          PhiloxRandom same = random(seed);
          int top = same.nextInt(2 * p + 1);
          int left = same.nextInt(2 * p + 1);
          seen.add(top + "," + left);
          assertEquals(0, Pictures.distance(Cropping.crop(padded, top, left, 5, 6), out), mode + " " + top + " " + left);
        }
        assertEquals((2 * p + 1) * (2 * p + 1), seen.size());
      }
    }
  }

  private static Image padded(Image in, int p, PadCrop.Mode mode) {
    Image out = Image.blank(in.channels(), in.height() + 2 * p, in.width() + 2 * p);
    for (int y = 0; y < out.height(); y++) {
      for (int x = 0; x < out.width(); x++) {
        int sy = y - p;
        int sx = x - p;
        if (mode == PadCrop.Mode.REFLECT) {
          sy = in.height() - 1 - Math.abs(in.height() - 1 - Math.abs(sy));
          sx = in.width() - 1 - Math.abs(in.width() - 1 - Math.abs(sx));
        }
        if (sy >= 0 && sx >= 0 && sy < in.height() && sx < in.width()) {
          for (int c = 0; c < in.channels(); c++) {
            out.samples()[(y * out.width() + x) * in.channels() + c] = (byte) in.sample(sy, sx, c);
          }
        }
      }
    }
    return out;
  }

  @Test
  void padCropLargerThanTheImageIsBlackOrAnError() {
    Image tiny = grey(2, 1, 2, 3, 4);
    for (int seed = 0; seed < SEEDS; seed++) {
      new PadCrop(5, PadCrop.Mode.ZERO).apply(tiny, random(seed));
    }
    assertThrows(IllegalArgumentException.class, () -> apply(new PadCrop(5, PadCrop.Mode.REFLECT), tiny));
  }

  @Test
  void flipsMirrorAndUndoThemselves() {
    Image in = numbered(3, 4, 5);
    Image h = apply(new HorizontalFlip(1), in);
    Image v = apply(new VerticalFlip(1), in);
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 5; x++) {
        for (int c = 0; c < 3; c++) {
          assertEquals(in.sample(y, 4 - x, c), h.sample(y, x, c));
          assertEquals(in.sample(3 - y, x, c), v.sample(y, x, c));
        }
      }
    }
    assertArrayEquals(in.samples(), apply(new HorizontalFlip(1), h).samples());
    assertTrue(in == apply(new HorizontalFlip(0), in));
    int flipped = 0;
    for (int seed = 0; seed < 2000; seed++) {
      flipped += new HorizontalFlip(0.25).apply(in, random(seed)) == in ? 0 : 1;
    }
    // Four standard deviations of a binomial count.
    assertEquals(500, flipped, 4 * Math.sqrt(2000 * 0.25 * 0.75));
  }

  @Test
  void quarterTurnsAreExact() {
    Image in = numbered(3, 5, 5);
    Image out = apply(new Rotation(90, 90, 0), in);
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 5; x++) {
        // Counter-clockwise: the right column becomes the top row.
        assertEquals(in.sample(x, 4 - y, 2), out.sample(y, x, 2));
      }
    }
    Image half = apply(new Rotation(180, 180, 0), numbered(1, 4, 6));
    assertEquals(numbered(1, 4, 6).sample(3, 5, 0), half.sample(0, 0, 0));
  }

  @Test
  void rotationFillsFromOutside() {
    Image out = apply(new Rotation(45, 45, 9), new Image(1, 21, 21, Image.blank(1, 21, 21).samples()));
    assertEquals(9, out.sample(0, 0, 0));
    assertEquals(0, out.sample(10, 10, 0));
  }

  @Test
  void randomResizedCropOfTheWholeIsAResize() {
    Image in = numbered(3, 12, 12);
    Image out = apply(new RandomResizedCrop(5, 7, 1, 1, 1), in);
    assertEquals(0, Pictures.distance(apply(new Resize(5, 7), in), out));
  }

  /** Cropping a ramp tells where and how large the rectangle was. */
  @Test
  void randomResizedCropsHaveTheAskedAreasAndProportions() {
    byte[] s = new byte[200 * 200 * 3];
    for (int i = 0, p = 0; i < s.length; i += 3, p++) {
      s[i] = (byte) (p / 200);
      s[i + 1] = (byte) (p % 200);
    }
    Image in = new Image(3, 200, 200, s);
    double smallest = 1;
    double largest = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Image out = new RandomResizedCrop(10, 10).apply(in, random(seed));
      double h = (out.sample(7, 5, 0) - out.sample(2, 5, 0)) / 5.0 * 10;
      double w = (out.sample(5, 7, 1) - out.sample(5, 2, 1)) / 5.0 * 10;
      double area = h * w / 40000;
      smallest = Math.min(smallest, area);
      largest = Math.max(largest, area);
      assertTrue(h / w > 0.65 && h / w < 1.55, h + " x " + w);
    }
    assertTrue(smallest > 0.06 && smallest < 0.15, "smallest " + smallest);
    assertTrue(largest > 0.8 && largest < 1.05, "largest " + largest);
  }

  @Test
  void tenCropIsCornersMiddleAndMirrors() throws Exception {
    Image in = numbered(3, 8, 10);
    List<Image> crops = new TenCrop(4, 4).apply(in);
    int[][] corners = {{0, 0}, {0, 6}, {4, 0}, {4, 6}, {2, 3}};
    for (int i = 0; i < 5; i++) {
      assertEquals(in.sample(corners[i][0] + 1, corners[i][1] + 2, 0), crops.get(i).sample(1, 2, 0));
      assertEquals(crops.get(i).sample(3, 0, 1), crops.get(i + 5).sample(3, 3, 1));
    }
    TenCropDataset data = new TenCropDataset(new ArrayDataset(List.of("x", "y"), List.of(numbered(3, 3, 3), in), 0, 1), new Resize(8, 10),
        new TenCrop(4, 4));
    assertEquals(20, data.size());
    assertEquals(1, data.label(17));
    assertEquals(0, Pictures.distance(crops.get(7), data.image(17)));
  }

  @Test
  void everyPresetMakesTheSizeItPromises() {
    for (String name : Augmentations.names()) {
      for (int channels : new int[] {1, 3}) {
        for (Pipeline p : List.of(Augmentations.byName(name, 24, Augmentations.customary(channels)),
            Augmentations.evaluation(name, 24, Augmentations.customary(channels)))) {
          float[] out = new float[p.length() + 2];
          p.apply(numbered(3, 40, 57), random(1), out, 1);
          p.apply(numbered(1, 7, 5), random(1), out, 1);
          assertEquals(0, out[0]);
          assertNotEquals(0, out[p.length()]);
          assertEquals(0, out[p.length() + 1]);
        }
      }
    }
    String message = assertThrows(IllegalArgumentException.class, () -> Augmentations.byName("magic", 24)).getMessage();
    assertTrue(message.startsWith("unknown augmentation 'magic'; use one of none, flip"), message);
  }

  @Test
  void transformsNeverWriteIntoTheirInput() {
    Image in = numbered(3, 40, 57);
    byte[] before = in.samples().clone();
    for (String name : Augmentations.names()) {
      Augmentations.byName(name, 24).transform(in, random(4));
    }
    Image fitting = numbered(3, 24, 24);
    byte[] beforeFitting = fitting.samples().clone();
    for (String name : Augmentations.names()) {
      Augmentations.byName(name, 24).transform(fitting, random(4));
    }
    assertArrayEquals(before, in.samples());
    assertArrayEquals(beforeFitting, fitting.samples());
  }
}
