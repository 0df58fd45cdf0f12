package dev.cardinal.data.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import dev.cardinal.data.DataException;
import dev.cardinal.data.Image;
import dev.cardinal.data.Region;
import java.awt.Rectangle;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/**
 * Decodes picture files to RGB or grey bytes. The size is read from the header first and checked against a limit; a file that ends early, or
 * that its decoder complains about, is an error, never a half-grey picture.
 *
 * <p>Transparent pixels are shown on white, pictures with 16 bits a sample keep the upper 8, embedded colour profiles and orientation tags
 * are ignored, and of an animation the first image is taken.
 */
public final class ImageDecoder {
  // Making a reader costs more than decoding a small picture with it, so each thread keeps its own.
  private static final ThreadLocal<ImageDecoder> PER_THREAD = ThreadLocal.withInitial(ImageDecoder::new);

  private static final int TRAILER = 64;

  private final EnumMap<ImageFormat, ImageReader> readers = new EnumMap<>(ImageFormat.class);
  private ImageReader lenientJpeg;
  private String complaint;

  private ImageDecoder() {}

  /**
   * Decodes a file.
   *
   * @param file its bytes
   * @param maxPixels largest height × width
   * @return a picture of 1 channel if the file is grey, of 3 otherwise
   * @throws DataException if it is no picture of a known format, broken, truncated, or larger than the limit; the message does not name the
   *     file, which only the caller knows
   */
  public static Image decode(byte[] file, long maxPixels) throws DataException {
    return decode(file, maxPixels, Region::whole);
  }

  /**
   * Decodes a part of a file. Of a JPEG file nothing below the part is decoded; what is broken there goes unnoticed, unless the file ends early.
   *
   * @param choice picks the part
   * @return the part alone
   * @throws DataException as {@link #decode(byte[], long)}
   */
  public static Image decode(byte[] file, long maxPixels, Region.Choice choice) throws DataException {
    ImageHeader header = ImageHeader.read(file, file.length);
    if (header == null) {
      throw new DataException("the file ends within its header");
    }
    checkSize(header, maxPixels);
    // The WebP reader is lenient about missing data, but the container says how long it is (RFC 9649 section 2.4).
    if (header.format() == ImageFormat.WEBP && Integer.toUnsignedLong(new HeaderBytes(file, file.length).s32le(4)) + 8 > file.length) {
      throw new DataException("a truncated WebP file");
    }
    return PER_THREAD.get().decode(file, header, choice);
  }

  /** Refuses a picture of more than {@code maxPixels} pixels. */
  public static void checkSize(ImageHeader header, long maxPixels) throws DataException {
    if (header.pixels() > maxPixels) {
      throw new DataException("a picture of " + header.width() + "x" + header.height() + " pixels, over the limit of " + maxPixels);
    }
  }

  private Image decode(byte[] file, ImageHeader header, Region.Choice choice) throws DataException {
    Image whole;
    try {
      if (header.format() == ImageFormat.JPEG) {
        return readJpeg(reader(ImageFormat.JPEG), file, header, choice);
      }
      whole = Pixels.toImage(read(reader(header.format()), file, header));
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      if (header.format() != ImageFormat.JPEG) {
        throw broken(header, e);
      }
      whole = decodeLenient(file, header, e);
    }
    return choice.of(whole.height(), whole.width()).of(whole);
  }

  /** The JDK's reader knows no CMYK and trips over some odd headers; TwelveMonkeys' reader knows them but is slower, so it comes second. */
  private Image decodeLenient(byte[] file, ImageHeader header, Exception first) throws DataException {
    try {
      if (lenientJpeg == null) {
        lenientJpeg = configured(named("jpeg", "com.twelvemonkeys."));
      }
      return Pixels.toImage(read(lenientJpeg, file, header));
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      e.addSuppressed(first);
      throw broken(header, e);
    }
  }

  private static DataException broken(ImageHeader header, Exception e) {
    String why = e.getMessage();
    return new DataException("a broken " + header.format() + " file" + (why == null || why.isBlank() ? "" : " (" + why.strip() + ")"), e);
  }

