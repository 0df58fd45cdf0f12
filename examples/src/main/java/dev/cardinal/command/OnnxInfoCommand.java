package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.io.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells what is in an ONNX model. */
@Command(name = "info", description = "Tells what is in an ONNX model, and whether all of its operations are supported.")
final class OnnxInfoCommand extends DeviceCommand {
  @Parameters(index = "0", paramLabel = "FILE", description = "An ONNX model.")
  Path file;

  @Override
  int execute() throws IOException {
    requireDevice();
    OnnxModel m = OnnxModel.read(file);
    say("model       %s", file);
    say("producer    %s, IR version %d, opset %d", m.producer().isEmpty() ? "unknown" : m.producer(), m.irVersion(), m.opset());
    m.inputs().forEach(p -> say("input       %s", p));
    m.outputs().forEach(p -> say("output      %s", p));
    say("parameters  %,d in %,d initializers", m.parameterCount(), m.initializers().size());
    ObjectNode node = object().put("model", file.toString()).put("producer", m.producer()).put("ir_version", m.irVersion()).put("opset", m.opset()).put("params", m.parameterCount());
    m.inputs().forEach(p -> node.withArray("inputs").add(p.toString()));
    m.outputs().forEach(p -> node.withArray("outputs").add(p.toString()));
    for (Map.Entry<String, Integer> e : m.operations().entrySet()) {
      boolean missing = m.unsupportedOperations().contains(e.getKey());
      say("  %5d  %s%s", e.getValue(), e.getKey(), missing ? "  UNSUPPORTED" : "");
      node.withObject("operations").put(e.getKey(), e.getValue());
    }
    m.unsupportedOperations().forEach(o -> node.withArray("unsupported").add(o));
    result(node);
    return 0;
  }
}
