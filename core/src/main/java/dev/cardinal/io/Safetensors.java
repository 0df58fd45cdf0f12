package dev.cardinal.io;

import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Named tensors in a safetensors file (<a href="https://github.com/huggingface/safetensors">the format</a>): eight bytes of header length,
 * a JSON header, then the elements, everything little-endian. Files written here open in any program that reads the format; files from
 * anywhere open here if they hold only the types of {@link dev.cardinal.tensor.DType}. Opening reads and checks the header alone; elements are
 * mapped into memory and copied, one tensor at a time, when asked for. Files may be of any size; one tensor has at most 2³¹−9 elements.
 *
 * <p>Safe for use by several threads. Close it to let go of the file.
 */
public final class Safetensors implements AutoCloseable {
  /** Elements are written in pieces of this size. */
  private static final int PIECE_BYTES = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private final long dataStart;

  private Safetensors(Path file, FileChannel channel, SafetensorsHeader header, long dataStart) {
    this.file = file;
    this.channel = channel;
    this.header = header;
    this.dataStart = dataStart;
  }

  /**
   * Writes a file, replacing an old one atomically.
   *
   * @param tensors by name; their order is kept
   * @param metadata free text about the file, may be empty
   * @throws IOException if it cannot be written; an old file is then untouched
   */
  public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata) throws IOException {
    AtomicFile.write(file, content(tensors, metadata));
  }

  /** The bytes of a file, for whoever writes them elsewhere. */
  static AtomicFile.Content content(Map<String, HostTensor> tensors, Map<String, String> metadata) {
    SafetensorsHeader header = SafetensorsHeader.layOut(tensors, metadata);
    return out -> {
      byte[] json = header.encode();
      AtomicFile.writeFully(out, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, json.length));
      AtomicFile.writeFully(out, ByteBuffer.wrap(json));
      ByteBuffer piece = newPiece();
      for (String name : header.namesByPosition()) {
        writeElements(tensors.get(name), piece, out);
      }
    };
  }

  /**
   * Opens a file and checks its header completely: every tensor's extent agrees with its type, and together they cover the data exactly.
   *
   * @throws IOException if the file is missing, cut off or not a valid safetensors file; the message names the file and the fault
   */
  public static Safetensors open(Path file) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": no such file", e);
    }
    try {
      long size = channel.size();
      if (size < 8) {
        throw new IOException("it has " + size + " bytes and even an empty safetensors file has 10");
      }
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, length, 0);
      long headerBytes = length.getLong(0);
      if (headerBytes < 2 || headerBytes > StrictJson.MAX_BYTES || headerBytes > size - 8) {
        throw new IOException("it claims a header of " + Long.toUnsignedString(headerBytes) + " bytes, where " + (size - 8)
            + " bytes follow and at most " + StrictJson.MAX_BYTES + " are accepted");
      }
      ByteBuffer json = ByteBuffer.allocate((int) headerBytes);
      readFully(channel, json, 8);
      json.flip();
      SafetensorsHeader header = SafetensorsHeader.decode(json, size - 8 - headerBytes);
      return new Safetensors(file, channel, header, 8 + headerBytes);
    } catch (IOException e) {
      channel.close();
      throw new IOException(file + " is not a readable safetensors file: " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** Reads every tensor of a file, in the order of its header. */
  public static Map<String, HostTensor> readAll(Path file) throws IOException {
    try (Safetensors opened = open(file)) {
      Map<String, HostTensor> tensors = new LinkedHashMap<>();
      for (String name : opened.names()) {
        tensors.put(name, opened.read(name));
      }
      return tensors;
    }
  }

  /** Names of the tensors, in the order of the header. */
  public Set<String> names() {
    return Collections.unmodifiableSet(header.tensors().keySet());
  }

  /**
   * Type of one tensor.
   *
   * @throws IllegalArgumentException if there is no tensor of that name
   */
  public TensorType type(String name) {
    return entry(name).type();
  }

  /** Free text about the file. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * Reads one tensor into the heap.
   *
   * @throws IllegalArgumentException if there is no tensor of that name
   * @throws IOException if reading fails, for instance because the file was cut off after it was opened
   */
  public HostTensor read(String name) throws IOException {
    SafetensorsHeader.Entry entry = entry(name);
    if (entry.type().shape().size() > Integer.MAX_VALUE - 8) {
      throw new IOException(file + ": tensor '" + name + "' of type " + entry.type() + " has more elements than a Java array can hold");
    }
    HostTensor tensor = HostTensor.zeros(entry.type());
    int width = tensor.dtype().bytes();
    int perPiece = FilePiece.MAX_BYTES / width;
    for (int at = 0; at < tensor.size(); ) {
      int begin = at;
      int count = Math.min(perPiece, tensor.size() - at);
      try (FilePiece piece = FilePiece.of(channel, dataStart + entry.begin() + (long) at * width, count * width)) {
        piece.copy(bytes -> readElements(bytes, tensor, begin, count));
      } catch (EOFException e) {
        throw new IOException(file + ": tensor '" + name + "' cannot be read: " + e.getMessage(), e);
      }
      at += count;
    }
    return tensor;
  }

  private static void readElements(ByteBuffer bytes, HostTensor into, int at, int count) {
    switch (into.dtype()) {
      case F32 -> bytes.asFloatBuffer().get(into.floats(), at, count);
      case F64 -> bytes.asDoubleBuffer().get(into.doubles(), at, count);
      case F16, BF16 -> bytes.asShortBuffer().get(into.halfBits(), at, count);
      case I32 -> bytes.asIntBuffer().get(into.ints(), at, count);
      case I64 -> bytes.asLongBuffer().get(into.longs(), at, count);
      case U8 -> bytes.get(into.bytes(), at, count);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static void writeElements(HostTensor tensor, ByteBuffer piece, WritableByteChannel out) throws IOException {
    int perPiece = PIECE_BYTES / tensor.dtype().bytes();
    for (int at = 0; at < tensor.size(); ) {
      int count = Math.min(perPiece, tensor.size() - at);
      piece.clear();
      switch (tensor.dtype()) {
        case F32 -> piece.asFloatBuffer().put(tensor.floats(), at, count);
        case F64 -> piece.asDoubleBuffer().put(tensor.doubles(), at, count);
        case F16, BF16 -> piece.asShortBuffer().put(tensor.halfBits(), at, count);
        case I32 -> piece.asIntBuffer().put(tensor.ints(), at, count);
        case I64 -> piece.asLongBuffer().put(tensor.longs(), at, count);
        case U8 -> piece.duplicate().put(tensor.bytes(), at, count);
      }
      AtomicFile.writeFully(out, piece.limit(count * tensor.dtype().bytes()));
      at += count;
    }
  }

  private static ByteBuffer newPiece() {
    return ByteBuffer.allocate(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int n = channel.read(into, at);
      if (n < 0) {
        throw new EOFException("the file ends at byte " + at + ", inside the data");
      }
      at += n;
    }
  }

  private SafetensorsHeader.Entry entry(String name) {
    SafetensorsHeader.Entry entry = header.tensors().get(name);
    if (entry == null) {
      throw new IllegalArgumentException(file + " has no tensor named '" + name + "'; it has " + header.tensors().size()
          + (header.tensors().isEmpty() ? "" : ", the first being '" + header.tensors().keySet().iterator().next() + "'"));
    }
    return entry;
  }
}
