package dev.cardinal.io.onnx;

import dev.cardinal.io.AtomicFile;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Arrays in numpy's {@code .npy} files (numpy.lib.format, versions 1 to 3), of either byte order, in C or Fortran order; written in C order, little-endian. */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([<>|=])([a-z])(\\d+)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d\\s,]*)\\)");

  private Npy() {}

  /**
   * Reads a file. Types that we lack widen: bool to u8, int8, int16 and uint16 to i32, uint32 to i64.
   *
   * @throws IOException if it is not such a file, is cut off, or holds something other than numbers
   */
  public static HostTensor read(Path file) throws IOException {
    ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    require(b.remaining() >= 12, file, "is too short to be a .npy file");
    for (byte m : MAGIC) {
      require(b.get() == m, file, "is not a .npy file");
    }
    int version = b.get();
    b.get();
    int length = version == 1 ? b.getShort() & 0xffff : b.getInt();
    require(version >= 1 && version <= 3 && length >= 0 && length <= b.remaining(), file, "has a damaged .npy header");
    byte[] text = new byte[length];
    b.get(text);
    return data(file, new String(text, StandardCharsets.UTF_8), b.slice());
  }

  private static HostTensor data(Path file, String header, ByteBuffer data) throws IOException {
    Matcher descr = DESCR.matcher(header);
    Matcher order = ORDER.matcher(header);
    Matcher dims = SHAPE.matcher(header);
    require(descr.find() && order.find() && dims.find(), file, "has a .npy header without a plain descr, fortran_order and shape: " + header.strip());
    String kind = descr.group(2) + descr.group(3);
    DType dtype = switch (kind) {
      case "f4" -> DType.F32;
      case "f8" -> DType.F64;
      case "f2" -> DType.F16;
      case "i1", "i2", "u2", "i4" -> DType.I32;
      case "u4", "i8" -> DType.I64;
      case "u1", "b1" -> DType.U8;
      default -> throw new IOException(file + " holds elements of type " + kind + "; convert them to float32 first");
    };
    int width = kind.charAt(1) - '0';
    data.order(descr.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    List<Long> sizes = new ArrayList<>();
    for (String s : dims.group(1).split(",")) {
      if (!s.isBlank()) {
        require(s.strip().length() <= 10, file, "has impossible sizes (" + dims.group(1) + ")");
        sizes.add(Long.parseLong(s.strip()));
      }
    }
    Shape shape;
    try {
      shape = OnnxTensors.shape(sizes, file.toString());
    } catch (OnnxException e) {
      throw new IOException(e.getMessage(), e);
    }
    require(data.remaining() == shape.size() * width, file, "of shape " + shape + " has " + data.remaining() + " bytes of data, expected " + shape.size() * width);
    HostTensor t = HostTensor.zeros(new TensorType(dtype, shape));
    boolean fortran = order.group(1).equals("True");
    for (int i = 0; i < t.size(); i++) {
      element(t, fortran ? rowMajor(i, shape) : i, kind, data);
    }
    return t;
  }

  private static void element(HostTensor t, int i, String kind, ByteBuffer b) {
    switch (kind) {
      case "f4" -> t.floats()[i] = b.getFloat();
      case "f8" -> t.doubles()[i] = b.getDouble();
      case "f2" -> t.halfBits()[i] = b.getShort();
      case "i1" -> t.ints()[i] = b.get();
      case "i2" -> t.ints()[i] = b.getShort();
      case "u2" -> t.ints()[i] = b.getShort() & 0xffff;
      case "i4" -> t.ints()[i] = b.getInt();
      case "u4" -> t.longs()[i] = b.getInt() & 0xffffffffL;
      case "i8" -> t.longs()[i] = b.getLong();
      default -> t.bytes()[i] = b.get();
    }
  }

  /** Row-major position of the element that stands at position {@code i} in column-major order. */
  private static int rowMajor(int i, Shape s) {
    long[] strides = s.strides();
    long at = 0;
    int rest = i;
    for (int a = 0; a < strides.length; a++) {
      at += rest % s.dim(a) * strides[a];
      rest /= s.dim(a);
    }
    return (int) at;
  }

  /** Writes a file, replacing an old one atomically; bf16 is written as float32, which numpy knows. */
  public static void write(Path file, HostTensor tensor) throws IOException {
    HostTensor t = tensor.dtype() == DType.BF16 ? tensor.to(DType.F32) : tensor;
    String kind = switch (t.dtype()) {
      case F32 -> "<f4";
      case F64 -> "<f8";
      case F16, BF16 -> "<f2";
      case I32 -> "<i4";
      case I64 -> "<i8";
      case U8 -> "|u1";
    };
    StringBuilder dims = new StringBuilder();
    for (int d : t.shape().dims()) {
      dims.append(d).append(", ");
    }
    StringBuilder header = new StringBuilder("{'descr': '" + kind + "', 'fortran_order': False, 'shape': (" + dims.toString().strip() + "), }");
    while ((header.length() + 11) % 64 != 0) {
      header.append(' ');
    }
    header.append('\n');
    byte[] raw = OnnxTensors.write("", t).getRawData().toByteArray();
    ByteBuffer b = ByteBuffer.allocate(10 + header.length() + raw.length).order(ByteOrder.LITTLE_ENDIAN);
    b.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) header.length()).put(header.toString().getBytes(StandardCharsets.US_ASCII)).put(raw);
    AtomicFile.writeBytes(file, b.array());
  }

  private static void require(boolean ok, Path file, String problem) throws IOException {
    if (!ok) {
      throw new IOException(file + " " + problem);
    }
  }
}
