package dev.cardinal.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads the files back with a parser written from the formats' descriptions, its CRC computed bit by bit. */
class TensorBoardEventsTest {
  @TempDir
  Path folder;

  @Test
  void theCheckersOwnCrcIsCastagnolis() {
    assertEquals(0xe3069283, crc32c("123456789".getBytes(StandardCharsets.US_ASCII))); // the check value of RFC 3720's polynomial
  }

  @Test
  void scalarsArriveWithTagStepAndValue() throws IOException {
    double now = System.currentTimeMillis() / 1000.0;
    try (TensorBoardEvents events = new TensorBoardEvents(folder, 0)) {
      events.scalar("loss/train", 1, 2.5);
      events.scalar("loss/train", 300, Double.NaN);
      events.scalar("größe", 1L << 40, -1e-3);
      List<Map<Integer, Object>> read = events(events.file());
      assertEquals(3, read.size(), "NaN is left out");
      assertEquals("brain.Event:2", text(read.get(0).get(3)));
      assertTrue(Math.abs(Double.longBitsToDouble((long) read.get(1).get(1)) - now) < 60);
      assertScalar(read.get(1), "loss/train", 1, 2.5f);
      assertScalar(read.get(2), "größe", 1L << 40, -1e-3f);
      assertTrue(events.file().getFileName().toString().matches("events\\.out\\.tfevents\\.\\d{10}\\..*"));
    }
  }

  @Test
  void anEpochGivesItsMeasuredQuantities() throws IOException {
    try (TensorBoardEvents events = new TensorBoardEvents(folder, 0)) {
      events.epoch(Samples.untested(4));
      List<String> tags = events(events.file()).stream().skip(1).map(e -> text(message(message(e.get(5)).get(1)).get(1))).toList();
      assertEquals(List.of("loss/train", "top1/train", "learning_rate", "images_per_second"), tags);
    }
  }

  @Test
  void picturesArriveAsPng() throws IOException {
    try (TensorBoardEvents events = new TensorBoardEvents(folder, 0)) {
      events.image("batch", 2, Samples.picture(20, 10, Color.GREEN));
      Map<Integer, Object> value = message(message(events(events.file()).get(1).get(5)).get(1));
      Map<Integer, Object> image = message(value.get(4));
      assertEquals(List.of(10L, 20L, 3L), List.of(image.get(1), image.get(2), image.get(3)));
      assertEquals(Color.GREEN.getRGB(), ImageIO.read(new ByteArrayInputStream((byte[]) image.get(4))).getRGB(19, 9));
    }
  }

  @Test
  void aResumedRunSaysFromWhereInAFileOfItsOwn() throws IOException {
    try (TensorBoardEvents first = new TensorBoardEvents(folder, 0); TensorBoardEvents second = new TensorBoardEvents(folder, 7)) {
      assertNotEquals(first.file(), second.file());
      Map<Integer, Object> start = events(second.file()).get(1);
      assertEquals(8L, start.get(2));
      assertEquals(1L, message(start.get(7)).get(1));
    }
  }

  private static void assertScalar(Map<Integer, Object> event, String tag, long step, float value) {
    assertEquals(step, event.get(2));
    Map<Integer, Object> v = message(message(event.get(5)).get(1));
    assertEquals(tag, text(v.get(1)));
    assertEquals(value, Float.intBitsToFloat((int) v.get(2)));
  }

  private static List<Map<Integer, Object>> events(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Map<Integer, Object>> events = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertEquals(masked(crc32c(length)), in.getInt(), "CRC of the length");
      byte[] data = new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertEquals(masked(crc32c(data)), in.getInt(), "CRC of the data");
      events.add(message(data));
    }
    return events;
  }

  private static int masked(int crc) {
    return (crc >>> 15 | crc << 17) + 0xa282ead8;
  }

  private static int crc32c(byte[] bytes) {
    int crc = -1;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
      }
    }
    return ~crc;
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, StandardCharsets.UTF_8);
  }

  /** Fields by number: Long for varint and 64-bit, Integer for 32-bit, bytes for the rest. */
  private static Map<Integer, Object> message(Object bytes) {
    ByteBuffer in = ByteBuffer.wrap((byte[]) bytes).order(ByteOrder.LITTLE_ENDIAN);
    Map<Integer, Object> fields = new LinkedHashMap<>();
    while (in.hasRemaining()) {
      long key = varint(in);
      Object value = switch ((int) (key & 7)) {
        case 0 -> varint(in);
        case 1 -> in.getLong();
        case 2 -> {
          byte[] b = new byte[(int) varint(in)];
          in.get(b);
          yield b;
        }
        case 5 -> in.getInt();
        default -> throw new IllegalStateException("wire type " + (key & 7));
      };
      assertTrue(fields.put((int) (key >>> 3), value) == null, "each field once");
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long v = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      v |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return v;
      }
    }
  }
}
