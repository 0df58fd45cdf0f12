package dev.cardinal.parallel;

import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormInferenceBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.BinaryCrossEntropyBackward;
import dev.cardinal.op.Cast;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.op.Layout;
import dev.cardinal.op.Op;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** Places what a mean over divided samples needs: the statistics of batch normalisation, and losses that average over the labels that count. */
final class AcrossSamples {
  private static final int STATISTICS = 5;

  private final Splitter s;
  private final LocalGraphs g;
  private final int devices;
  private final Layout whole;

  AcrossSamples(Splitter s) {
    this.s = s;
    this.g = s.locals();
    this.devices = s.devices();
    this.whole = Layout.whole(devices);
  }

  /** Places a node if it is of that kind and its samples are divided. */
  boolean place(Node n) {
    Op op = n.op();
    int divided = op instanceof BatchNormTraining || op instanceof CrossEntropy || op instanceof BinaryCrossEntropy ? 0
        : op instanceof BatchNormTrainingBackward || op instanceof CrossEntropyBackward || op instanceof BinaryCrossEntropyBackward ? 1 : -1;
    if (divided < 0 || !s.isPinned(n.input(divided)) || s.spread(n.input(divided)).layout().axis() != 0) {
      return false;
    }
    Layout samples = s.spread(n.input(divided)).layout();
    if (op instanceof BatchNormTraining b) {
      training(n, b, samples);
    } else if (op instanceof BatchNormTrainingBackward b) {
      trainingBackward(n, b, samples);
    } else if (divided == 0) {
      loss(n, samples);
    } else {
      lossBackward(n, samples);
    }
    return true;
  }

  private Value[] sum(Value[] summands, String name) {
    return wholeOf(summands, Layout.summands(devices), name);
  }

  private Value[] wholeOf(Value[] values, Layout from, String name) {
    return s.conversions().convert(new Spread(values[0].type(), from, values), whole, name);
  }

  private Value[] in(Node n, int i, Layout l) {
    return s.in(n.input(i), l, n.name());
  }

  private void training(Node n, BatchNormTraining b, Layout samples) {
    String name = n.name();
    Value[] x = in(n, 0, samples);
    Value[] gamma = in(n, 1, whole);
    Value[] beta = in(n, 2, whole);
    Value[] oldMean = in(n, 3, whole);
    Value[] oldVariance = in(n, 4, whole);
    if (!s.options().synchronised()) {
      List<Value[]> out = g.emit(name, d -> new BatchNormTraining(b.epsilon(), b.momentum(), b.activation()), inputs(n, samples));
      s.define(n.output(0), samples, out.get(0));
      // The running statistics stay the same everywhere; those of the batch are each device's own, and only its own gradient reads them.
      s.defineMean(n.output(1), out.get(1));
      s.defineMean(n.output(2), out.get(2));
      s.define(n.output(3), whole, out.get(3));
      s.define(n.output(4), whole, out.get(4));
      return;
    }
    Shape shape = n.input(0).type().shape();
    double count = (double) shape.size() / shape.dim(1);
    Reduce mean = Reduce.overAllBut(Reduce.Kind.MEAN, 1, shape.rank());
    Value[] m = sum(g.scaled(name, g.one(name, mean, x), 1.0 / devices), name);
    Value[] centred = g.one(name, new Binary(Binary.Kind.SUBTRACT), x, g.overMaps(name, m, shape.rank()));
    Value[] v = sum(g.scaled(name, g.one(name, mean, g.one(name, new Unary(Unary.Kind.SQUARE), centred)), 1.0 / devices), name);
    List<Value[]> all = new java.util.ArrayList<>(List.of(x, gamma, beta, m, v));
    if (n.inputs().size() > STATISTICS) {
      all.add(in(n, STATISTICS, samples));
    }
    s.define(n.output(0), samples, g.emit(name, d -> new BatchNormInference(b.epsilon(), b.activation()), all).get(0));
    s.define(n.output(1), whole, g.add(name, g.scaled(name, oldMean, 1 - b.momentum()), g.scaled(name, m, b.momentum())));
    s.define(n.output(2), whole, g.add(name, g.scaled(name, oldVariance, 1 - b.momentum()), g.scaled(name, v, b.momentum() * count / (count - 1))));
    s.define(n.output(3), whole, m);
    Value[] deviation = g.one(name, new Unary(Unary.Kind.SQUARE_ROOT), g.one(name, new Scale(1, b.epsilon()), v));
    s.define(n.output(4), whole, g.one(name, new Binary(Binary.Kind.DIVIDE), g.constant("one", 1), deviation));
  }

