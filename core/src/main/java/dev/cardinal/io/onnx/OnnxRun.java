package dev.cardinal.io.onnx;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Parameter;
import dev.cardinal.nn.Trace;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a model as it is, with any number of inputs and outputs. */
public final class OnnxRun {
  private OnnxRun() {}

  /**
   * Builds the model for these inputs, compiles it and runs it once. Floating-point inputs are computed with in float32; inputs of other types, and those that decide shapes, are part of what is
   * compiled.
   *
   * @param inputs by name, one per input of the model that has no initializer; those with one may be given too
   * @return outputs by name, in the types that the model declares
   * @throws OnnxException if the inputs do not fit or the model has something that is not supported
   */
  public static Map<String, HostTensor> run(OnnxModel model, Device device, Map<String, HostTensor> inputs) {
    Graph g = new Graph();
    Map<String, HostTensor> weights = new LinkedHashMap<>();
    GraphImport build = new GraphImport(model, new Trace(g, false), (name, tensor, role) -> {
      String variable = "weight." + name;
      weights.put(variable, tensor);
      return g.variable(variable, tensor.type());
    });
    Map<String, HostTensor> given = define(model, build, g, inputs);
    List<String> names = model.outputs().stream().map(OnnxModel.Port::name).toList();
    build.run(names);
    Map<String, String> computed = new LinkedHashMap<>();
    for (String name : names) {
      Operand o = build.operand(name);
      if (o.host() == null && !computed.containsKey(name)) {
        String key = "output" + computed.size();
        g.output(key, o.value(Parameter.Role.WEIGHT));
        computed.put(name, key);
      }
    }
    GraphImport.requireMemory(g);
    Map<String, HostTensor> results = computed.isEmpty() ? Map.of() : execute(device, g, weights, given, computed);
    Map<String, HostTensor> out = new LinkedHashMap<>();
    for (OnnxModel.Port p : model.outputs()) {
      HostTensor t = results.containsKey(p.name()) ? results.get(p.name()) : build.operand(p.name()).host();
      out.put(p.name(), t.to(p.dtype()));
    }
    return out;
  }

  private static Map<String, HostTensor> define(OnnxModel model, GraphImport build, Graph g, Map<String, HostTensor> inputs) {
    Map<String, HostTensor> given = new LinkedHashMap<>();
    for (OnnxModel.Port p : model.declaredInputs()) {
      HostTensor t = inputs.get(p.name());
      if (t == null && model.initializers().containsKey(p.name())) {
        continue;
      }
      if (t == null) {
        throw new OnnxException("input '" + p + "' is missing; given are " + inputs.keySet());
      }
      requireFit(p, t);
      if (t.dtype().isFloating()) {
        String key = "input" + given.size();
        HostTensor f = t.to(DType.F32);
        requireRange(p, t, f);
        build.define(Operand.input(p.name(), g.input(key, f.type()), f));
        given.put(key, f);
      } else {
        build.define(build.constantOperand(p.name(), t));
      }
    }
    for (String name : inputs.keySet()) {
      if (model.declaredInputs().stream().noneMatch(p -> p.name().equals(name))) {
        throw new OnnxException("the model has no input '" + name + "'; its inputs are " + model.inputs());
      }
    }
    return given;
  }

  private static void requireFit(OnnxModel.Port p, HostTensor t) {
    boolean fits = p.dtype().isFloating() == t.dtype().isFloating();
    if (p.dims() != null) {
      fits &= p.dims().size() == t.shape().rank();
      for (int i = 0; fits && i < p.dims().size(); i++) {
        fits = p.dims().get(i) < 0 || i == 0 || p.dims().get(i) == t.shape().dim(i);
      }
    }
    if (!fits) {
      throw new OnnxException("input '" + p.name() + "' must be " + p + ", got " + t.type());
    }
  }

  private static void requireRange(OnnxModel.Port p, HostTensor t, HostTensor f) {
    for (int i = 0; t.dtype() == DType.F64 && i < t.size(); i++) {
      if (Double.isFinite(t.get(i)) && !Double.isFinite(f.get(i))) {
        throw new UnsupportedOnnxException("number beyond float32", "input '" + p.name() + "' has " + t.get(i));
      }
    }
  }

  private static Map<String, HostTensor> execute(Device device, Graph g, Map<String, HostTensor> weights, Map<String, HostTensor> given, Map<String, String> outputs) {
    try (Variables variables = device.newVariables()) {
      weights.forEach(variables::write);
      try (Program p = Compilation.compile(device, g, variables)) {
        p.run(given);
        Map<String, HostTensor> results = new LinkedHashMap<>();
        outputs.forEach((name, key) -> results.put(name, p.read(key)));
        return results;
      }
    }
  }
}