  private BufferedImage read(ImageReader reader, byte[] file, ImageHeader header) throws IOException {
    try (ByteArrayImageInput in = new ByteArrayImageInput(file)) {
      open(reader, in, header);
      return read(reader, reader.getDefaultReadParam(), header);
    } finally {
      reader.setInput(null);
    }
  }

  private void open(ImageReader reader, ByteArrayImageInput in, ImageHeader header) throws IOException {
    complaint = null;
    reader.setInput(in, true, true);
    // The reader's own idea of the size is what it will allocate.
    if (reader.getWidth(0) > header.width() || reader.getHeight(0) > header.height()) {
      throw new DataException("a " + header.format() + " file that contradicts itself about its size");
    }
  }

  private BufferedImage read(ImageReader reader, ImageReadParam how, ImageHeader header) throws IOException {
    BufferedImage image = reader.read(0, how);
    if (complaint != null) {
      throw new DataException("a truncated " + header.format() + " file (" + complaint + ")");
    }
    return image;
  }

  /** Straight into the array of our own picture, and only as far down as needed: the reader's own way takes half of the time for copies. */
  private Image readJpeg(ImageReader reader, byte[] file, ImageHeader header, Region.Choice choice) throws IOException {
    try (ByteArrayImageInput in = new ByteArrayImageInput(file)) {
      open(reader, in, header);
      Region whole = Region.whole(reader.getHeight(0), reader.getWidth(0));
      Region part = choice.of(whole.height(), whole.width());
      // A file that ends early is found out by decoding all of it.
      Region decoded = endsAsJpeg(file) ? part : whole;
      ImageReadParam how = reader.getDefaultReadParam();
      how.setSourceRegion(new Rectangle(decoded.left(), decoded.top(), decoded.width(), decoded.height()));
      ColorModel model = reader.getImageTypes(0).next().getColorModel();
      if (model.getNumComponents() == 3 && model.getColorSpace().getType() == ColorSpace.TYPE_RGB) {
        how.setDestination(Pixels.interleaved(model, decoded.height(), decoded.width()));
      }
      Image image = Pixels.toImage(read(reader, how, header));
      return decoded == part ? image : part.of(image);
    } finally {
      reader.setInput(null);
    }
  }

  /** ITU-T T.81 section B.2.1: the marker EOI ends a file; some writers let a few bytes follow. */
  private static boolean endsAsJpeg(byte[] file) {
    for (int i = file.length - 2; i >= Math.max(0, file.length - TRAILER); i--) {
      if (file[i] == (byte) 0xFF && file[i + 1] == (byte) 0xD9) {
        return true;
      }
    }
    return false;
  }

  private ImageReader reader(ImageFormat format) throws IOException {
    ImageReader reader = readers.get(format);
    if (reader == null) {
      reader = configured(switch (format) {
        case WEBP -> new WebPImageReaderSpi().createReaderInstance(null);
        case JPEG, PNG, GIF, BMP -> named(format.name().toLowerCase(Locale.ROOT), "com.sun.imageio.");
      });
      readers.put(format, reader);
    }
    return reader;
  }

  private static ImageReader named(String format, String vendor) throws IOException {
    for (Iterator<ImageReader> all = ImageIO.getImageReadersByFormatName(format); all.hasNext(); ) {
      ImageReader reader = all.next();
      if (reader.getClass().getName().startsWith(vendor)) {
        return reader;
      }
    }
    throw new IOException("this Java runtime has no " + format + " reader of " + vendor + "; use one with the module java.desktop");
  }

  private ImageReader configured(ImageReader reader) {
    // The native JPEG decoder fills what is missing with grey and only warns.
    reader.addIIOReadWarningListener((source, warning) -> {
      String w = warning.toLowerCase(Locale.ROOT);
      if (w.contains("premature") || w.contains("truncated") || w.contains("unexpected end")) {
        complaint = warning;
      }
    });
    return reader;
  }
}
