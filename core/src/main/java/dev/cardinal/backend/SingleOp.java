package dev.cardinal.backend;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs one operation by itself, for tests, the shell and teaching:
 *
 * <pre>{@code
 * HostTensor y = SingleOp.run(Devices.open("cpu"), new Activation(Activation.Kind.RELU), x).get(0);
 * }</pre>
 */
public final class SingleOp {
  private SingleOp() {}

  /**
   * Compiles the operation for these inputs, runs it once and returns all its outputs.
   *
   * @throws dev.cardinal.op.ShapeException if the inputs do not fit
   */
  public static List<HostTensor> run(Device device, Op op, HostTensor... inputs) {
    Graph g = new Graph();
    List<Value> in = new ArrayList<>();
    Map<String, HostTensor> given = new LinkedHashMap<>();
    for (int i = 0; i < inputs.length; i++) {
      in.add(g.input("in" + i, inputs[i].type()));
      given.put("in" + i, inputs[i]);
    }
    List<Value> out = g.addAll(op, in);
    for (int i = 0; i < out.size(); i++) {
      g.output("out" + i, out.get(i));
    }
    try (Variables none = device.newVariables(); Program p = device.compile(g, none, CompileOptions.defaults())) {
      p.run(given);
      List<HostTensor> results = new ArrayList<>();
      for (int i = 0; i < out.size(); i++) {
        results.add(p.read("out" + i));
      }
      return results;
    }
  }
}
