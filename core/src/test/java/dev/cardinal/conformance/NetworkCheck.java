package dev.cardinal.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.pass.Pipeline;
import dev.cardinal.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs a network as built and after the standard passes, on the device and on the reference, and compares every output and every variable after every step. */
final class NetworkCheck {
  private NetworkCheck() {}

  static void check(Device device, Device oracle, NetworkCase c, long seed) {
    Graph graph = new Graph();
    c.build().accept(graph);
    Graph passed = Pipeline.standard().run(graph);
    Map<String, HostTensor> plain = run(device, graph, c, seed);
    compare(plain, run(device, passed, c, seed), "after the standard passes");
    compare(plain, run(device, passed, c, seed), "in a second program");
    if (oracle != null) {
      compare(run(oracle, graph, c, seed), plain, "against the reference");
    }
  }

  private static void compare(Map<String, HostTensor> expected, Map<String, HostTensor> actual, String what) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((k, v) -> assertNull(Tolerance.difference(v, actual.get(k), Tolerance.of(v.dtype(), 2000)), () -> k + " " + what));
  }

  /** Every output and variable after every step, by name. */
  private static Map<String, HostTensor> run(Device device, Graph graph, NetworkCase c, long seed) {
    Map<String, HostTensor> results = new LinkedHashMap<>();
    try (Variables variables = device.newVariables()) {
      graph.variables().forEach((name, v) -> variables.write(name, value(c, name, v, seed, 0)));
      try (Program p = device.compile(graph, variables, CompileOptions.defaults())) {
        for (int step = 0; step < c.steps(); step++) {
          Map<String, HostTensor> in = new LinkedHashMap<>();
          int at = step;
          graph.inputs().forEach((name, v) -> in.put(name, value(c, name, v, seed, at)));
          p.run(in);
          graph.outputs().keySet().forEach(name -> results.put(name + " of step " + at, p.read(name)));
          graph.variables().keySet().forEach(name -> results.put(name + " after step " + at, variables.read(name)));
        }
      }
    }
    return results;
  }

  private static HostTensor value(NetworkCase c, String name, dev.cardinal.graph.Value v, long seed, int step) {
    return c.values().apply(new NetworkCase.Request(name, v.type(), new Samples(seed, name, step, false)));
  }
}
