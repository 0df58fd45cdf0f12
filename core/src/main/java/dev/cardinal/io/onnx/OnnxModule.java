package dev.cardinal.io.onnx;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Parameter;
import dev.cardinal.nn.Trace;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An imported model, or the first part of one, as a network to be trained on. Its parameters are the model's floating-point initializers under their names, dots making a tree of modules
 * ({@code features.0.weight}), and {@link #initialize} gives the model's values. Batch normalisation and dropout are built in the form that the {@link Trace} asks for.
 *
 * <p>To fine-tune on other classes, take the part up to {@link OnnxModel#headInput} and put a new layer behind it:
 *
 * <pre>{@code
 * OnnxModule features = OnnxModule.upTo(model, Shape.of(1, 3, 32, 32), model.headInput());
 * Module net = new Sequential().add("features", features.freeze()).add("flatten", flatten()).add("fc", linear(features.output().dim(1), 5));
 * }</pre>
 */
public final class OnnxModule extends Module {
  private final OnnxModel model;
  private final String output;
  private final Map<String, String> paths = new LinkedHashMap<>();
  private Shape outputShape;

  private OnnxModule(OnnxModel model, Shape input, String output) {
    this.model = model;
    this.output = output;
    if (model.inputs().size() != 1) {
      throw new OnnxException("a network has one input, this model has " + model.inputs());
    }
    Map<String, Parameter> found = new LinkedHashMap<>();
    Graph g = new Graph();
    Value y = trace(new Trace(g, false), g.input("input", new TensorType(DType.F32, input)), new GraphImport.Weights() {
      @Override
      public Value variable(String name, HostTensor tensor, Parameter.Role role) {
        found.put(name, new Parameter(tensor.type(), (type, random) -> tensor::get, role));
        return null;
      }
    });
    outputShape = y.type().shape();
    declare(found);
  }

  /**
   * A whole model with one input and one output.
   *
   * @param input shape of an input it is for; other batch sizes, and other sizes that the model takes, can be built later
   * @throws OnnxException if it has something that is not supported, or does not fit the input
   */
  public static OnnxModule of(OnnxModel model, Shape input) {
    if (model.outputs().size() != 1) {
      throw new OnnxException("a network has one output, this model has " + model.outputs() + "; name one of them");
    }
    return upTo(model, input, model.outputs().get(0).name());
  }

  /** The part of a model that computes one of its values, by the name it has in the file. */
  public static OnnxModule upTo(OnnxModel model, Shape input, String value) {
    return new OnnxModule(model, input, value);
  }

  /** Shape of the output for the input given when it was imported. */
  public Shape output() {
    return outputShape;
  }

  /** The model's own values of the parameters, by path. */
  public Map<String, HostTensor> values() {
    return initialize(0);
  }

  private void declare(Map<String, Parameter> found) {
    Set<String> taken = new HashSet<>();
    found.forEach((name, p) -> {
      boolean clean = !name.isEmpty() && !name.startsWith(".") && !name.endsWith(".") && !name.contains("..");
      String path = clean ? name : name.replace('.', '_');
      while (!taken.add(path)) {
        path += "_";
      }
      paths.put(name, path);
      int dot = path.indexOf('.');
      if (dot < 0) {
        parameter(path, p);
      } else {
        part(this, path.substring(0, dot)).declare(path.substring(dot + 1), p);
      }
    });
  }

  private Part part(Module parent, String name) {
    Module known = parent.children().get(name);
    return known != null ? (Part) known : child(name, new Part());
  }

  /** A part of the tree of names; it is never built by itself. */
  private static final class Part extends Module {
    void declare(String path, Parameter p) {
      int dot = path.indexOf('.');
      if (dot < 0) {
        parameter(path, p);
        return;
      }
      String name = path.substring(0, dot);
      Module known = children().get(name);
      (known != null ? (Part) known : child(name, new Part())).declare(path.substring(dot + 1), p);
    }

    @Override
    protected Value build(Trace t, Value x) {
      throw new IllegalStateException(path() + " is a part of an imported model, which is built as a whole");
    }
  }

  @Override
  protected Value build(Trace t, Value x) {
    Map<Value, String> variables = new HashMap<>();
    return trace(t, x, new GraphImport.Weights() {
      @Override
      public Value variable(String name, HostTensor tensor, Parameter.Role role) {
        String path = paths.get(name);
        if (path == null) {
          throw new OnnxException("this input makes the model use '" + name + "' as a weight, which the input it was imported for did not; import it for this input");
        }
        Value v = t.variable(path, tensor.type());
        variables.put(v, path);
        return v;
      }

      @Override
      public Module module() {
        return OnnxModule.this;
      }

      @Override
      public boolean trains(Trace trace, Value variable) {
        String path = variables.get(variable);
        int dot = path == null ? -1 : path.lastIndexOf('.');
        return path != null && trace.isTraining(dot < 0 ? OnnxModule.this : find(path.substring(0, dot)));
      }
    });
  }

  private Value trace(Trace t, Value x, GraphImport.Weights weights) {
    OnnxModel.Port port = model.inputs().get(0);
    GraphImport g = new GraphImport(model, t, weights);
    g.define(Operand.input(port.name(), x, null));
    if (port.dims() != null && !port.dims().isEmpty() && port.dims().get(0) == 1) {
      g.batch(x.type().shape().dim(0));
    }
    g.run(List.of(output));
    Operand y = g.operand(output);
    return g.valueOf(y, Parameter.Role.WEIGHT);
  }
}
