package dev.cardinal.conformance;

import dev.cardinal.autodiff.Differentiation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Reduce;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the gradients that {@link Differentiation} builds with central differences along one random direction, in float64: the loss is Σ r y for random r, and for the second order Σ q g over the
 * first gradients g for random q. A wrong gradient differs along almost every direction; a kink of the function is crossed along few, so a second direction is tried before a case fails.
 */
final class GradientCheck {
  private static final double STEP = 1e-6;
  private static final double TOLERANCE = 1e-6;

  private final Device device;
  private final Samples samples;
  private final List<HostTensor> inputs;
  private final Graph graph = new Graph();
  private final List<Value> leaves = new ArrayList<>();
  private final Map<String, HostTensor> given = new LinkedHashMap<>();

  private GradientCheck(Device device, OpCase c, Samples samples) {
    this.device = device;
    this.samples = samples;
    this.inputs = c.inputs();
    for (int i = 0; i < inputs.size(); i++) {
      leaves.add(graph.input("in" + i, inputs.get(i).type()));
      given.put("in" + i, inputs.get(i));
    }
  }

  /** What differs, as a sentence; {@code null} if nothing does. */
  static String difference(Device device, OpCase c, Samples samples, boolean second) {
    GradientCheck check = new GradientCheck(device, c, samples);
    Value y = check.graph.addAll(c.op(), check.leaves).get(0);
    Value loss = check.against(List.of(y));
    List<Integer> wrt = c.wrt();
    if (second) {
      // The gradient of a bias does not depend on anything but r.
      wrt = wrt.subList(0, 2);
      loss = check.against(Differentiation.gradients(check.graph, loss, check.at(wrt)));
    }
    List<Value> gradients = Differentiation.gradients(check.graph, loss, check.at(wrt));
    return check.compare(loss, gradients, wrt);
  }

  private List<Value> at(List<Integer> indices) {
    return indices.stream().map(leaves::get).toList();
  }

  /** Σ r v over all values, with a new random r for each. */
  private Value against(List<Value> values) {
    Value sum = null;
    for (Value v : values) {
      String name = "r" + given.size();
      Value r = graph.input(name, v.type());
      given.put(name, samples.uniform(v.type().shape()));
      Value product = graph.add(new Binary(Binary.Kind.MULTIPLY), v, r);
      Value s = graph.add(Reduce.toScalar(Reduce.Kind.SUM, v.type().shape().rank()), product);
      sum = sum == null ? s : graph.add(new Binary(Binary.Kind.ADD), sum, s);
    }
    return sum;
  }

  private String compare(Value loss, List<Value> gradients, List<Integer> wrt) {
    graph.output("loss", loss);
    for (int i = 0; i < wrt.size(); i++) {
      graph.output("g" + i, gradients.get(i));
    }
    try (Variables none = device.newVariables(); Program p = device.compile(graph, none, CompileOptions.defaults())) {
      p.run(given);
      List<HostTensor> g = new ArrayList<>();
      for (int i = 0; i < wrt.size(); i++) {
        g.add(p.read("g" + i));
      }
      String problem = null;
      for (int attempt = 0; attempt < 2; attempt++) {
        problem = alongOneDirection(p, g, wrt);
        if (problem == null) {
          return null;
        }
      }
      return problem;
    }
  }

  private String alongOneDirection(Program p, List<HostTensor> g, List<Integer> wrt) {
    double slope = 0;
    double size = 0;
    Map<Integer, HostTensor> direction = new LinkedHashMap<>();
    for (int i = 0; i < wrt.size(); i++) {
      HostTensor d = samples.uniform(inputs.get(wrt.get(i)).shape());
      direction.put(wrt.get(i), d);
      slope += ClosedForm.dot(g.get(i), d);
      size += ClosedForm.dot(g.get(i), g.get(i));
    }
    double up = lossAt(p, direction, STEP);
    double down = lossAt(p, direction, -STEP);
    double measured = (up - down) / (2 * STEP);
    double allowed = TOLERANCE * (Math.abs(measured) + Math.sqrt(size)) + 1e-9 * Math.max(1, Math.abs(up));
    return Math.abs(measured - slope) <= allowed ? null
        : "the gradient's slope along a random direction is " + slope + ", central differences give " + measured + ", off by " + Math.abs(measured - slope) + " where " + allowed
            + " is allowed";
  }

  private double lossAt(Program p, Map<Integer, HostTensor> direction, double step) {
    Map<String, HostTensor> moved = new LinkedHashMap<>(given);
    direction.forEach((input, d) -> moved.put("in" + input,
        HostTensor.generate(new TensorType(DType.F64, d.shape()), i -> inputs.get(input).get(i) + step * d.get(i))));
    p.run(moved);
    return p.read("loss").item();
  }
}
