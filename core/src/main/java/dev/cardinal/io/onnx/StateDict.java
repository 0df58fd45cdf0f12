package dev.cardinal.io.onnx;

import dev.cardinal.io.Safetensors;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Parameter;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * PyTorch's weights by name. A state dict saved from PyTorch as safetensors ({@code safetensors.torch.save_file(model.state_dict(), file)}) loads into the network of the same name in our zoo, whose
 * parameters are named and laid out as torchvision's and timm's, and back.
 *
 * <p>Batch normalisation's {@code num_batches_tracked} counts steps; nothing here uses it, so it may be there or not. Element types: f32, and f16, bf16 and f64, which are converted.
 */
public final class StateDict {
  private static final String COUNTER = "num_batches_tracked";
  private static final int SHOWN = 12;

  private StateDict() {}

  /**
   * Reads the parameters of a network.
   *
   * @return tensors by path, in the order of the network's parameters
   * @throws IOException if the file is broken, or a name, shape or element type differs, listing the differences
   */
  public static Map<String, HostTensor> read(Path file, Module net) throws IOException {
    return read(file, net, List.of());
  }

  /**
   * Reads the parameters of a network but for some modules, whose parameters the file may lack or have in other shapes; so a classifier for other classes gets all but its head.
   *
   * @param without paths of modules, as in {@code fc} or {@code layer4.2}
   * @return tensors by path, in the order of the network's parameters
   * @throws IOException if the file is broken, or a name, shape or element type differs elsewhere, listing the differences
   * @throws IllegalArgumentException if the network has no such module
   */
  public static Map<String, HostTensor> read(Path file, Module net, List<String> without) throws IOException {
    without.forEach(net::find);
    try (Safetensors s = Safetensors.open(file)) {
      List<String> problems = new ArrayList<>();
      Map<String, Parameter> wanted = new LinkedHashMap<>(net.parameters());
      wanted.keySet().removeIf(name -> isBelow(name, without));
      for (Map.Entry<String, Parameter> e : wanted.entrySet()) {
        compare(e.getKey(), e.getValue().type(), s, problems);
      }
      for (String name : s.names()) {
        if (!wanted.containsKey(name) && !isCounter(name) && !isBelow(name, without)) {
          problems.add("it has " + name + " " + s.type(name) + ", which the network lacks");
        }
      }
      if (!problems.isEmpty()) {
        String more = problems.size() > SHOWN ? "; and " + (problems.size() - SHOWN) + " more differences" : "";
        throw new IOException(file + " does not fit the network: " + String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size()))) + more
            + "; build the network it was saved from, or let the layers that differ begin anew (--fresh)");
      }
      Map<String, HostTensor> values = new LinkedHashMap<>();
      for (Map.Entry<String, Parameter> e : wanted.entrySet()) {
        values.put(e.getKey(), s.read(e.getKey()).to(e.getValue().type().dtype()));
      }
      return values;
    }
  }

  private static void compare(String name, TensorType type, Safetensors s, List<String> problems) {
    if (!s.names().contains(name)) {
      problems.add("it lacks " + name + " " + type);
    } else if (!s.type(name).shape().equals(type.shape())) {
      problems.add("it has " + name + " of shape " + s.type(name).shape() + ", the network of shape " + type.shape());
    } else if (!s.type(name).dtype().isFloating()) {
      problems.add("it has " + name + " as " + s.type(name).dtype() + ", the network as " + type.dtype());
    }
  }

  private static boolean isBelow(String name, List<String> modules) {
    return modules.stream().anyMatch(m -> name.startsWith(m + "."));
  }

  private static boolean isCounter(String name) {
    return name.equals(COUNTER) || name.endsWith("." + COUNTER);
  }

  /**
   * Writes the parameters of a network, to be read by PyTorch's {@code load_state_dict} (with {@code strict=False}, or batch normalisation's counters added).
   *
   * @param values by path, as {@link Module#initialize} and checkpoints give them
   * @param as f32, or f16 or bf16 for files of half the size
   * @throws IOException if it cannot be written
   */
  public static void write(Path file, Module net, Map<String, HostTensor> values, DType as) throws IOException {
    if (!as.isFloating()) {
      throw new IllegalArgumentException("weights are written as f32, f16, bf16 or f64, got " + as);
    }
    Map<String, HostTensor> out = new LinkedHashMap<>();
    for (Map.Entry<String, Parameter> e : net.parameters().entrySet()) {
      HostTensor t = values.get(e.getKey());
      if (t == null || !t.type().equals(e.getValue().type())) {
        throw new IllegalArgumentException("parameter " + e.getKey() + " must be given as " + e.getValue().type() + ", got " + (t == null ? "nothing" : t.type()));
      }
      out.put(e.getKey(), t.to(as));
    }
    Safetensors.write(file, out, Map.of("format", "pt"));
  }
}
