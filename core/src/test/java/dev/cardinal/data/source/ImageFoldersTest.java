package dev.cardinal.data.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.DataException;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Pictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageFoldersTest {
  private static final DataOptions OPTIONS = DataOptions.defaults().withThreads(2);

  @TempDir Path folder;

  /** Two splits, three classes, five formats. */
  private static Map<String, byte[]> files(String prefix) {
    Map<String, byte[]> files = new TreeMap<>();
    String[] classes = {"zebra", "ant", "cat"};
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < 4; i++) {
        byte[] png = Pictures.file(Pictures.gradient(8, 6 + i, 10 * c + i), "png");
        files.put(prefix + "train/" + classes[c] + "/" + i + ".png", png);
      }
      files.put(prefix + "val/" + classes[c] + "/a.bmp", Pictures.file(Pictures.gradient(5, 5, c), "bmp"));
      files.put(prefix + "val/" + classes[c] + "/b.jpeg", Pictures.file(Pictures.gradient(5, 5, c), "jpg"));
      files.put(prefix + "val/" + classes[c] + "/c.gif", Pictures.file(Pictures.gradient(5, 5, c), "gif"));
      files.put(prefix + "val/" + classes[c] + "/d.webp", Pictures.solidWebp(5, 5, 1, 2, c));
    }
    files.put(prefix + "README.txt", "nothing to see".getBytes());
    files.put(prefix + "train/cat/.DS_Store", new byte[] {1});
    files.put("__MACOSX/train/cat/._0.png", new byte[] {1});
    return files;
  }

  private Path packed(String kind, Map<String, byte[]> files) throws IOException {
    return Archives.pack(folder, kind, files);
  }

  @ParameterizedTest
  @CsvSource({"folder, ''", "zip, ''", "zip, pictures/", "tar, ''", "tar, pictures/", "tar.gz, pictures/", "folder, pictures/"})
  void theSameFolderReadsTheSameEverywhere(String kind, String prefix) throws Exception {
    Path path = packed(kind, files(prefix));
    for (long cache : new long[] {0, 1 << 20}) {
      try (DataSplits data = Datasets.open(path.toString(), OPTIONS.withCacheBytes(cache))) {
        assertEquals(List.of("ant", "cat", "zebra"), data.train().classes());
        assertEquals(12, data.train().size());
        assertEquals(12, data.test().size());
        assertEquals(List.of(), data.warnings());
        assertEquals(3, data.train().channels());
        for (int i = 0; i < 12; i++) {
          int label = data.train().label(i);
          assertEquals(i / 4, label);
          assertEquals(prefix + "train/" + data.train().classes().get(label) + "/" + i % 4 + ".png", data.train().name(i));
          int made = new int[] {10, 20, 0}[label] + i % 4;
          assertEquals(0, Pictures.distance(Pictures.gradient(8, 6 + i % 4, made), data.train().image(i)));
        }
        assertEquals(5, data.test().image(3).width());
      }
    }
  }

  @Test
  void aSourceWithOneSplitHoldsOutATenthOfEachClass() throws Exception {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 20; i++) {
      files.put("top/dog/" + i + ".png", Pictures.file(Pictures.gradient(3, 3, i), "png"));
      files.put("top/cow/deeper/" + i + ".png", Pictures.file(Pictures.gradient(3, 3, i), "png"));
    }
    Path path = packed("zip", files);
    try (DataSplits a = Datasets.open(path.toString(), OPTIONS.withSeed(5));
        DataSplits b = Datasets.open(path.toString(), OPTIONS.withSeed(5));
        DataSplits c = Datasets.open(path.toString(), OPTIONS.withSeed(6))) {
      assertEquals(List.of("cow", "dog"), a.train().classes());
      assertEquals(36, a.train().size());
      assertArrayEquals(new int[] {0, 0, 1, 1}, labels(a));
      assertEquals(names(a), names(b));
      assertFalse(names(a).equals(names(c)));
      assertTrue(a.warnings().get(0).contains("held out"));
    }
  }

  private static int[] labels(DataSplits data) {
    int[] l = new int[data.test().size()];
    Arrays.setAll(l, data.test()::label);
    return l;
  }

  private static List<String> names(DataSplits data) {
    return java.util.stream.IntStream.range(0, data.test().size()).mapToObj(data.test()::name).toList();
  }

  private static Map<String, byte[]> withBroken() {
    Map<String, byte[]> files = files("");
    byte[] png = files.get("train/cat/1.png");
    files.put("train/cat/1.png", Arrays.copyOf(png, png.length / 2));
    files.put("train/cat/notes.png", "these are notes, not a picture".getBytes());
    files.put("train/ant/empty.jpg", new byte[0]);
    files.put("train/zebra/giant.png", Pictures.giantPng(100_000, 100_000));
    return files;
  }

  @Test
  void brokenFilesAreCountedNamedAndSkipped() throws Exception {
    Path path = packed("zip", withBroken());
    try (DataSplits data = Datasets.open(path.toString(), OPTIONS)) {
      assertEquals(11, data.train().size());
      assertEquals(5, data.warnings().size());
      assertTrue(data.warnings().get(0).endsWith("skipped 4 of 27 files that cannot be used"), data.warnings().get(0));
      String all = String.join("\n", data.warnings());
      assertTrue(all.contains("train/cat/1.png: a"), all);
      assertTrue(all.contains("train/cat/notes.png: not a JPEG"), all);
      assertTrue(all.contains("train/ant/empty.jpg: an empty file"), all);
      assertTrue(all.contains("train/zebra/giant.png: a picture of 100000x100000 pixels, over the limit"), all);
    }
    DataException e = assertThrows(DataException.class, () -> Datasets.open(path.toString(), OPTIONS.withFailOnBroken(true)));
    assertTrue(e.getMessage().contains("4 of 27 files cannot be used, the first is train/ant/empty.jpg"), e.getMessage());
  }

  /** Without a cache a broken body is found when the picture is asked for; the next picture of its class stands in. */
  @Test
  void withoutCacheABrokenBodyIsReplaced() throws Exception {
    Path path = packed("zip", withBroken());
    try (DataSplits data = Datasets.open(path.toString(), OPTIONS.withCacheBytes(0))) {
      assertEquals(12, data.train().size());
      assertEquals("train/cat/1.png", data.train().name(5));
      assertEquals(0, Pictures.distance(data.train().image(6), data.train().image(5)));
    }
    // The three bad headers fail at once, so they must go before the body can be what fails.
    Map<String, byte[]> onlyBody = withBroken();
    onlyBody.keySet().removeAll(List.of("train/cat/notes.png", "train/ant/empty.jpg", "train/zebra/giant.png"));
    Path strict = packed("tar", onlyBody);
    try (DataSplits data = Datasets.open(strict.toString(), OPTIONS.withCacheBytes(0).withFailOnBroken(true))) {
      assertTrue(assertThrows(DataException.class, () -> data.train().image(5)).getMessage().contains("train/cat/1.png"));
    }
  }

  @Test
  void filesOverTheLimitAreSkippedWhateverTheArchiveSays() throws Exception {
    Map<String, byte[]> files = files("");
    byte[] png = files.get("train/cat/2.png");
    files.put("train/cat/2.png", Arrays.copyOf(png, 100_000));
    for (String kind : List.of("zip", "tar", "folder")) {
      try (DataSplits data = Datasets.open(packed(kind, files).toString(), OPTIONS.withMaxFileBytes(50_000))) {
        assertEquals(11, data.train().size());
        assertTrue(data.warnings().get(1).contains("train/cat/2.png: a file of 100000 bytes, over the limit of 50000"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"zip, ../evil.png", "zip, train/../../evil.png", "zip, /etc/evil.png", "zip, ..\\evil.png", "zip, C:\\evil.png",
      "tar, ../evil.png", "tar.gz, train/cat/../../../evil.png", "tar, C:/evil.png"})
  void archivesCannotPointOutside(String kind, String name) throws Exception {
    Map<String, byte[]> files = files("");
    files.put(name, files.get("train/cat/0.png"));
    Path path = packed(kind, files);
    assertTrue(message(path).contains("points outside the archive"), message(path));
  }

  @Test
  void aGzipBombStopsAtTheLimit() throws Exception {
    Map<String, byte[]> files = files("");
    files.put("train/cat/zeros.png", new byte[4 << 20]);
    Path path = packed("tar.gz", files);
    assertTrue(Files.size(path) < 200_000);
    DataException e = assertThrows(DataException.class, () -> Datasets.open(path.toString(), OPTIONS.withMaxUnpackedBytes(1 << 20)));
    assertTrue(e.getMessage().contains("more than the limit of 1048576 bytes"), e.getMessage());
  }

  private String message(Path path) {
    String message = assertThrows(DataException.class, () -> Datasets.open(path.toString(), OPTIONS)).getMessage();
    assertTrue(message.contains(path.toString()), message);
    assertFalse(message.contains("\n"), message);
    return message;
  }

  @Test
  void unusableSourcesAreNamedInOneSentence() throws Exception {
    assertTrue(message(folder.resolve("missing")).contains("does not exist"));
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertTrue(message(empty).contains("holds no images in class folders"));
    Path text = Files.writeString(folder.resolve("data.csv"), "a,b");
    assertTrue(message(text).contains("is no zip, tar or tar.gz archive"));
    Path halfZip = folder.resolve("half.zip");
    byte[] zip = Files.readAllBytes(packed("zip", files("")));
    Files.write(halfZip, Arrays.copyOf(zip, zip.length / 2));
    assertTrue(message(halfZip).contains("no readable zip archive"));
    Path halfTar = folder.resolve("half.tar");
    byte[] tar = Files.readAllBytes(packed("tar", files("")));
    Files.write(halfTar, Arrays.copyOf(tar, 10_000));
    assertTrue(message(halfTar).contains("half.tar"));
    Path halfGzip = folder.resolve("half.tgz");
    byte[] gzip = Files.readAllBytes(packed("tar.gz", files("")));
    Files.write(halfGzip, Arrays.copyOf(gzip, gzip.length / 2));
    assertTrue(message(halfGzip).contains("cannot be unpacked"));
  }

  @Test
  void unusableLayoutsAreNamedInOneSentence() throws Exception {
    byte[] png = Pictures.file(Pictures.gradient(3, 3, 1), "png");
    assertTrue(message(packed("zip", Map.of("train/cat/1.png", png, "test/cat/1.png", png))).contains("one class only ('cat')"));
    assertTrue(message(packed("zip", Map.of("train/cat/1.png", png, "train/dog/1.png", png, "test/cat/1.png", png)))
        .contains("the split 'train' has the class 'dog', which 'test' lacks"));
    assertTrue(message(packed("zip", Map.of("train/cat/1.png", png, "test/dog/1.png", png, "test/cat/1.png", png)))
        .contains("the split 'test' has the class 'dog', which 'train' lacks"));
    assertTrue(message(packed("zip", Map.of("cat/1.png", png, "dog/1.png", "no picture at all".getBytes())))
        .contains("no file of the class 'dog' is a readable image"));
    assertTrue(message(packed("zip", Map.of("cat/1.png", png, "dog/1.png", png))).contains("too few images (2) to hold any out"));
    Path withEmpty = packed("folder", Map.of("cat/1.png", png, "dog/1.png", png));
    Files.createDirectory(withEmpty.resolve("eel"));
    assertTrue(message(withEmpty).contains("the class folder eel is empty"));
  }

  @Test
  void headersBehindLongPreviewsAreFoundInFolders() throws Exception {
    Map<String, byte[]> files = files("");
    for (int length : new int[] {5_000, 60_000, 180_000}) {
      files.put("train/cat/camera" + length + ".jpg", Pictures.withMetadata(Pictures.file(Pictures.gradient(6, 9, 1), "jpg"), length));
    }
    try (DataSplits data = Datasets.open(packed("zip", files).toString(), OPTIONS)) {
      assertEquals(List.of(), data.warnings());
      assertEquals(15, data.train().size());
    }
  }

  @Test
  void anotherKindOfDataInAFolderIsPointedOut() throws Exception {
    Files.write(folder.resolve("data_batch_1.bin"), new byte[3073]);
    assertTrue(message(folder).contains("cifar10:" + folder));
  }

  @Test
  void threadsDoNotChangeWhatIsRead() throws Exception {
    Path path = packed("zip", withBroken());
    try (DataSplits one = Datasets.open(path.toString(), OPTIONS.withThreads(1));
        DataSplits many = Datasets.open(path.toString(), OPTIONS.withThreads(7))) {
      assertEquals(one.warnings(), many.warnings());
      for (int i = 0; i < one.train().size(); i++) {
        assertEquals(one.train().name(i), many.train().name(i));
        assertArrayEquals(one.train().image(i).samples(), many.train().image(i).samples());
      }
    }
  }
}
