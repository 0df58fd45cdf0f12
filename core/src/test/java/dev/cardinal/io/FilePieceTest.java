package dev.cardinal.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilePieceTest {
  @TempDir
  Path folder;

  /** The process lives on and the caller gets an exception, in interpreted code as in compiled code. Windows does not let a mapped file be cut off. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aFileCutOffUnderAMappingGivesAnException() throws IOException {
    Path file = folder.resolve("cut");
    int floats = 1 << 15;
    float[] into = new float[floats];
    for (int round = 0; round < 300; round++) {
      Files.write(file, new byte[4 * floats]);
      try (FileChannel channel = FileChannel.open(file); FilePiece piece = FilePiece.of(channel, 0, 4 * floats)) {
        boolean cut = round % 3 != 0;
        if (cut) {
          try (RandomAccessFile cutter = new RandomAccessFile(file.toFile(), "rw")) {
            cutter.setLength(round % 2 == 0 ? 0 : 3 * 4096);
          }
        }
        boolean oneByOne = round % 5 == 0;
        if (cut) {
          assertThrows(EOFException.class, () -> copy(piece, into, oneByOne));
        } else {
          copy(piece, into, oneByOne);
        }
      }
    }
  }

  private static void copy(FilePiece piece, float[] into, boolean oneByOne) throws IOException {
    piece.copy(bytes -> {
      if (oneByOne) {
        for (int i = 0; i < into.length; i++) {
          into[i] = bytes.getFloat(4 * i);
        }
      } else {
        bytes.asFloatBuffer().get(into);
      }
    });
  }

  /** A process of its own, since a fault that nobody handles would end it: a file is cut off while one tensor after another is read, in interpreted code and in compiled code. On Windows it cannot be. */
  @ParameterizedTest
  @ValueSource(strings = {"-Xint", "-Xcomp", "-Xmixed"})
  @DisabledOnOs(OS.WINDOWS)
  void aProcessOutlivesFilesThatAreCutOffWhileItReads(String mode) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process p = new ProcessBuilder(java, mode, "-XX:TieredStopAtLevel=1", "-XX:-CreateCoredumpOnCrash", "-cp", System.getProperty("java.class.path"), Reader.class.getName(), folder.toString())
        .redirectErrorStream(true).start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
    assertTrue(said.strip().endsWith("refused all that were cut off, read the others"), said);
  }

  /** What that process does. */
  static final class Reader {
    private static final int TENSORS = 12;

    private Reader() {}

    public static void main(String[] args) throws Exception {
      Path file = Path.of(args[0], "weights");
      Map<String, HostTensor> tensors = new LinkedHashMap<>();
      for (int i = 0; i < TENSORS; i++) {
        tensors.put("t" + i, HostTensor.generate(new TensorType(DType.values()[i % DType.values().length], Shape.of(20_000)), k -> k % 100));
      }
      for (int round = 0; round < 8; round++) {
        Safetensors.write(file, tensors, Map.of());
        long half = Files.size(file) / 2;
        Thread cutter = new Thread(() -> cut(file, half));
        try (Safetensors opened = Safetensors.open(file)) {
          readable(opened, tensors, 0, round);
          cutter.start();
          if (round % 2 == 0) {
            cutter.join();
          }
          readable(opened, tensors, round, TENSORS);
          cutter.join();
          int left = readable(opened, tensors, 0, TENSORS);
          if (left == 0 || left == TENSORS) {
            throw new IllegalStateException(left + " of " + TENSORS + " tensors were read from half a file");
          }
        }
      }
      System.out.println("refused all that were cut off, read the others");
    }

    /** How many tensors were read; each of them must be what was written. */
    private static int readable(Safetensors opened, Map<String, HostTensor> tensors, int from, int to) {
      int read = 0;
      for (int i = from; i < to; i++) {
        try {
          if (!tensors.get("t" + i).sameBits(opened.read("t" + i))) {
            throw new IllegalStateException("t" + i + " was read wrongly");
          }
          read++;
        } catch (IOException expected) {
          // It was cut off.
        }
      }
      return read;
    }

    private static void cut(Path file, long size) {
      try (RandomAccessFile cutter = new RandomAccessFile(file.toFile(), "rw")) {
        cutter.setLength(size);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** What the system says of this process: no handle and no mapping of a file that was read remains. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void nothingOfAFileIsHeldOnceItIsClosed() throws IOException {
    Path file = folder.resolve("held.safetensors");
    Safetensors.write(file, Map.of("x", HostTensor.zeros(new TensorType(DType.F32, Shape.of(100_000)))), Map.of());
    try (Safetensors opened = Safetensors.open(file)) {
      assertEquals(100_000, opened.read("x").size());
      assertTrue(handles().contains(file.toString()), "the file is open");
    }
    assertFalse(handles().contains(file.toString()), "a handle is left");
    assertFalse(Files.readString(Path.of("/proc/self/maps")).contains(file.toString()), "a mapping is left");
  }

  private static String handles() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path p : open.toList()) {
        all.append(Files.exists(p) ? Files.readSymbolicLink(p) + "\n" : "");
      }
    }
    return all.toString();
  }

  @Test
  void aPieceBeyondTheEndIsRefused() throws IOException {
    Path file = Files.write(folder.resolve("short"), new byte[100]);
    try (FileChannel channel = FileChannel.open(file)) {
      assertTrue(assertThrows(EOFException.class, () -> FilePiece.of(channel, 40, 61)).getMessage().contains("byte 100"));
      FilePiece.of(channel, 40, 60).close();
    }
  }

  /** Several pieces, the last a short one, at an offset that is no multiple of anything, behind 2 GiB of hole. */
  @Test
  void aTensorLargerThanAPieceIsRead() throws IOException {
    int n = FilePiece.MAX_BYTES / 2 + 12_345;
    long hole = 2_200_000_000L;
    String json = "{\"hole\":{\"dtype\":\"U8\",\"shape\":[2,1100000000],\"data_offsets\":[0,%d]},\"t\":{\"dtype\":\"F16\",\"shape\":[%d],\"data_offsets\":[%d,%d]}} ".formatted(hole, n, hole, hole + 2L * n);
    json += " ".repeat((9 - json.length() % 8) % 8);
    Path file = folder.resolve("large");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.writeLong(Long.reverseBytes(json.length()));
      out.write(json.getBytes(StandardCharsets.US_ASCII));
      for (long i : new long[] {0, n / 2, FilePiece.MAX_BYTES / 2 - 1, FilePiece.MAX_BYTES / 2, n - 1}) {
        out.seek(8 + json.length() + hole + 2 * i);
        out.writeShort(Short.reverseBytes((short) (i % 1000 + 1)));
      }
    }
    assertEquals(1, (8 + json.length()) % 8);
    try (Safetensors opened = Safetensors.open(file)) {
      short[] bits = opened.read("t").halfBits();
      short[] expected = new short[n];
      for (int i : new int[] {0, n / 2, FilePiece.MAX_BYTES / 2 - 1, FilePiece.MAX_BYTES / 2, n - 1}) {
        expected[i] = (short) (i % 1000 + 1);
      }
      assertArrayEquals(expected, bits);
    }
  }

  /** A file that was read can be replaced and deleted while it is still open, and the open one goes on showing what it was opened on. Windows keeps open files from that. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aFileCanBeReplacedWhileItIsOpen() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Path other = folder.resolve("b.safetensors");
    Safetensors.write(file, Map.of("x", HostTensor.generate(new TensorType(DType.F64, Shape.of(5000)), i -> i)), Map.of());
    Safetensors.write(other, Map.of("x", HostTensor.zeros(new TensorType(DType.F64, Shape.of(5)))), Map.of());
    try (Safetensors opened = Safetensors.open(file)) {
      HostTensor before = opened.read("x");
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      assertTrue(before.sameBits(opened.read("x")));
    }
    assertEquals(5, Safetensors.readAll(file).get("x").size());
    Files.delete(file);
  }
}
