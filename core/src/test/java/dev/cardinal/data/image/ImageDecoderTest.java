package dev.cardinal.data.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.DataException;
import dev.cardinal.data.Image;
import dev.cardinal.data.Pictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final long LIMIT = 1 << 20;

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp"})
  void losslessFormatsComeBackExactly(String format) throws Exception {
    Image image = Pictures.gradient(13, 29, 3);
    assertEquals(0, Pictures.distance(image, ImageDecoder.decode(Pictures.file(image, format), LIMIT)));
  }

  @Test
  void jpegComesBackNearly() throws Exception {
    Image image = Pictures.gradient(48, 64, 3);
    assertTrue(Pictures.distance(image, ImageDecoder.decode(Pictures.file(image, "jpg"), LIMIT)) < 24);
  }

  @Test
  void gifPaletteComesBackExactly() throws Exception {
    BufferedImage b = new BufferedImage(7, 5, BufferedImage.TYPE_BYTE_INDEXED);
    b.setRGB(2, 1, 0xFFFF0000);
    b.setRGB(6, 4, 0xFF00FFFF);
    Image image = ImageDecoder.decode(Pictures.file(b, "gif"), LIMIT);
    assertEquals(5, image.height());
    assertEquals(7, image.width());
    assertArrayEquals(new int[] {255, 0, 0}, rgb(image, 1, 2));
    assertArrayEquals(new int[] {0, 255, 255}, rgb(image, 4, 6));
    assertArrayEquals(new int[] {0, 0, 0}, rgb(image, 0, 0));
  }

  @Test
  void losslessWebpIsDecoded() throws Exception {
    Image image = ImageDecoder.decode(Pictures.solidWebp(33, 17, 200, 100, 50), LIMIT);
    assertEquals(17, image.height());
    assertEquals(33, image.width());
    assertArrayEquals(new int[] {200, 100, 50}, rgb(image, 0, 0));
    assertArrayEquals(new int[] {200, 100, 50}, rgb(image, 16, 32));
  }

  /** AWT takes grey for linear light and would brighten it; the samples must be those in the file. */
  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp"})
  void greyKeepsItsSamples(String format) throws Exception {
    byte[] samples = new byte[256];
    for (int i = 0; i < 256; i++) {
      samples[i] = (byte) i;
    }
    Image grey = new Image(1, 16, 16, samples);
    Image back = ImageDecoder.decode(Pictures.file(grey, format), LIMIT).withChannels(1);
    assertEquals(0, Pictures.distance(grey, back));
  }

  @Test
  void sixteenBitGreyKeepsTheUpperByte() throws Exception {
    BufferedImage b = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    b.getRaster().setSample(0, 0, 0, 0x1234);
    b.getRaster().setSample(1, 0, 0, 0xFEDC);
    Image image = ImageDecoder.decode(Pictures.file(b, "png"), LIMIT);
    assertArrayEquals(new byte[] {0x12, (byte) 0xFE}, image.samples());
  }

  @Test
  void transparencyShowsWhite() throws Exception {
    BufferedImage b = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    b.setRGB(0, 0, new Color(10, 20, 30, 0).getRGB());
    b.setRGB(1, 0, new Color(0, 100, 200, 51).getRGB());
    Image image = ImageDecoder.decode(Pictures.file(b, "png"), LIMIT);
    assertArrayEquals(new int[] {255, 255, 255}, rgb(image, 0, 0));
    // 0.2 of the colour, 0.8 of white.
    assertArrayEquals(new int[] {204, 224, 244}, rgb(image, 0, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif", "jpg", "webp"})
  void everyTruncationIsAnError(String format) {
    byte[] whole = format.equals("webp") ? Pictures.solidWebp(40, 40, 1, 2, 3) : Pictures.file(Pictures.gradient(40, 40, 1), format);
    // A few bytes at the very end are trailers that carry no pixels.
    for (int length : new int[] {0, 1, 5, 13, 30, 60, whole.length / 4, whole.length / 2, whole.length * 3 / 4, whole.length - 32}) {
      if (length >= whole.length) {
        continue;
      }
      byte[] part = Arrays.copyOf(whole, length);
      DataException e = assertThrows(DataException.class, () -> ImageDecoder.decode(part, LIMIT), format + " cut to " + length);
      assertTrue(e.getMessage().length() > 10, e.getMessage());
    }
  }

  /** Whatever the bytes, the result is a picture or a {@link DataException}. */
  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif", "jpg"})
  void damagedFilesNeverEscapeOtherwise(String format) {
    byte[] whole = Pictures.file(Pictures.gradient(20, 20, 1), format);
    Random random = new Random(7);
    int refused = 0;
    for (int trial = 0; trial < 300; trial++) {
      byte[] bad = whole.clone();
      for (int k = 0; k < 1 + trial % 6; k++) {
        bad[random.nextInt(trial % 2 == 0 ? Math.min(bad.length, 64) : bad.length)] = (byte) random.nextInt();
      }
      try {
        ImageDecoder.decode(bad, LIMIT);
      } catch (DataException e) {
        refused++;
      }
    }
    assertTrue(refused > 20, "only " + refused + " refused");
  }

  @Test
  void giantHeadersAreRefusedFromTheHeader() {
    byte[] gif = Pictures.file(Pictures.gradient(4, 4, 1), "gif");
    gif[6] = gif[7] = gif[8] = gif[9] = (byte) 0xFF;
    byte[] bmp = Pictures.file(Pictures.gradient(4, 4, 1), "bmp");
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 1 << 30).putInt(22, -(1 << 30));
    byte[] jpg = Pictures.file(Pictures.gradient(4, 4, 1), "jpg");
    int sof = find(jpg, 0xFF, 0xC0);
    jpg[sof + 5] = jpg[sof + 6] = jpg[sof + 7] = jpg[sof + 8] = (byte) 0xFF;
    byte[] webp = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN).put("RIFF".getBytes()).putInt(22).put("WEBPVP8X".getBytes()).putInt(10)
        .putInt(0).put(new byte[] {-1, -1, -1, -1, -1, -1}).array();
    for (byte[] file : new byte[][] {Pictures.giantPng(1 << 30, 1 << 30), gif, bmp, jpg, webp}) {
      DataException e = assertThrows(DataException.class, () -> ImageDecoder.decode(file, LIMIT));
      assertTrue(e.getMessage().contains("over the limit of 1048576"), e.getMessage());
    }
  }

  @Test
  void aGifFrameLargerThanItsScreenCountsForTheLimit() throws Exception {
    byte[] gif = Pictures.file(Pictures.gradient(4, 4, 1), "gif");
    ImageHeader before = ImageHeader.read(gif, gif.length);
    assertEquals(4, before.width());
    int at = 13 + (3 << (gif[10] & 7) + 1);
    while (gif[at] != 0x2C) {
      at += 2;
      while (gif[at] != 0) {
        at += 1 + (gif[at] & 0xff);
      }
      at++;
    }
    gif[at + 6] = (byte) 0xF0;
    assertEquals(0xF004, ImageHeader.read(gif, gif.length).width());
  }

  @Test
  void aHeaderBehindLongMetadataIsFound() throws Exception {
    byte[] file = Pictures.withMetadata(Pictures.file(Pictures.gradient(6, 9, 1), "jpg"), 120_000);
    assertEquals(null, ImageHeader.read(file, 65536));
    assertEquals(9, ImageHeader.read(file, file.length).width());
    assertEquals(6, ImageDecoder.decode(file, LIMIT).height());
  }

  /** Printers' JPEGs have four channels, which the JDK's reader refuses; as Adobe's programs write them, 255 means no ink. */
  @Test
  void cmykJpegBecomesColour() throws Exception {
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 8, 4, null);
    for (int i = 0; i < 16 * 8; i++) {
      // Left without ink, right with all the cyan there is.
      raster.setPixel(i % 16, i / 16, new int[] {i % 16 < 8 ? 255 : 0, 255, 255, 255});
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    writer.setOutput(new MemoryCacheImageOutputStream(out));
    writer.write(null, new IIOImage(raster, null, null), null);
    ((MemoryCacheImageOutputStream) writer.getOutput()).close();
    Image image = ImageDecoder.decode(out.toByteArray(), LIMIT);
    assertEquals(3, image.channels());
    assertTrue(image.sample(4, 3, 0) > 240 && image.sample(4, 3, 2) > 240, Arrays.toString(rgb(image, 4, 3)));
    assertTrue(image.sample(4, 12, 0) < 60 && image.sample(4, 12, 2) > 160, Arrays.toString(rgb(image, 4, 12)));
  }

  @Test
  void otherFilesAreRefused() {
    String[] texts = {"", "hello, world, hello, world", "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7 and more", "BMW is no bitmap"};
    for (String text : texts) {
      DataException e = assertThrows(DataException.class, () -> ImageDecoder.decode(text.getBytes(), LIMIT));
      assertTrue(e.getMessage().contains("not a JPEG"), e.getMessage());
    }
  }

  private static int[] rgb(Image image, int y, int x) {
    return new int[] {image.sample(y, x, 0), image.sample(y, x, 1), image.sample(y, x, 2)};
  }

  private static int find(byte[] in, int a, int b) {
    for (int i = 0; i + 1 < in.length; i++) {
      if ((in[i] & 0xff) == a && (in[i + 1] & 0xff) == b) {
        return i;
      }
    }
    throw new AssertionError("marker not found");
  }
}
