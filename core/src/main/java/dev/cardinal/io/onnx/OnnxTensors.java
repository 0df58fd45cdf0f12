package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX's tensors to and from ours. Types that we lack widen to the next that holds every value: bool becomes u8 (0 or 1), int8, int16 and uint16 become i32, uint32 and uint64 (within 2⁶³) become i64.
 * The size that the shape says must be the size of the data, so nothing is allocated on a file's word.
 */
public final class OnnxTensors {
  private OnnxTensors() {}

  /** Reads a file that holds one tensor, as the {@code input_0.pb} of ONNX test data. */
  public static HostTensor read(Path file) throws IOException {
    return read(parse(file), file.toAbsolutePath().getParent());
  }

  static TensorProto parse(Path file) throws IOException {
    try {
      return TensorProto.parseFrom(OnnxModel.limited(Files.readAllBytes(file)));
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new OnnxException(file + " is not an ONNX tensor: " + e.getMessage(), e);
    }
  }

  /** Our type for an ONNX type. */
  static DType dtype(int onnx, String what) {
    DataType d = DataType.forNumber(onnx);
    if (d == null) {
      throw new UnsupportedOnnxException("element type " + onnx, what + " has it");
    }
    return switch (d) {
      case FLOAT -> DType.F32;
      case DOUBLE -> DType.F64;
      case FLOAT16 -> DType.F16;
      case BFLOAT16 -> DType.BF16;
      case UINT8, BOOL -> DType.U8;
      case INT8, INT16, UINT16, INT32 -> DType.I32;
      case INT64, UINT32, UINT64 -> DType.I64;
      default -> throw new UnsupportedOnnxException("element type " + d, what + " has it");
    };
  }

  /** The ONNX type of ours. */
  static DataType onnxType(DType d) {
    return switch (d) {
      case F32 -> DataType.FLOAT;
      case F64 -> DataType.DOUBLE;
      case F16 -> DataType.FLOAT16;
      case BF16 -> DataType.BFLOAT16;
      case I32 -> DataType.INT32;
      case I64 -> DataType.INT64;
      case U8 -> DataType.UINT8;
    };
  }

  /** Sizes as an int shape; {@code what} begins the sentence if they do not fit. */
  static Shape shape(List<Long> dims, String what) {
    int[] d = new int[dims.size()];
    long product = 1;
    for (int i = 0; i < d.length; i++) {
      long v = dims.get(i);
      if (v < 0 || v > Integer.MAX_VALUE || d.length > 16) {
        throw new OnnxException(what + " has impossible sizes " + dims);
      }
      d[i] = (int) v;
      product = v == 0 || product == 0 ? 0 : Long.MAX_VALUE / v < product ? Long.MAX_VALUE : product * v;
    }
    if (product > Integer.MAX_VALUE - 8) {
      throw new OnnxException(what + " of sizes " + dims + " has more elements than a Java array can hold");
    }
    return Shape.of(d);
  }

  /**
   * A tensor from a model.
   *
   * @param folder where external data may lie, or {@code null} if there can be none
   */
  static HostTensor read(TensorProto t, Path folder) {
    String what = t.getName().isEmpty() ? "a tensor" : "tensor '" + t.getName() + "'";
    DType dtype = dtype(t.getDataType(), what);
    Shape shape = shape(t.getDimsList(), what);
    int n = (int) shape.size();
    if (t.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      return raw(external(t, folder, what), DataType.forNumber(t.getDataType()), dtype, shape, what);
    }
    if (t.hasRawData() && (!t.getRawData().isEmpty() || n == 0)) {
      return raw(t.getRawData().asReadOnlyByteBuffer(), DataType.forNumber(t.getDataType()), dtype, shape, what);
    }
    return typed(t, DataType.forNumber(t.getDataType()), dtype, shape, what);
  }

  /** Test data for an input or output of a type. ONNX's own keep bfloat16 as uint16, numpy having no such type. */
  static HostTensor ofPort(TensorProto t, Path folder, DType dtype) {
    boolean bits = dtype == DType.BF16 && t.getDataType() == DataType.UINT16_VALUE;
    return read(bits ? t.toBuilder().setDataType(DataType.BFLOAT16_VALUE).build() : t, folder);
  }

  private static HostTensor typed(TensorProto t, DataType type, DType dtype, Shape shape, String what) {
    int n = (int) shape.size();
    int present = switch (type) {
      case FLOAT -> t.getFloatDataCount();
      case DOUBLE -> t.getDoubleDataCount();
      case INT64 -> t.getInt64DataCount();
      case UINT32, UINT64 -> t.getUint64DataCount();
      default -> t.getInt32DataCount();
    };
    requireSize(present == n, what, shape, present + " elements");
    HostTensor out = HostTensor.zeros(new dev.cardinal.tensor.TensorType(dtype, shape));
    for (int i = 0; i < n; i++) {
      switch (type) {
        case FLOAT -> out.floats()[i] = t.getFloatData(i);
        case DOUBLE -> out.doubles()[i] = t.getDoubleData(i);
        case INT64 -> out.longs()[i] = t.getInt64Data(i);
        case UINT32, UINT64 -> out.longs()[i] = t.getUint64Data(i);
        case FLOAT16, BFLOAT16 -> out.halfBits()[i] = (short) t.getInt32Data(i);
        case BOOL -> out.bytes()[i] = (byte) (t.getInt32Data(i) == 0 ? 0 : 1);
        case UINT8 -> out.bytes()[i] = (byte) t.getInt32Data(i);
        default -> out.ints()[i] = t.getInt32Data(i);
      }
    }
    return out;
  }

