package dev.cardinal.conformance;

import dev.cardinal.autodiff.Differentiation;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.Binary;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.Dropout;
import dev.cardinal.op.Linear;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.Op;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Resize;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small networks with everything that passes fuse and engines keep in layouts of their own, trained for a few steps. */
final class NetworkCases {
  private static final Activation.Kind RELU = Activation.Kind.RELU;

  private NetworkCases() {}

  static Map<String, NetworkCase> all() {
    Map<String, NetworkCase> m = new LinkedHashMap<>();
    m.put("residual block of grouped convolutions, trained with SGD", new NetworkCase(NetworkCases::residual, NetworkCases::value, 3));
    m.put("shuffled depthwise network with dropout, trained with clipped AdamW", new NetworkCase(NetworkCases::shuffled, NetworkCases::value, 3));
    m.put("encoder and decoder with per-pixel loss", new NetworkCase(NetworkCases::segmentation, NetworkCases::value, 2));
    m.put("response normalisation and overlapping pooling in one dimension", new NetworkCase(NetworkCases::oneDimensional, NetworkCases::value, 1));
    m.put("volumetric inference with fixed statistics", new NetworkCase(NetworkCases::volume, NetworkCases::value, 1));
    for (Activation.Kind k : Activation.Kind.values()) {
      m.put("convolution, transposed convolution and linear layer with " + k, new NetworkCase(g -> activations(g, k), NetworkCases::value, 1));
    }
    return m;
  }

  private static HostTensor value(NetworkCase.Request r) {
    Samples s = r.samples();
    Shape shape = r.type().shape();
    String n = r.name();
    if (r.type().dtype() == DType.I32) {
      return s.labels(shape, 0, 3);
    }
    if (r.type().dtype() == DType.I64) {
      return HostTensor.generate(r.type(), i -> i == 0 && shape.size() == 2 ? 1234567 : 0);
    }
    boolean positive = n.endsWith("gamma") || n.endsWith("variance");
    boolean zero = n.endsWith("velocity") || n.endsWith("first") || n.endsWith("second");
    double fan = shape.rank() < 2 ? 1 : Math.sqrt(3.0 * shape.dim(0) / shape.size());
    HostTensor t = positive ? s.uniform(shape, 0.5, 1.5) : zero ? s.uniform(shape, 0, 0) : s.uniform(shape, -fan, fan);
    return t.to(r.type().dtype());
  }

  /** Adds layers to one graph and remembers its parameters. */
  private static final class Net {
    final Graph g;
    final List<Value> parameters = new ArrayList<>();

    Net(Graph g) {
      this.g = g;
    }

    Value parameter(String name, int... dims) {
      Value v = g.variable(name, TensorType.f32(dims));
      parameters.add(v);
      return v;
    }

    Value conv(String name, Value x, int out, int kernel, ConvGeometry geometry, boolean bias) {
      try (Graph.Scope scope = g.scope(name)) {
        Value w = parameter(name + ".weight", Shape.of(out, x.type().shape().dim(1) / geometry.groups(), Spatial.all(geometry.rank(), kernel).toArray()).dims());
        return bias ? g.add(new Conv(geometry), x, w, parameter(name + ".bias", out)) : g.add(new Conv(geometry), x, w);
      }
    }

    Value norm(String name, Value x) {
      try (Graph.Scope scope = g.scope(name)) {
        int c = x.type().shape().dim(1);
        Value mean = g.variable(name + ".mean", TensorType.f32(c));
        Value variance = g.variable(name + ".variance", TensorType.f32(c));
        List<Value> y = g.addAll(new BatchNormTraining(1e-3, 0.1), List.of(x, parameter(name + ".gamma", c), parameter(name + ".beta", c), mean, variance));
        g.assign(mean, y.get(1));
        g.assign(variance, y.get(2));
        return y.get(0);
      }
    }

    Value act(Value x, Activation.Kind kind) {
      return g.add(new Activation(kind, kind == Activation.Kind.LEAKY_RELU ? 0.1 : 0), x);
    }

