package dev.cardinal.io;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file: for each tensor its type and the bytes of the data section it occupies, and free text about the
 * file. A header that exists is valid: the tensors tile the data section without gap or overlap, and each extent fits its type.
 *
 * @param tensors by name, in the order of the header
 * @param metadata the {@code __metadata__} entry, empty if there was none
 */
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";
  private static final int MAX_RANK = 32;

  /** One tensor: its type, and its first byte and one past its last byte within the data section. */
  record Entry(TensorType type, long begin, long end) {}

  /** Lays out tensors, those of the widest elements first, so that every tensor is aligned to its own element size. */
  static SafetensorsHeader layOut(Map<String, HostTensor> tensors, Map<String, String> metadata) {
    List<String> byWidth = new ArrayList<>(tensors.keySet());
    byWidth.sort(Comparator.comparingInt((String name) -> tensors.get(name).dtype().bytes()).reversed());
    Map<String, Entry> placed = new LinkedHashMap<>();
    tensors.keySet().forEach(name -> placed.put(name, null));
    long at = 0;
    for (String name : byWidth) {
      if (name.equals(METADATA)) {
        throw new IllegalArgumentException("a tensor cannot be named " + METADATA + ": safetensors keeps that name for the file's own text");
      }
      if (name.length() > StrictJson.MAX_NAME) {
        throw new IllegalArgumentException("a tensor's name has at most " + StrictJson.MAX_NAME + " characters, got " + name.length());
      }
      TensorType type = tensors.get(name).type();
      placed.put(name, new Entry(type, at, at + type.bytes()));
      at += type.bytes();
    }
    return new SafetensorsHeader(placed, metadata);
  }

  /** Names in the order of their data. */
  List<String> namesByPosition() {
    return tensors.entrySet().stream()
        .sorted(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin()).thenComparingLong(e -> e.getValue().end()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The JSON text in UTF-8, padded with spaces to a multiple of 8 bytes so that the data after it is aligned. */
  byte[] encode() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = StrictJson.FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> e : metadata.entrySet()) {
          json.writeStringField(e.getKey(), e.getValue());
        }
        json.writeEndObject();
      }
      for (Map.Entry<String, Entry> e : tensors.entrySet()) {
        Entry entry = e.getValue();
        json.writeObjectFieldStart(e.getKey());
        json.writeStringField("dtype", entry.type().dtype().name());
        json.writeFieldName("shape");
        int[] dims = entry.type().shape().dims();
        json.writeArray(dims, 0, dims.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.begin(), entry.end()}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    while (bytes.size() % 8 != 0) {
      bytes.write(' ');
    }
    if (bytes.size() > StrictJson.MAX_BYTES) {
      throw new IOException("the header of " + tensors.size() + " tensors takes " + bytes.size() + " bytes, more than the limit of "
          + StrictJson.MAX_BYTES + "; split the tensors over several files");
    }
    return bytes.toByteArray();
  }

  /**
   * Reads and checks a header.
   *
   * @param json the header's bytes
   * @param dataBytes size of the data section that the file really has
   * @throws IOException saying what is wrong, without the file's name
   */
  static SafetensorsHeader decode(ByteBuffer json, long dataBytes) throws IOException {
    // Decoded here, because Jackson would accept UTF-16 and UTF-32 too and the format does not.
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(json).toString();
    } catch (CharacterCodingException e) {
      throw new IOException("the header is not UTF-8", e);
    }
    if (!text.startsWith("{")) {
      throw new IOException("the header is not a JSON object");
    }
    Map<String, Entry> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = Map.of();
    try (JsonParser parser = StrictJson.FACTORY.createParser(text)) {
      parser.nextToken();
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        if (name.equals(METADATA)) {
          metadata = decodeMetadata(parser);
        } else {
          tensors.put(name, decodeEntry(name, parser));
        }
      }
      if (parser.nextToken() != null) {
        throw new IOException("the header goes on after its JSON object");
      }
    } catch (JsonProcessingException e) {
      throw new IOException("the header is not valid JSON: " + StrictJson.problem(e), e);
    }
    SafetensorsHeader header = new SafetensorsHeader(tensors, metadata);
    header.checkTiling(dataBytes);
    return header;
  }

  private static Map<String, String> decodeMetadata(JsonParser parser) throws IOException {
    expect(parser.nextToken() == JsonToken.START_OBJECT, METADATA + " is not an object");
    Map<String, String> metadata = new LinkedHashMap<>();
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      expect(parser.nextToken() == JsonToken.VALUE_STRING, METADATA + " holds something other than text under '" + key + "'");
      metadata.put(key, parser.getText());
    }
    return metadata;
  }

  private static Entry decodeEntry(String name, JsonParser parser) throws IOException {
    expect(parser.nextToken() == JsonToken.START_OBJECT, "the entry of tensor '" + name + "' is not an object");
    DType dtype = null;
    long[] shape = null;
    long[] offsets = null;
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      switch (key) {
        case "dtype" -> {
          expect(parser.nextToken() == JsonToken.VALUE_STRING, "the dtype of tensor '" + name + "' is not text");
          dtype = dtype(name, parser.getText());
        }
        case "shape" -> shape = sizes(name, key, MAX_RANK, parser);
        case "data_offsets" -> offsets = sizes(name, key, 2, parser);
        default -> throw new IOException("the entry of tensor '" + name + "' has the unknown key '" + key + "'");
      }
    }
    expect(dtype != null && shape != null && offsets != null && offsets.length == 2,
        "the entry of tensor '" + name + "' needs dtype, shape and two data_offsets");
    return entry(name, dtype, shape, offsets);
  }

  private static Entry entry(String name, DType dtype, long[] shape, long[] offsets) throws IOException {
    long bytes;
    TensorType type;
    try {
      type = new TensorType(dtype, Shape.of(Arrays.stream(shape).mapToInt(Math::toIntExact).toArray()));
      bytes = type.bytes();
    } catch (ArithmeticException e) {
      throw new IOException("tensor '" + name + "' of shape " + Arrays.toString(shape) + " is larger than this program can address", e);
    }
    expect(offsets[0] <= offsets[1] && offsets[1] - offsets[0] == bytes, "tensor '" + name + "' of type " + type + " takes " + bytes
        + " bytes, but its data_offsets are " + Arrays.toString(offsets));
    return new Entry(type, offsets[0], offsets[1]);
  }

  private static DType dtype(String name, String text) throws IOException {
    for (DType d : DType.values()) {
      if (d.name().equals(text)) {
        return d;
      }
    }
    throw new IOException("tensor '" + name + "' has dtype '" + text + "', which is none of "
        + Arrays.stream(DType.values()).map(Enum::name).toList());
  }

  private static long[] sizes(String name, String key, int atMost, JsonParser parser) throws IOException {
    String problem = "the " + key + " of tensor '" + name + "' is not a list of at most " + atMost + " non-negative whole numbers";
    expect(parser.nextToken() == JsonToken.START_ARRAY, problem);
    List<Long> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser.currentToken() == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
          && parser.getLongValue() >= 0 && values.size() < atMost, problem);
      values.add(parser.getLongValue());
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private void checkTiling(long dataBytes) throws IOException {
    long at = 0;
    for (String name : namesByPosition()) {
      Entry e = tensors.get(name);
      expect(e.begin() == at, "tensor '" + name + "' begins at byte " + e.begin() + " of the data, "
          + (e.begin() < at ? "inside another tensor" : "leaving a gap after byte " + at));
      at = e.end();
    }
    expect(at == dataBytes, "the tensors take " + at + " bytes of data, but the file has " + dataBytes
        + (at > dataBytes ? "; it was cut off" : ""));
  }

  private static void expect(boolean condition, String problem) throws IOException {
    if (!condition) {
      throw new IOException(problem);
    }
  }
}