  private static HostTensor raw(ByteBuffer bytes, DataType type, DType dtype, Shape shape, String what) {
    ByteBuffer b = bytes.order(ByteOrder.LITTLE_ENDIAN);
    int width = switch (type) {
      case DOUBLE, INT64, UINT64 -> 8;
      case FLOAT, INT32, UINT32 -> 4;
      case FLOAT16, BFLOAT16, INT16, UINT16 -> 2;
      default -> 1;
    };
    int n = (int) shape.size();
    requireSize(b.remaining() == (long) n * width, what, shape, b.remaining() + " bytes");
    HostTensor out = HostTensor.zeros(new dev.cardinal.tensor.TensorType(dtype, shape));
    switch (type) {
      case FLOAT -> b.asFloatBuffer().get(out.floats());
      case DOUBLE -> b.asDoubleBuffer().get(out.doubles());
      case INT64, UINT64 -> b.asLongBuffer().get(out.longs());
      case INT32 -> b.asIntBuffer().get(out.ints());
      case FLOAT16, BFLOAT16 -> b.asShortBuffer().get(out.halfBits());
      default -> {
        for (int i = 0; i < n; i++) {
          switch (type) {
            case UINT32 -> out.longs()[i] = b.getInt() & 0xffffffffL;
            case INT16 -> out.ints()[i] = b.getShort();
            case UINT16 -> out.ints()[i] = b.getShort() & 0xffff;
            case INT8 -> out.ints()[i] = b.get();
            case BOOL -> out.bytes()[i] = (byte) (b.get() == 0 ? 0 : 1);
            default -> out.bytes()[i] = b.get();
          }
        }
      }
    }
    return out;
  }

  private static void requireSize(boolean ok, String what, Shape shape, String found) {
    if (!ok) {
      throw new OnnxException(what + " of shape " + shape + " has " + found + " of data: the file is cut off or its sizes lie");
    }
  }

  /** External data: a file in the model's own folder, and nowhere else. */
  private static ByteBuffer external(TensorProto t, Path folder, String what) {
    Map<String, String> e = new HashMap<>();
    for (StringStringEntryProto p : t.getExternalDataList()) {
      e.put(p.getKey(), p.getValue());
    }
    String location = e.getOrDefault("location", "");
    if (folder == null || location.isEmpty()) {
      throw new OnnxException(what + " keeps its data in another file (" + location + "), which cannot be found here");
    }
    try {
      Path root = folder.toRealPath();
      Path file = root.resolve(location).normalize();
      if (!file.startsWith(root) || !Files.isRegularFile(file) || !file.toRealPath().startsWith(root)) {
        throw new OnnxException(what + " keeps its data in '" + location + "', which is not a file inside the model's folder " + root);
      }
      long size = Files.size(file);
      long offset = Long.parseLong(e.getOrDefault("offset", "0"));
      if (offset < 0 || offset > size) {
        throw new OnnxException(what + " begins at byte " + offset + " of " + file + ", which has " + size + " bytes");
      }
      long length = Long.parseLong(e.getOrDefault("length", Long.toString(size - offset)));
      if (length < 0 || length > size - offset || length > Integer.MAX_VALUE - 8) {
        throw new OnnxException(what + " claims " + length + " bytes from byte " + offset + " of " + file + ", which has " + size + " bytes");
      }
      ByteBuffer b = ByteBuffer.allocate((int) length);
      try (FileChannel c = FileChannel.open(file)) {
        while (b.hasRemaining() && c.read(b, offset + b.position()) >= 0) {
          continue;
        }
      }
      return b.flip();
    } catch (IOException | NumberFormatException | java.nio.file.InvalidPathException x) {
      throw new OnnxException(what + " keeps its data in '" + location + "', which cannot be read: " + x.getMessage(), x);
    }
  }

  /** Our tensor as ONNX's, with raw data. */
  static TensorProto write(String name, HostTensor t) {
    TensorProto.Builder b = TensorProto.newBuilder().setName(name).setDataType(onnxType(t.dtype()).getNumber());
    for (int d : t.shape().dims()) {
      b.addDims(d);
    }
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(t.type().bytes())).order(ByteOrder.LITTLE_ENDIAN);
    switch (t.dtype()) {
      case F32 -> bytes.asFloatBuffer().put(t.floats());
      case F64 -> bytes.asDoubleBuffer().put(t.doubles());
      case F16, BF16 -> bytes.asShortBuffer().put(t.halfBits());
      case I32 -> bytes.asIntBuffer().put(t.ints());
      case I64 -> bytes.asLongBuffer().put(t.longs());
      case U8 -> bytes.duplicate().put(t.bytes());
    }
    return b.setRawData(ByteString.copyFrom(bytes)).build();
  }
}
