package dev.cardinal.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.image.ImageDecoder;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.data.transform.RandomResizedCrop;
import dev.cardinal.random.PhiloxRandom;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A part decoded alone is the part of the whole. */
class PartsTest {
  private static final long LIMIT = 1 << 20;

  @TempDir
  Path temporary;

  private static Image noise(int height, int width, long seed) {
    Image image = Image.blank(3, height, width);
    new Random(seed).nextBytes(image.samples());
    return image;
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "bmp"})
  void aPartOfAFileIsThatPartOfItsPicture(String format) throws Exception {
    byte[] file = Pictures.file(noise(61, 83, 5), format);
    Image whole = ImageDecoder.decode(file, LIMIT);
    Random random = new Random(9);
    for (int i = 0; i < 60; i++) {
      int h = 1 + random.nextInt(61);
      int w = 1 + random.nextInt(83);
      Region part = new Region(random.nextInt(62 - h), random.nextInt(84 - w), h, w);
      assertArrayEquals(part.of(whole).samples(), ImageDecoder.decode(file, LIMIT, (height, width) -> part).samples(), part.toString());
    }
  }

  @Test
  void greyJpegsHavePartsToo() throws Exception {
    byte[] file = Pictures.file(noise(40, 30, 1).withChannels(1), "jpg");
    Image whole = ImageDecoder.decode(file, LIMIT);
    Region part = new Region(7, 3, 20, 21);
    Image got = ImageDecoder.decode(file, LIMIT, (height, width) -> part);
    assertEquals(1, got.channels());
    assertArrayEquals(part.of(whole).samples(), got.samples());
  }

  @Test
  void aFileThatEndsEarlyIsFoundOutWhateverThePart() {
    byte[] whole = Pictures.file(noise(64, 64, 2), "jpg");
    byte[] half = Arrays.copyOf(whole, whole.length / 2);
    String message = assertThrows(DataException.class, () -> ImageDecoder.decode(half, LIMIT, (h, w) -> new Region(0, 0, 4, 4))).getMessage();
    assertTrue(message.contains("JPEG"), message);
  }

  /** The same numbers whether the pictures are decoded once and kept, or in parts as they are asked for; and whatever stands before a picture. */
  @Test
  void aFolderGivesTheSameBatchesDecodedAheadOrInParts() throws Exception {
    for (int i = 0; i < 8; i++) {
      Path folder = Files.createDirectories(temporary.resolve(i % 2 == 0 ? "cat" : "dog"));
      Files.write(folder.resolve(i + ".jpg"), Pictures.file(noise(50 + i, 90 - 3 * i, i), "jpg"));
    }
    DataOptions options = DataOptions.defaults();
    try (DataSplits kept = Datasets.open(temporary.toString(), options); DataSplits parts = Datasets.open(temporary.toString(), options.withCacheBytes(0))) {
      float[] one = all(kept.train());
      assertArrayEquals(one, all(parts.train()));
      assertTrue(Arrays.stream(toDoubles(one)).distinct().count() > 100);
    }
  }

  private static float[] all(Dataset data) throws Exception {
    Pipeline p = Augmentations.byName("imagenet", 32);
    float[] out = new float[data.size() * p.length()];
    for (int i = 0; i < data.size(); i++) {
      int sample = i;
      p.apply(data, i, () -> new PhiloxRandom(3, sample), out, i * p.length());
    }
    return out;
  }

  private static double[] toDoubles(float[] f) {
    double[] d = new double[f.length];
    for (int i = 0; i < f.length; i++) {
      d[i] = f[i];
    }
    return d;
  }

  /** What takes a broken picture's place is cut as if the broken one had never been tried: a resumed run, which knows the broken ones already or not yet, sees the same. */
  @Test
  void aReplacementIsCutTheSameBeforeAndAfterTheBrokenOneIsKnown() throws Exception {
    for (int i = 0; i < 6; i++) {
      Path folder = Files.createDirectories(temporary.resolve(i % 2 == 0 ? "cat" : "dog"));
      byte[] file = Pictures.file(noise(40, 60, i), "jpg");
      Files.write(folder.resolve(i + ".jpg"), i == 2 ? Arrays.copyOf(file, file.length * 2 / 3) : file);
    }
    try (DataSplits parts = Datasets.open(temporary.toString(), DataOptions.defaults().withCacheBytes(0))) {
      assertArrayEquals(all(parts.train()), all(parts.train()));
    }
  }

  @Test
  void regionsAreChecked() {
    Image image = noise(10, 12, 1);
    assertThrows(IllegalArgumentException.class, () -> new Region(0, 0, 0, 4));
    assertThrows(IllegalArgumentException.class, () -> new Region(-1, 0, 4, 4));
    String message = assertThrows(IllegalArgumentException.class, () -> new Region(8, 0, 3, 4).of(image)).getMessage();
    assertTrue(message.contains("beyond an image of 10x12"), message);
  }

  @Test
  void aPartAndTheRestAreTheTransform() {
    RandomResizedCrop crop = new RandomResizedCrop(9, 7);
    Image image = noise(33, 47, 6);
    Image once = crop.apply(image, new PhiloxRandom(1, 2));
    Image twice = crop.applyToPart(crop.part(33, 47, new PhiloxRandom(1, 2)).of(image));
    assertArrayEquals(once.samples(), twice.samples());
  }
}
