package dev.cardinal.cpu.oracle;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.conformance.Samples;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.Op;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.Test;

/** Several steps of each optimiser, as graph nodes over variables, against PyTorch's. */
class OptimizersOracleTest {
  private static final int STEPS = 6;
  private static final double RATE = 0.05;
  private static final Shape[] SHAPES = {Shape.of(7), Shape.of(3, 5)};

  @Test
  void sgd() {
    int index = 0;
    for (double momentum : new double[] {0, 0.9}) {
      for (double decay : new double[] {0, 0.01}) {
        for (boolean nesterov : momentum == 0 ? new boolean[] {false} : new boolean[] {false, true}) {
          check(new SgdUpdate(momentum, decay, nesterov), 1, index++, v -> {
            SGDOptions o = new SGDOptions(RATE);
            o.momentum().put(momentum);
            o.weight_decay().put(decay);
            o.nesterov().put(nesterov);
            return new SGD(v, o);
          });
        }
      }
    }
  }

  @Test
  void adam() {
    for (double decay : new double[] {0, 0.01}) {
      check(new AdamUpdate(0.9, 0.99, 1e-8, decay, false), 2, 20, v -> {
        AdamOptions o = new AdamOptions(RATE);
        betas(o.betas(), 0.9, 0.99);
        o.weight_decay().put(decay);
        return new Adam(v, o);
      });
    }
  }

  @Test
  void adamW() {
    for (double decay : new double[] {0, 0.1}) {
      check(new AdamUpdate(0.9, 0.999, 1e-8, decay, true), 2, 30, v -> {
        AdamWOptions o = new AdamWOptions(RATE);
        betas(o.betas(), 0.9, 0.999);
        o.weight_decay().put(decay);
        return new AdamW(v, o);
      });
    }
  }

  /** The binding points at a {@code std::tuple<double, double>}, which libstdc++ stores last element first. */
  private static void betas(DoublePointer p, double first, double second) {
    p.put(0, second);
    p.put(1, first);
  }

  private static void check(Op op, int moments, int index, Function<TensorVector, Optimizer> optimizer) {
    Samples s = Torch.samples("optimizer", index);
    List<HostTensor> first = new ArrayList<>();
    List<List<HostTensor>> gradients = new ArrayList<>();
    for (Shape shape : SHAPES) {
      first.add(s.uniform(shape).to(DType.F32));
    }
    for (int step = 0; step < STEPS; step++) {
      gradients.add(List.of(s.uniform(SHAPES[0]).to(DType.F32), s.uniform(SHAPES[1]).to(DType.F32)));
    }
    try (Torch.Engines engines = new Torch.Engines(); PointerScope scope = new PointerScope()) {
      List<HostTensor> expected = torch(optimizer, first, gradients);
      for (Device d : engines.devices) {
        List<HostTensor> actual = run(d, op, moments, first, gradients);
        for (int i = 0; i < SHAPES.length; i++) {
          Torch.equal(expected.get(i), actual.get(i), 4L * STEPS, d.info().name() + ": " + op);
        }
      }
    }
  }

  private static List<HostTensor> torch(Function<TensorVector, Optimizer> optimizer, List<HostTensor> first, List<List<HostTensor>> gradients) {
    Tensor[] p = first.stream().map(Torch::leaf).toArray(Tensor[]::new);
    Optimizer o = optimizer.apply(new TensorVector(p));
    for (List<HostTensor> g : gradients) {
      o.zero_grad();
      // The gradient of Σ p g is g.
      for (int i = 0; i < p.length; i++) {
        p[i].mul(Torch.of(g.get(i))).sum().backward();
      }
      o.step();
    }
    return List.of(Torch.host(p[0]), Torch.host(p[1]));
  }

  private static List<HostTensor> run(Device d, Op op, int moments, List<HostTensor> first, List<List<HostTensor>> gradients) {
    Graph g = new Graph();
    List<Value> in = new ArrayList<>(List.of(g.constant("rate", HostTensor.scalar((float) RATE)), g.constant("scale", HostTensor.scalar(1))));
    if (op instanceof AdamUpdate) {
      Value step = g.variable("step", new TensorType(DType.I64, Shape.of(1)));
      in.add(step);
    }
    List<Value> targets = new ArrayList<>();
    for (int i = 0; i < SHAPES.length; i++) {
      targets.add(g.variable("p" + i, first.get(i).type()));
    }
    in.addAll(targets);
    for (int i = 0; i < SHAPES.length; i++) {
      in.add(g.input("g" + i, first.get(i).type()));
    }
    for (int m = 0; m < moments; m++) {
      for (int i = 0; i < SHAPES.length; i++) {
        Value v = g.variable("m" + m + "." + i, first.get(i).type());
        in.add(v);
        targets.add(v);
      }
    }
    List<Value> out = g.addAll(op, in);
    for (int i = 0; i < targets.size(); i++) {
      g.assign(targets.get(i), out.get(i));
    }
    if (op instanceof AdamUpdate) {
      g.assign(in.get(2), g.add(new AdvanceCounter(), in.get(2)));
    }
    try (Variables variables = d.newVariables()) {
      for (int i = 0; i < SHAPES.length; i++) {
        variables.write("p" + i, first.get(i));
      }
      try (Program p = d.compile(g, variables, CompileOptions.defaults())) {
        for (List<HostTensor> step : gradients) {
          Map<String, HostTensor> given = new LinkedHashMap<>();
          for (int i = 0; i < SHAPES.length; i++) {
            given.put("g" + i, step.get(i));
          }
          p.run(given);
        }
      }
      return List.of(variables.read("p0"), variables.read("p1"));
    }
  }
}
