package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Device;
import dev.cardinal.io.onnx.Npy;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.io.onnx.OnnxTensors;
import dev.cardinal.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs an ONNX model on tensors from files. */
@Command(name = "run", description = {"Runs an ONNX model on tensors from files.", "Example: cardinal onnx run model.onnx --input x.npy --output y.npy"})
final class OnnxRunCommand extends DeviceCommand {
  @Parameters(index = "0", paramLabel = "FILE", description = "An ONNX model.")
  Path file;

  @Option(names = "--input", required = true, paramLabel = "[NAME=]FILE", description = "A .npy array or a .pb tensor; once per input of the model, in its order or with its name in front.")
  List<String> inputs;

  @Option(names = "--output", paramLabel = "[NAME=]FILE", description = "Where to write an output as a .npy array; once per output wanted, in the model's order or with its name in front.")
  List<String> outputs = List.of();

  @Override
  int execute() throws IOException {
    OnnxModel model = OnnxModel.read(file);
    Map<String, HostTensor> given = new LinkedHashMap<>();
    for (Map.Entry<String, Path> e : named(inputs, model.declaredInputs(), model.inputs(), "--input").entrySet()) {
      given.put(e.getKey(), read(e.getValue()));
    }
    Map<String, Path> wanted = named(outputs, model.outputs(), model.outputs(), "--output");
    try (Device engine = openDevice()) {
      Map<String, HostTensor> results = OnnxRun.run(model, engine, given);
      ObjectNode node = object().put("model", file.toString()).put("device", engine.info().name());
      for (Map.Entry<String, HostTensor> e : results.entrySet()) {
        Path to = wanted.get(e.getKey());
        if (to != null) {
          Npy.write(to, e.getValue());
        }
        say("%s %s%s", e.getKey(), e.getValue(), to == null ? "" : " in " + to);
        node.withObject("outputs").put(e.getKey(), e.getValue().type().toString());
      }
      result(node);
    }
    return 0;
  }

  private static HostTensor read(Path p) throws IOException {
    return p.toString().toLowerCase(Locale.ROOT).endsWith(".npy") ? Npy.read(p) : OnnxTensors.read(p);
  }

  /** Files by the name of the input or output they are for. */
  private Map<String, Path> named(List<String> texts, List<OnnxModel.Port> all, List<OnnxModel.Port> inOrder, String option) {
    Map<String, Path> map = new LinkedHashMap<>();
    for (String text : texts) {
      int eq = text.indexOf('=');
      String name = eq > 0 ? text.substring(0, eq) : "";
      boolean known = all.stream().anyMatch(p -> p.name().equals(name));
      if (!known && map.size() >= inOrder.size()) {
        throw usage(option + " " + text + " is one too many: the model has " + inOrder);
      }
      map.put(known ? name : inOrder.get(map.size()).name(), Path.of(known ? text.substring(eq + 1) : text));
    }
    return map;
  }
}
