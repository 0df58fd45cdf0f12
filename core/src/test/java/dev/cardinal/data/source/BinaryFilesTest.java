package dev.cardinal.data.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.DataException;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinaryFilesTest {
  @TempDir Path folder;

  /** Sample value that names its place. */
  private static int cifarSample(int record, int channel, int y, int x) {
    return 31 * record + 7 * channel + 5 * y + x & 0xff;
  }

  private static byte[] cifar(int first, int records, int... labelBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int r = first; r < first + records; r++) {
      for (int l : labelBytes) {
        out.write(l + r);
      }
      for (int i = 0; i < 3072; i++) {
        out.write(cifarSample(r, i / 1024, i / 32 % 32, i % 32));
      }
    }
    return out.toByteArray();
  }

  private DataSplits open(String spec) throws IOException {
    return Datasets.open(spec + ":" + folder, DataOptions.defaults());
  }

  private String message(String spec) {
    String message = assertThrows(DataException.class, () -> open(spec)).getMessage();
    assertTrue(message.contains(folder.toString()) && !message.contains("\n"), message);
    return message;
  }

  private void writeCifar10(Path to) throws IOException {
    for (int i = 1; i <= 5; i++) {
      Files.write(to.resolve("data_batch_" + i + ".bin"), cifar(2 * (i - 1), 2, 0));
    }
    Files.write(to.resolve("test_batch.bin"), cifar(3, 1, 0));
  }

  @Test
  void cifar10RecordsAreInterleaved() throws Exception {
    Path below = Files.createDirectory(folder.resolve("cifar-10-batches-bin"));
    writeCifar10(below);
    Files.writeString(below.resolve("batches.meta.txt"), "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
    try (DataSplits data = open("cifar10")) {
      assertEquals(10, data.train().size());
      assertEquals("truck", data.train().classes().get(9));
      for (int i = 0; i < 10; i++) {
        assertEquals(i, data.train().label(i));
        Image image = data.train().image(i);
        assertEquals(cifarSample(i, 2, 17, 5), image.sample(17, 5, 2));
        assertEquals(cifarSample(i, 0, 31, 30), image.sample(31, 30, 0));
      }
      assertEquals(3, data.test().label(0));
    }
  }

  @Test
  void cifar100UsesTheFineLabel() throws Exception {
    Files.write(folder.resolve("train.bin"), cifar(0, 3, 5, 60));
    Files.write(folder.resolve("test.bin"), cifar(1, 1, 5, 60));
    try (DataSplits data = open("cifar100")) {
      assertEquals(62, data.train().label(2));
      assertEquals(cifarSample(2, 1, 4, 9), data.train().image(2).sample(4, 9, 1));
      assertEquals(100, data.test().classes().size());
    }
  }

  @Test
  void unusableCifarFilesAreNamed() throws Exception {
    assertTrue(message("cifar10").contains("data_batch_1.bin is missing"));
    writeCifar10(folder);
    Files.write(folder.resolve("data_batch_4.bin"), new byte[3072]);
    assertTrue(message("cifar10").contains("data_batch_4.bin has 3072 bytes"));
    Files.write(folder.resolve("data_batch_4.bin"), cifar(0, 1, 10));
    assertTrue(message("cifar10").contains("record 0 has the label 10, but there are 10 classes"));
    Files.writeString(folder.resolve("batches.meta.txt"), "one\ntwo\n");
    assertTrue(message("cifar10").contains("names 2 classes instead of 10"));
  }

  @Test
  void thePythonVersionIsRefusedWithAReason() throws Exception {
    Files.write(folder.resolve("data_batch_1"), new byte[] {1});
    assertTrue(message("cifar10").contains("pickled"));
  }

  private void writeIdx(String name, int magic, byte[] body, int... sizes) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(4 + 4 * sizes.length + body.length).putInt(magic);
    for (int s : sizes) {
      b.putInt(s);
    }
    b.put(body);
    OutputStream file = Files.newOutputStream(folder.resolve(name));
    try (OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(file) : file) {
      out.write(b.array());
    }
  }

  private void writeMnist(String separator, String ending) throws IOException {
    byte[] pixels = new byte[3 * 4 * 5];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 3 + 100);
    }
    writeIdx("train-images" + separator + "idx3-ubyte" + ending, 0x803, pixels, 3, 4, 5);
    writeIdx("train-labels" + separator + "idx1-ubyte" + ending, 0x801, new byte[] {2, 0, 1}, 3);
    writeIdx("t10k-images" + separator + "idx3-ubyte" + ending, 0x803, pixels, 3, 4, 5);
    writeIdx("t10k-labels" + separator + "idx1-ubyte" + ending, 0x801, new byte[] {1, 1, 2}, 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-", "-.gz", ".", "..gz"})
  void idxFilesComeBackExactly(String kind) throws Exception {
    writeMnist(kind.substring(0, 1), kind.substring(1));
    try (DataSplits data = open("mnist")) {
      assertEquals(1, data.train().channels());
      assertEquals(List.of("0", "1", "2"), data.train().classes());
      assertEquals(2, data.train().label(0));
      Image image = data.train().image(1);
      assertEquals(4, image.height());
      assertEquals(5, image.width());
      assertEquals((20 + 2 * 5 + 3) * 3 + 100 & 0xff, image.sample(2, 3, 0));
    }
  }

  @Test
  void unusableIdxFilesAreNamed() throws Exception {
    assertTrue(message("mnist").contains("holds no train-images-idx3-ubyte"));
    writeMnist("-", "");
    writeIdx("train-images-idx3-ubyte", 0x803, new byte[59], 3, 4, 5);
    assertTrue(message("mnist").contains("ends after 2 of 3 images"));
    writeIdx("train-images-idx3-ubyte", 0x803, new byte[60], Integer.MAX_VALUE, 4, 5);
    assertTrue(message("mnist").contains("over the limit") || message("mnist").contains("ends after 3"));
    writeIdx("train-images-idx3-ubyte", 0x803, new byte[60], 3, Integer.MAX_VALUE, Integer.MAX_VALUE);
    assertTrue(message("mnist").contains("over the limit"));
    writeIdx("train-images-idx3-ubyte", 0xD03, new byte[60], 3, 4, 5);
    assertTrue(message("mnist").contains("begins with 00000d03 instead of 00000803"));
    writeMnist("-", "");
    writeIdx("train-labels-idx1-ubyte", 0x801, new byte[] {1, 2}, 2);
    assertTrue(message("mnist").contains("holds 2 labels for 3 images"));
    writeMnist("-", "");
    writeIdx("t10k-labels-idx1-ubyte", 0x801, new byte[] {1, 1, 9}, 3);
    assertTrue(message("mnist").contains("test image 2 has the label 9"));
    writeIdx("train-labels-idx1-ubyte", 0x801, new byte[3], 3);
    assertTrue(message("mnist").contains("all training labels are 0"));
  }
}