  private List<Value[]> inputs(Node n, Layout samples) {
    List<Value[]> all = new java.util.ArrayList<>();
    for (int i = 0; i < n.inputs().size(); i++) {
      all.add(in(n, i, n.input(i).type().shape().rank() > 1 ? samples : whole));
    }
    return all;
  }

  /** With n values per channel: dx = gamma / deviation (dy - dbeta / n - x̂ dgamma / n), where dbeta and dgamma are sums over all devices' samples. */
  private void trainingBackward(Node n, BatchNormTrainingBackward b, Layout samples) {
    String name = n.name();
    if (!s.options().synchronised()) {
      List<Value[]> out = g.emit(name, d -> n.op(), inputs(n, samples));
      for (int i = 0; i < out.size(); i++) {
        s.define(n.output(i), i == 1 || i == 2 ? Layout.summands(devices) : samples, out.get(i));
      }
      return;
    }
    Value[] dy = in(n, 0, samples);
    if (b.activation() != Activation.Kind.IDENTITY) {
      dy = g.one(name, new ActivationBackward(b.activation(), 0), dy, in(n, STATISTICS, samples));
      s.define(n.output(3), samples, dy);
    }
    Value[] x = in(n, 1, samples);
    Value[] gamma = in(n, 2, whole);
    Value[] mean = in(n, 3, whole);
    Value[] inverse = in(n, 4, whole);
    Shape shape = n.input(1).type().shape();
    double count = (double) shape.size() / shape.dim(1);
    Value[] square = g.product(name, inverse, inverse);
    Value[] variance = g.one(name, new Binary(Binary.Kind.DIVIDE), g.constant("one", 1), square);
    List<Value[]> parts = g.emit(name, d -> new BatchNormInferenceBackward(0), List.of(dy, x, gamma, mean, variance));
    Value[] dgamma = sum(parts.get(1), name);
    Value[] dbeta = sum(parts.get(2), name);
    // x̂ = (x - mean) / deviation, so what is subtracted is a x + c per channel.
    Value[] a = g.scaled(name, g.product(name, g.product(name, gamma, square), dgamma), 1 / count);
    Value[] shift = g.scaled(name, g.product(name, g.product(name, gamma, inverse), dbeta), 1 / count);
    Value[] c = g.one(name, new Binary(Binary.Kind.SUBTRACT), shift, g.product(name, mean, a));
    Value[] line = g.add(name, g.product(name, x, g.overMaps(name, a, shape.rank())), g.overMaps(name, c, shape.rank()));
    s.define(n.output(0), samples, g.one(name, new Binary(Binary.Kind.SUBTRACT), parts.get(0), line));
    s.define(n.output(1), whole, dgamma);
    s.define(n.output(2), whole, dbeta);
  }

  private void loss(Node n, Layout samples) {
    String name = n.name();
    Value[] logits = in(n, 0, samples);
    Value[] labels = in(n, 1, samples);
    Value[] own = g.one(name, n.op(), logits, labels);
    s.define(n.output(0), Layout.summands(devices), g.product(name, own, share(n.op(), labels, name)));
  }

  private void lossBackward(Node n, Layout samples) {
    String name = n.name();
    Value[] labels = in(n, 2, samples);
    Value[] gradient = g.product(name, in(n, 0, whole), share(n.op(), labels, name));
    s.define(n.output(0), samples, g.one(name, n.op(), gradient, in(n, 1, samples), labels));
  }

  /** Each device's part of the labels that count. */
  private Value[] share(Op op, Value[] labels, String name) {
    if (op instanceof BinaryCrossEntropy || op instanceof BinaryCrossEntropyBackward) {
      return g.constant("share", 1.0 / devices);
    }
    int ignored = op instanceof CrossEntropy c ? c.ignoreLabel() : ((CrossEntropyBackward) op).ignoreLabel();
    Value[] ignore = g.constant("ignored", ignored);
    Value[] l = g.one(name, new Cast(DType.F32), labels);
    Binary least = new Binary(Binary.Kind.GREATER_OR_EQUAL);
    Value[] equal = g.product(name, g.one(name, least, l, ignore), g.one(name, least, ignore, l));
    Value[] count = g.one(name, Reduce.toScalar(Reduce.Kind.SUM, l[0].type().shape().rank()), g.one(name, new Scale(-1, 1), equal));
    Value[] all = wholeOf(count, Layout.summands(devices), name);
    return g.one(name, new Binary(Binary.Kind.DIVIDE), count, g.one(name, new Binary(Binary.Kind.MAXIMUM), all, g.constant("one", 1)));
  }
}