    Value classify(Value x, int classes) {
      Value pooled = g.add(new AdaptiveAvgPool(Spatial.all(x.type().shape().rank() - 2, 1)), x);
      Shape s = pooled.type().shape();
      Value flat = g.add(new Reshape(Shape.of(s.dim(0), s.dim(1))), pooled);
      return g.add(new Linear(), flat, parameter("fc.weight", classes, s.dim(1)), parameter("fc.bias", classes));
    }

    Value loss(Value logits, Op op, int... labels) {
      Value l = g.add(op, logits, g.input("labels", TensorType.i32(labels)));
      g.output("logits", logits);
      g.output("loss", l);
      return l;
    }

    void sgd(Value loss) {
      List<Value> gradients = Differentiation.gradients(g, loss, parameters);
      Value rate = g.constant("rate", HostTensor.scalar(0.1f));
      Value scale = g.constant("scale", HostTensor.scalar(1f));
      List<Value> in = new ArrayList<>(List.of(rate, scale));
      in.addAll(parameters);
      in.addAll(gradients);
      List<Value> velocities = parameters.stream().map(p -> g.variable(p.name() + ".velocity", p.type())).toList();
      in.addAll(velocities);
      List<Value> out = g.addAll(new SgdUpdate(0.9, 1e-3, true), in);
      for (int i = 0; i < parameters.size(); i++) {
        g.assign(parameters.get(i), out.get(i));
        g.assign(velocities.get(i), out.get(parameters.size() + i));
      }
    }

    void adam(Value loss) {
      List<Value> gradients = Differentiation.gradients(g, loss, parameters);
      Value rate = g.constant("rate", HostTensor.scalar(0.01f));
      Value scale = g.addAll(new ClipFactor(0.5), gradients).get(0);
      Value step = g.variable("step", new TensorType(DType.I64, Shape.of(1)));
      List<Value> in = new ArrayList<>(List.of(rate, scale, step));
      in.addAll(parameters);
      in.addAll(gradients);
      List<Value> moments = new ArrayList<>();
      parameters.forEach(p -> moments.add(g.variable(p.name() + ".first", p.type())));
      parameters.forEach(p -> moments.add(g.variable(p.name() + ".second", p.type())));
      in.addAll(moments);
      // A larger epsilon: where a gradient is nothing but rounding, the direction of Adam's step would be too.
      List<Value> out = g.addAll(new AdamUpdate(0.9, 0.99, 1e-2, 1e-2, true), in);
      List<Value> targets = new ArrayList<>(parameters);
      targets.addAll(moments);
      for (int i = 0; i < targets.size(); i++) {
        g.assign(targets.get(i), out.get(i));
      }
      g.assign(step, g.add(new AdvanceCounter(), step));
    }
  }

  private static void residual(Graph g) {
    Net n = new Net(g);
    Value x = g.input("x", TensorType.f32(4, 3, 9, 9));
    Value y = n.act(n.norm("bn0", n.conv("stem", x, 16, 3, ConvGeometry.of(2, 1, 1, 1, 1), false)), RELU);
    for (int b = 0; b < 2; b++) {
      int stride = b + 1;
      Value z = n.act(n.norm("bn1." + b, n.conv("a." + b, y, 16, 1, ConvGeometry.of(2), false)), RELU);
      z = n.act(n.norm("bn2." + b, n.conv("b." + b, z, 16, 3, ConvGeometry.of(2, stride, 1, 1, 4), false)), RELU);
      z = n.norm("bn3." + b, n.conv("c." + b, z, 16, 1, ConvGeometry.of(2), false));
      Value shortcut = b == 0 ? y : n.norm("bn4." + b, n.conv("d." + b, y, 16, 1, ConvGeometry.of(2, stride, 0, 1, 1), false));
      y = n.act(g.add(new Binary(Binary.Kind.ADD), z, shortcut), RELU);
    }
    n.sgd(n.loss(n.classify(y, 4), new CrossEntropy(0.1, -1), 4));
  }

