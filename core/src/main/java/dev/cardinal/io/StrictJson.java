package dev.cardinal.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** JSON as files from strangers must be read: no duplicate keys, nothing after the document, and limits on depth and size. */
final class StrictJson {
  /** The longest document accepted, in bytes: room for the names of about a hundred thousand tensors. */
  static final int MAX_BYTES = 16 << 20;

  /** The longest key accepted, in characters. */
  static final int MAX_NAME = 4096;

  static final JsonFactory FACTORY = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxDocumentLength(MAX_BYTES)
          .maxStringLength(MAX_BYTES)
          .maxNameLength(MAX_NAME)
          .maxNumberLength(100)
          .maxNestingDepth(64)
          .build())
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
      .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
      .build();

  static final JsonMapper MAPPER = JsonMapper.builder(FACTORY)
      .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private StrictJson() {}

  /** What is wrong with a document, and where, without Jackson's class names and source excerpts. */
  static String problem(JsonProcessingException e) {
    var at = e.getLocation();
    return e.getOriginalMessage() + (at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")");
  }
}
