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
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir
  Path folder;

  /** The bytes are spelled out by hand from the format's description, so that reader and writer cannot be wrong together. */
  @Test
  void writesAndReadsTheDocumentedBytes() throws IOException {
    String json = "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
    int padded = (json.length() + 7) / 8 * 8;
    ByteBuffer expected = ByteBuffer.allocate(8 + padded + 11).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(padded).put((json + " ".repeat(padded - json.length())).getBytes(StandardCharsets.US_ASCII));
    expected.put(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0}); // 1f, -2f
    expected.put(new byte[] {1, 2, (byte) 255});

    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("a", HostTensor.of(Shape.of(2), 1f, -2f));
    tensors.put("b", HostTensor.of(Shape.of(3), new byte[] {1, 2, -1}));
    Path file = folder.resolve("x.safetensors");
    Safetensors.write(file, tensors, Map.of("k", "v"));

    assertArrayEquals(expected.array(), Files.readAllBytes(file));
    try (Safetensors opened = Safetensors.open(file)) {
      assertEquals(List.of("a", "b"), List.copyOf(opened.names()));
      assertEquals(Map.of("k", "v"), opened.metadata());
      assertEquals(TensorType.f32(2), opened.type("a"));
      assertArrayEquals(new float[] {1, -2}, opened.read("a").floats());
      assertArrayEquals(new byte[] {1, 2, -1}, opened.read("b").bytes());
      assertThrows(IllegalArgumentException.class, () -> opened.read("c"));
    }
  }

  @Test
  void everyTypeComesBackBitForBit() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      tensors.put(dtype + ".scalar", HostTensor.generate(new TensorType(dtype, Shape.scalar()), i -> 3));
      tensors.put(dtype + ".empty", HostTensor.zeros(new TensorType(dtype, Shape.of(4, 0, 2))));
      // longer than one piece of the copy loops for the wide types
      tensors.put(dtype + ".large", HostTensor.generate(new TensorType(dtype, Shape.of(7, 43_691)), i -> random.nextInt(-120, 120)));
    }
    tensors.put("odd floats", HostTensor.of(Shape.of(4), Float.NaN, -0f, Float.MIN_VALUE, Float.intBitsToFloat(0x7fc12345)));
    tensors.put("naïve \"名\" \n", HostTensor.of(Shape.of(2), Long.MIN_VALUE, Long.MAX_VALUE));
    Path file = folder.resolve("all.safetensors");
    Safetensors.write(file, tensors, Map.of());

    Map<String, HostTensor> read = Safetensors.readAll(file);
    assertEquals(List.copyOf(tensors.keySet()), List.copyOf(read.keySet()));
    tensors.forEach((name, t) -> assertTrue(t.sameBits(read.get(name)), name));
    try (Safetensors opened = Safetensors.open(file)) {
      assertTrue(opened.metadata().isEmpty());
    }
  }

  @Test
  void tensorsAreAlignedToTheirElements() throws IOException {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("byte", HostTensor.of(Shape.of(3), new byte[3]));
    tensors.put("double", HostTensor.of(Shape.of(1), 1.0));
    Path file = folder.resolve("aligned");
    Safetensors.write(file, tensors, Map.of());
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(0, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8);
    assertTrue(new String(bytes, StandardCharsets.ISO_8859_1).contains("\"double\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}} | 4 | takes 8 bytes
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}} | 4 | data_offsets are [4, 0]
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | 8 | the file has 8
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} | 4 | cut off
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | 8 | gap
      {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}} | 6 | inside another
      {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}} | 4 | inside another
      {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}} | 8 | uplicate
      {"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}} | 4 | uplicate
      {"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}} | 8 | none of
      {"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}} | 4 | none of
      {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}} | 4 | non-negative
      {"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}} | 4 | non-negative
      {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}} | 4 | non-negative
      {"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}} | 4 | larger than
      {"a":{"dtype":"F64","shape":[2147483647,2147483647],"data_offsets":[0,-8]}} | 4 | non-negative
      {"a":{"dtype":"F32","shape":[5000000000],"data_offsets":[0,20000000000]}} | 4 | larger than
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}} | 4 | at most 2
      {"a":{"dtype":"F32","shape":[1]}} | 4 | needs dtype
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}} | 4 | unknown key
      {"a":7} | 0 | not an object
      {"__metadata__":{"k":1}} | 0 | other than text
      {"a": | 0 | not valid JSON
      {}{} | 0 | goes on after
      [] | 0 | not a JSON object
      """)
  void hostileHeadersAreRefusedByName(String json, int dataBytes, String complaint) throws IOException {
    Path file = raw(json.getBytes(StandardCharsets.UTF_8), json.length(), dataBytes);
    IOException e = assertThrows(IOException.class, () -> Safetensors.open(file).close());
    assertTrue(e.getMessage().contains(complaint) && e.getMessage().contains(file.toString()), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"9223372036854775807", "-1", "16777217", "1000", "3", "1", "0"})
  void lyingHeaderLengthsAreRefused(long claimed) throws IOException {
    Path file = raw("{}".getBytes(StandardCharsets.UTF_8), claimed, 0);
    IOException e = assertThrows(IOException.class, () -> Safetensors.open(file).close());
    assertTrue(e.getMessage().contains("claims a header of"), e.getMessage());
  }

  @Test
  void anEmptyOrMissingFileIsNamed() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty"));
    assertTrue(assertThrows(IOException.class, () -> Safetensors.open(empty)).getMessage().contains("it has 0 bytes"));
    Path missing = folder.resolve("missing");
    assertTrue(assertThrows(IOException.class, () -> Safetensors.open(missing)).getMessage().contains("no such file"));
    assertThrows(IOException.class, () -> Safetensors.open(raw(new byte[] {'{', (byte) 0xff, '}'}, 3, 0)), "not UTF-8");
  }

  @Test
  void deepNestingAndAnotherEncodingAreRefused() throws IOException {
    byte[] deep = ("{\"a\":" + "[".repeat(100_000)).getBytes(StandardCharsets.UTF_8);
    assertThrows(IOException.class, () -> Safetensors.open(raw(deep, deep.length, 0)));
    byte[] wide = "{}".getBytes(StandardCharsets.UTF_16LE);
    assertThrows(IOException.class, () -> Safetensors.open(raw(wide, wide.length, 0)));
  }

  @Test
  void aFileCutOffAfterOpeningGivesAnException() throws IOException {
    Path file = folder.resolve("cut");
    Safetensors.write(file, Map.of("a", HostTensor.zeros(TensorType.f32(1000))), Map.of());
    try (Safetensors opened = Safetensors.open(file)) {
      try (RandomAccessFile cutter = new RandomAccessFile(file.toFile(), "rw")) {
        cutter.setLength(1000);
      }
      assertThrows(IOException.class, () -> opened.read("a"));
    }
  }

  @Test
  void readsBeyondTwoGibibytes() throws IOException {
    long first = 2_500_000_000L; // a sparse file: the hole of the first tensor takes no room on the disk
    String json = ("{\"huge\":{\"dtype\":\"U8\",\"shape\":[2,1250000000],\"data_offsets\":[0,%d]},"
        + "\"far\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}")
        .formatted(first, first, first + 8);
    Path file = raw(json.getBytes(StandardCharsets.UTF_8), json.length(), 0);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(8 + json.length() + first);
      out.write(new byte[] {5, 0, 0, 0, -1, -1, -1, -1});
    }
    try (Safetensors opened = Safetensors.open(file)) {
      assertArrayEquals(new int[] {5, -1}, opened.read("far").ints());
      assertEquals(first, opened.type("huge").bytes());
      assertTrue(assertThrows(IOException.class, () -> opened.read("huge")).getMessage().contains("Java array"));
    }
  }

  @Test
  void namesThatCannotBeReadBackAreNotWritten() {
    Map<String, HostTensor> reserved = Map.of("__metadata__", HostTensor.scalar(1));
    assertThrows(IllegalArgumentException.class, () -> Safetensors.write(folder.resolve("x"), reserved, Map.of()));
    Map<String, HostTensor> endless = Map.of("n".repeat(5000), HostTensor.scalar(1));
    assertThrows(IllegalArgumentException.class, () -> Safetensors.write(folder.resolve("x"), endless, Map.of()));
    assertFalse(Files.exists(folder.resolve("x")));
  }

  /** Whatever bytes are flipped, cut or doubled, a file is read in full or refused with an IOException. */
  @Test
  void mutatedFilesAreReadOrRefusedCleanly() throws IOException {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("conv.weight", HostTensor.generate(TensorType.f32(4, 2, 3, 3), i -> i));
    tensors.put("labels", HostTensor.generate(TensorType.i32(5), i -> i));
    tensors.put("half", HostTensor.generate(new TensorType(DType.BF16, Shape.of(3)), i -> i));
    Path file = folder.resolve("fuzzed");
    Safetensors.write(file, tensors, Map.of("step", "12"));
    byte[] original = Files.readAllBytes(file);
    int headerEnd = 8 + (int) ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getLong();
    SplittableRandom random = new SplittableRandom(20_240);
    int refused = 0;
    int rounds = 4000;
    for (int round = 0; round < rounds; round++) {
      byte[] bytes = original.clone();
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        int at = random.nextInt(round % 4 == 0 ? 8 : headerEnd);
        bytes[at] = (byte) (random.nextBoolean() ? bytes[at] ^ 1 << random.nextInt(8) : "0123456789[]{},\":-e".charAt(random.nextInt(19)));
      }
      Files.write(file, round % 10 == 9 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 20)) : bytes);
      try {
        long elements = Safetensors.readAll(file).values().stream().mapToLong(HostTensor::size).sum();
        assertTrue(elements <= original.length);
      } catch (IOException e) {
        refused++;
        assertTrue(e.getMessage().contains("fuzzed"), e.getMessage());
      }
    }
    assertTrue(refused > rounds / 2 && refused < rounds, "refused " + refused + " of " + rounds);
  }

  private Path raw(byte[] header, long claimed, int dataBytes) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(claimed).put(header);
    return Files.write(folder.resolve("raw.safetensors"), bytes.array());
  }
}
