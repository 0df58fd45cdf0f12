package dev.cardinal.train;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.tensor.HostTensor;
import java.util.Map;

/** Finds the first layer whose output is not finite, by running the forward pass once more with every value kept. */
final class FirstNonFinite {
  private FirstNonFinite() {}

  /** A sentence that names what was found. */
  static String describe(Device device, Variables variables, Module net, HostTensor images, int classes) {
    if (!finite(images)) {
      return "the images themselves hold values that are not finite";
    }
    for (Map.Entry<String, ?> e : net.parameters().entrySet()) {
      if (!finite(variables.read(e.getKey())) && net.learnedParameters().containsKey(e.getKey())) {
        return "parameter " + e.getKey() + " is no longer finite";
      }
    }
    Graph g = new Graph();
    Value logits = TrainingStep.forward(new Trace(g, true), net, images.type(), classes);
    for (Node n : g.nodes()) {
      g.output("node" + n.id(), n.output(0));
    }
    try (Program p = device.compile(g, variables, CompileOptions.defaults())) {
      p.run(Map.of(TrainingStep.IMAGES, images));
      for (Node n : g.nodes()) {
        if (n.output(0).type().dtype().isFloating() && !finite(p.read("node" + n.id()))) {
          return "layer " + n.name() + " (" + n.op().opName() + ") is the first whose output is not finite";
        }
      }
    }
    return "all layers up to " + logits.name() + " are finite, the loss itself is not";
  }

  private static boolean finite(HostTensor t) {
    for (int i = 0; i < t.size(); i++) {
      if (!Double.isFinite(t.get(i))) {
        return false;
      }
    }
    return true;
  }
}
