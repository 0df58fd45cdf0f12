package dev.cardinal.cpu.oracle;

import dev.cardinal.autodiff.Differentiation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs one operation and the gradients that differentiation builds for it. */
final class VectorJacobian {
  private VectorJacobian() {}

  /** The first output and the gradients of the first {@code differentiable} inputs. */
  static List<HostTensor> run(Device device, Op op, HostTensor dy, int differentiable, HostTensor... in) {
    Graph g = new Graph();
    List<Value> leaves = new ArrayList<>();
    Map<String, HostTensor> given = new LinkedHashMap<>();
    for (int i = 0; i < in.length; i++) {
      leaves.add(g.input("in" + i, in[i].type()));
      given.put("in" + i, in[i]);
    }
    Value y = g.addAll(op, leaves).get(0);
    Value seed = g.input("dy", dy.type());
    given.put("dy", dy);
    g.output("out0", y);
    List<Value> gradients = Differentiation.gradients(g, y, seed, leaves.subList(0, differentiable));
    for (int i = 0; i < differentiable; i++) {
      g.output("out" + (i + 1), gradients.get(i));
    }
    try (Variables none = device.newVariables(); Program p = device.compile(g, none, CompileOptions.defaults())) {
      p.run(given);
      List<HostTensor> results = new ArrayList<>();
      for (int i = 0; i <= differentiable; i++) {
        results.add(p.read("out" + i));
      }
      return results;
    }
  }
}
