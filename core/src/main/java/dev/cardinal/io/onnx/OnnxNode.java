package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.List;
import java.util.Map;

/**
 * One node of a model, as the file has it.
 *
 * @param name unique in the model; made up if the file has none
 * @param type as in {@code Conv}; with its domain in front if that is not ONNX's own
 * @param inputs names, empty where an optional input is left out
 * @param outputs names, empty where an optional output is left out
 */
record OnnxNode(String name, String type, List<String> inputs, List<String> outputs, Map<String, AttributeProto> attributes) {
  @Override
  public String toString() {
    return type + " '" + name + "'";
  }
}
