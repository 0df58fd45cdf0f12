package dev.cardinal.train;

import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves the variables of a training run between a device and tensors: first values, and checkpoints. A checkpoint's model holds the network's parameters, averaged ones if weights are averaged; its
 * state holds everything else that going on exactly needs.
 */
public final class TrainingState {
  private static final String RAW_PREFIX = "raw.";

  private TrainingState() {}

  /** Writes first values of all variables of a training graph: of parameters the given ones where there are some. */
  static void initialize(Variables variables, Module net, Graph training, long seed, Map<String, HostTensor> given) {
    net.initialize(seed, (path, type, elements) -> {
      HostTensor known = given.get(path);
      if (known == null) {
        variables.write(path, type, elements);
      } else {
        variables.write(path, known);
      }
      if (training.variables().containsKey(TrainingStep.AVERAGE_PREFIX + path)) {
        variables.write(TrainingStep.AVERAGE_PREFIX + path, variables.read(path));
      }
    });
    for (Value v : training.variables().values()) {
      String name = v.name();
      if (name.equals(Trace.RANDOM_STATE)) {
        variables.write(name, HostTensor.of(Shape.of(2), seed, 0L));
      } else if (!name.startsWith(TrainingStep.AVERAGE_PREFIX) && !net.parameters().containsKey(name)) {
        variables.write(name, v.type(), i -> 0);
      }
    }
  }

  /** Reads everything a checkpoint keeps. */
  static void read(Variables variables, Module net, Map<String, HostTensor> model, Map<String, HostTensor> state) {
    for (String name : variables.types().keySet()) {
      if (net.parameters().containsKey(name)) {
        boolean averaged = variables.types().containsKey(TrainingStep.AVERAGE_PREFIX + name);
        model.put(name, variables.read(averaged ? TrainingStep.AVERAGE_PREFIX + name : name));
        if (averaged) {
          state.put(RAW_PREFIX + name, variables.read(name));
        }
      } else if (!name.startsWith(TrainingStep.AVERAGE_PREFIX)) {
        state.put(name, variables.read(name));
      }
    }
  }

  /**
   * Restores what {@link #read} gave.
   *
   * @throws IOException if the checkpoint is of another network or of other options, listing the differences
   */
  static void write(Variables variables, Module net, Checkpoint checkpoint) throws IOException {
    Map<String, HostTensor> values = new LinkedHashMap<>(checkpoint.state());
    for (Map.Entry<String, HostTensor> e : load(net, checkpoint).entrySet()) {
      HostTensor raw = values.remove(RAW_PREFIX + e.getKey());
      values.put(e.getKey(), raw == null ? e.getValue() : raw);
      if (raw != null) {
        values.put(TrainingStep.AVERAGE_PREFIX + e.getKey(), e.getValue());
      }
    }
    if (!values.keySet().equals(variables.types().keySet())) {
      throw new IOException("checkpoint " + checkpoint.name() + " was made with another optimiser or averaging: it holds " + difference(values.keySet(), variables.types().keySet())
          + " more and lacks " + difference(variables.types().keySet(), values.keySet()) + "; resume with the options it was made with");
    }
    values.forEach(variables::write);
  }

  private static List<String> difference(java.util.Set<String> a, java.util.Set<String> b) {
    return a.stream().filter(n -> !b.contains(n)).limit(4).toList();
  }

  /**
   * The parameters of a network from a checkpoint.
   *
   * @throws IOException if it was made by another network, listing the differences
   */
  public static Map<String, HostTensor> load(Module net, Checkpoint checkpoint) throws IOException {
    Map<String, HostTensor> model = checkpoint.model();
    Map<String, TensorType> wanted = new LinkedHashMap<>();
    net.parameters().forEach((name, p) -> wanted.put(name, p.type()));
    List<String> problems = new ArrayList<>();
    wanted.forEach((name, type) -> {
      HostTensor t = model.get(name);
      if (t == null) {
        problems.add("lacks " + name + " " + type);
      } else if (!t.type().equals(type)) {
        problems.add("has " + name + " as " + t.type() + ", the network as " + type);
      }
    });
    model.keySet().stream().filter(n -> !wanted.containsKey(n)).forEach(n -> problems.add("has " + n + ", which the network lacks"));
    if (!problems.isEmpty()) {
      int shown = Math.min(5, problems.size());
      throw new IOException("checkpoint " + checkpoint.name() + " belongs to another network: it " + String.join("; it ", problems.subList(0, shown))
          + (shown < problems.size() ? "; and " + (problems.size() - shown) + " more differences" : "") + "; build the network it was made with");
    }
    return model;
  }
}