  private static void shuffled(Graph g) {
    Net n = new Net(g);
    Value x = g.input("x", TensorType.f32(3, 4, 8, 10));
    Value state = g.variable("random", new TensorType(DType.I64, Shape.of(2)));
    Value y = n.act(n.conv("one", x, 12, 1, ConvGeometry.of(2, 1, 0, 1, 2), true), Activation.Kind.RELU6);
    y = g.add(new ChannelShuffle(2), y);
    y = n.norm("bn1", n.conv("two", y, 24, 3, ConvGeometry.of(2, 2, 1, 1, 12), false));
    y = n.act(y, Activation.Kind.HARD_SWISH);
    Value pooled = g.add(new MaxPool(PoolGeometry.of(2, 3, 2, 1)), x);
    y = g.add(new Concat(1), pooled, y);
    y = g.add(new Dropout(0.3, 1), y, state);
    n.adam(n.loss(n.classify(y, 4), new CrossEntropy(0, -1), 3));
    g.assign(state, g.add(new AdvanceCounter(), state));
  }

  private static void segmentation(Graph g) {
    Net n = new Net(g);
    Value x = g.input("x", TensorType.f32(2, 3, 8, 6));
    Value down = n.act(n.conv("down", x, 8, 3, ConvGeometry.of(2, 2, 1, 1, 1), true), RELU);
    Value w = n.parameter("up.weight", 8, 3, 3, 3);
    Value up = g.add(new ConvBackwardData(ConvGeometry.of(2, 2, 1, 1, 2), Spatial.of(8, 6)), down, w, n.parameter("up.bias", 6));
    up = n.act(up, RELU);
    Value coarse = g.add(new Resize(Resize.Mode.LINEAR, Spatial.of(8, 6), false), n.conv("side", down, 6, 1, ConvGeometry.of(2), false));
    Value logits = n.conv("head", g.add(new Binary(Binary.Kind.ADD), up, coarse), 4, 1, ConvGeometry.of(2), true);
    n.sgd(n.loss(logits, new CrossEntropy(0, 3), 2, 8, 6));
  }

  private static void oneDimensional(Graph g) {
    Net n = new Net(g);
    Value x = g.input("x", TensorType.f32(2, 2, 40));
    Value y = n.act(n.conv("one", x, 8, 5, ConvGeometry.of(1, 2, 2, 1, 2), true), RELU);
    y = g.add(new Lrn(5, 0.5, 0.75, 2, 2), y);
    y = g.add(new MaxPool(PoolGeometry.of(1, 3, 2, 0).withCeil(true)), y);
    n.sgd(n.loss(n.classify(y, 4), new CrossEntropy(0, -1), 2));
  }

  private static void volume(Graph g) {
    Net n = new Net(g);
    Value x = g.input("x", TensorType.f32(1, 3, 5, 6, 4));
    Value y = n.conv("one", x, 6, 3, ConvGeometry.of(3, 1, 1, 1, 3), true);
    Value[] c = {n.parameter("bn.gamma", 6), n.parameter("bn.beta", 6), n.parameter("bn.mean", 6), n.parameter("bn.variance", 6)};
    Value z = g.add(new BatchNormInference(1e-3), y, c[0], c[1], c[2], c[3]);
    z = n.act(g.add(new Binary(Binary.Kind.ADD), y, z), RELU);
    g.output("y", n.classify(z, 4));
  }

  private static void activations(Graph g, Activation.Kind kind) {
    Net n = new Net(g);
    Value x = g.input("x", TensorType.f32(2, 4, 5, 7));
    Value y = n.act(n.conv("conv", x, 6, 3, ConvGeometry.of(2, 1, 1, 1, 2), true), kind);
    Value w = n.parameter("up.weight", 6, 2, 2, 2);
    Value up = n.act(g.add(new ConvBackwardData(ConvGeometry.of(2, 2, 0, 1, 2), Spatial.of(10, 14)), y, w), kind);
    n.sgd(n.loss(n.act(n.classify(up, 4), kind), new CrossEntropy(0, -1), 2));
  }
}
