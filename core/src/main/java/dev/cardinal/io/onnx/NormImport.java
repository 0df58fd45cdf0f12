package dev.cardinal.io.onnx;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Parameter.Role;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Normalisations, and dropout. */
final class NormImport {
  private NormImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("BatchNormalization", NormImport::batchNorm);
    map.put("LRN", NormImport::lrn);
    map.put("InstanceNormalization", NormImport::instanceNorm);
    map.put("GroupNormalization", NormImport::groupNorm);
    map.put("LayerNormalization", NormImport::layerNorm);
    map.put("MeanVarianceNormalization", NormImport::meanVariance);
    map.put("LpNormalization", NormImport::lpNorm);
    map.put("Dropout", NormImport::dropout);
  }

  private static void batchNorm(NodeImport n) {
    double epsilon = n.attributes().number("epsilon", 1e-5);
    // ONNX weighs the old value, we the new one.
    double momentum = 1 - n.attributes().number("momentum", 0.9);
    if (n.opset() < 9) {
      n.attributes().requireInteger("spatial", 1);
    }
    if (OldBroadcast.trains(n)) {
      throw n.unsupported("normalises by the batch (is_test 0)");
    }
    boolean always = n.opset() >= 14 && n.attributes().flag("training_mode", false);
    Value x = n.value(0);
    Value scale = n.value(1, Role.NORM);
    Value shift = n.value(2, Role.NORM);
    Value mean = n.value(3, Role.BUFFER);
    Value variance = n.value(4, Role.BUFFER);
    List<Value> in = List.of(x, scale, shift, mean, variance);
    boolean learns = n.graph().trains(scale) && mean.source() == Value.Source.VARIABLE && variance.source() == Value.Source.VARIABLE;
    if (!always && !learns) {
      n.out(n.emitAll(new BatchNormInference(epsilon), in).get(0));
      return;
    }
    List<Value> y = n.emitAll(new BatchNormTraining(epsilon, momentum), in);
    n.out(y.get(0));
    if (learns) {
      Graph g = n.trace().graph();
      g.assign(mean, y.get(1));
      g.assign(variance, y.get(2));
    }
    if (always) {
      n.out(1, y.get(1));
      n.out(2, biasedVariance(n, y.get(4), variance, epsilon, momentum));
    }
  }

  /** ONNX moves the variance by the batch's biased one: old (1 - m) + m (1 / invstd² - epsilon). */
  private static Value biasedVariance(NodeImport n, Value inverse, Value old, double epsilon, double momentum) {
    Value one = n.constant(HostTensor.generate(inverse.type(), i -> 1));
    Value batch = n.emit(new Scale(1, -epsilon), n.emit(new Binary(Binary.Kind.DIVIDE), one, n.emit(new Unary(Unary.Kind.SQUARE), inverse)));
    return n.emit(new Binary(Binary.Kind.ADD), n.emit(new Scale(1 - momentum, 0), old), n.emit(new Scale(momentum, 0), batch));
  }

  private static void lrn(NodeImport n) {
    if (!n.attributes().has("size")) {
      throw n.broken("has no size");
    }
    n.out(n.emit(new Lrn(n.attributes().integer("size", 1), n.attributes().number("alpha", 1e-4), n.attributes().number("beta", 0.75), n.attributes().number("bias", 1), 1), n.value(0)));
  }

  /** (x - mean) / sqrt(variance + epsilon) over the given axes. */
  private static Value normalized(NodeImport n, Value x, List<Integer> axes, double epsilon) {
    return normalized(n, x, n.emit(new Reduce(Reduce.Kind.MEAN, axes, true), x), axes, epsilon)[0];
  }

  /** The normalised tensor, and what it was divided by. */
  private static Value[] normalized(NodeImport n, Value x, Value mean, List<Integer> axes, double epsilon) {
    Value centred = n.emit(new Binary(Binary.Kind.SUBTRACT), x, mean);
    Value variance = n.emit(new Reduce(Reduce.Kind.MEAN, axes, true), n.emit(new Unary(Unary.Kind.SQUARE), centred));
    Value deviation = n.emit(new Unary(Unary.Kind.SQUARE_ROOT), n.emit(new Scale(1, epsilon), variance));
    return new Value[] {n.emit(new Binary(Binary.Kind.DIVIDE), centred, deviation), deviation};
  }

  private static List<Integer> axesFrom(int first, int rank) {
    return IntStream.range(first, rank).boxed().toList();
  }

  private static void instanceNorm(NodeImport n) {
    Value y = normalized(n, n.value(0), axesFrom(2, n.rank(0)), n.attributes().number("epsilon", 1e-5));
    y = PointwiseImport.perChannel(n, Binary.Kind.MULTIPLY, y, n.value(1, Role.NORM));
    n.out(PointwiseImport.perChannel(n, Binary.Kind.ADD, y, n.value(2, Role.NORM)));
  }

  private static void groupNorm(NodeImport n) {
    n.attributes().requireInteger("stash_type", 1);
    Shape s = n.shape(0);
    int groups = n.attributes().integer("num_groups", 0);
    if (groups < 1 || s.dim(1) % groups != 0) {
      throw n.broken("has num_groups " + groups + " for " + s.dim(1) + " channels");
    }
    Value x = Axes.reshape(n, n.value(0), s.dim(0), groups, Math.toIntExact(s.dim(1) / groups * s.spatialSize()));
    Value y = normalized(n, x, List.of(2), n.attributes().number("epsilon", 1e-5));
    boolean perGroup = n.opset() < 21;
    y = perGroup ? y : Axes.reshape(n, y, s.dims());
    y = PointwiseImport.perChannel(n, Binary.Kind.MULTIPLY, y, n.value(1, Role.NORM));
    y = PointwiseImport.perChannel(n, Binary.Kind.ADD, y, n.value(2, Role.NORM));
    n.out(perGroup ? Axes.reshape(n, y, s.dims()) : y);
  }

  private static void layerNorm(NodeImport n) {
    n.attributes().requireInteger("stash_type", 1);
    List<Integer> axes = axesFrom(n.axis(n.attributes().integer("axis", -1), n.rank(0)), n.rank(0));
    Value x = n.value(0);
    Value mean = n.emit(new Reduce(Reduce.Kind.MEAN, axes, true), x);
    Value[] normalized = normalized(n, x, mean, axes, n.attributes().number("epsilon", 1e-5));
    Value y = n.emit(new Binary(Binary.Kind.MULTIPLY), normalized[0], n.value(1, Role.NORM));
    n.out(n.has(2) ? n.emit(new Binary(Binary.Kind.ADD), y, n.value(2, Role.NORM)) : y);
    n.out(1, mean);
    if (n.wantsOutput(2)) {
      n.out(2, n.emit(new Binary(Binary.Kind.DIVIDE), n.constant(1), normalized[1]));
    }
  }

  private static void meanVariance(NodeImport n) {
    long[] axes = n.attributes().longs("axes");
    List<Integer> over = Arrays.stream(axes == null ? new long[] {0, 2, 3} : axes).mapToObj(a -> n.axis(a, n.rank(0))).toList();
    n.out(normalized(n, n.value(0), over, 1e-9));
  }

  private static void lpNorm(NodeImport n) {
    int axis = n.axis(n.attributes().integer("axis", -1), n.rank(0));
    int p = n.attributes().integer("p", 2);
    if (p != 1 && p != 2) {
      throw n.unsupported("has p = " + p + ", 1 and 2 are supported");
    }
    Value x = n.value(0);
    Value sum = n.emit(new Reduce(Reduce.Kind.SUM, List.of(axis), true), n.emit(new Unary(p == 1 ? Unary.Kind.ABSOLUTE : Unary.Kind.SQUARE), x));
    Value norm = p == 1 ? sum : n.emit(new Unary(Unary.Kind.SQUARE_ROOT), sum);
    // Where the norm is 0 so is all of x: divided by 1 it stays 0, as the specification has it.
    Value zero = n.emit(new Binary(Binary.Kind.GREATER_OR_EQUAL), n.constant(0), norm);
    n.out(n.emit(new Binary(Binary.Kind.DIVIDE), x, n.emit(new Binary(Binary.Kind.ADD), norm, zero)));
  }

  /** Active where the network is trained; a model that says it is always active would draw ONNX's numbers, which nobody can compare. */
  private static void dropout(NodeImport n) {
    double ratio = n.opset() >= 12 ? n.has(1) ? n.scalar(1) : 0.5 : n.attributes().number("ratio", 0.5);
    if (n.opset() >= 12) {
      n.attributes().integer("seed", 0); // Ours comes from the training run.
      if (n.has(2) && n.scalar(2) != 0 && ratio != 0) {
        throw n.unsupported("is active at inference (training_mode true)");
      }
    }
    if (OldBroadcast.trains(n)) {
      throw n.unsupported("is active at inference (is_test 0)");
    }
    if (n.graph().module() == null || !n.trace().isTraining(n.graph().module())) {
      n.alias(0, n.operand(0));
    } else {
      n.out(n.trace().dropout(n.graph().module(), n.value(0), ratio));
    }
    n.out(1, HostTensor.generate(new TensorType(DType.U8, n.shape(0)), i -> 1));
  }
}
