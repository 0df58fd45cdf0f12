package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Parameter.Role;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Functions of one tensor, element by element: activations, and what they are composed of. */
final class PointwiseImport {
  private PointwiseImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("Relu", n -> n.out(activation(n, Activation.Kind.RELU, n.value(0))));
    map.put("Sigmoid", n -> n.out(activation(n, Activation.Kind.SIGMOID, n.value(0))));
    map.put("Tanh", n -> n.out(activation(n, Activation.Kind.TANH, n.value(0))));
    map.put("HardSwish", n -> n.out(activation(n, Activation.Kind.HARD_SWISH, n.value(0))));
    map.put("LeakyRelu", PointwiseImport::leakyRelu);
    map.put("PRelu", PointwiseImport::prelu);
    map.put("ThresholdedRelu", PointwiseImport::thresholdedRelu);
    map.put("Clip", PointwiseImport::clip);
    map.put("HardSigmoid", n -> n.out(between(n, n.emit(new Scale(n.attributes().number("alpha", 0.2), n.attributes().number("beta", 0.5)), n.value(0)), 0, 1)));
    map.put("Elu", n -> n.out(elu(n, n.attributes().number("alpha", 1), 1, 1)));
    map.put("Celu", n -> {
      double alpha = n.attributes().number("alpha", 1);
      n.out(elu(n, alpha, 1, 1 / alpha));
    });
    map.put("Selu", n -> {
      double gamma = n.attributes().number("gamma", 1.0507009873554805);
      n.out(elu(n, gamma * n.attributes().number("alpha", 1.6732632423543772), gamma, 1));
    });
    map.put("Softplus", n -> n.out(softplus(n, n.value(0))));
    map.put("Softsign", n -> n.out(binary(n, Binary.Kind.DIVIDE, n.value(0), n.emit(new Scale(1, 1), unary(n, Unary.Kind.ABSOLUTE, n.value(0))))));
    map.put("Mish", n -> n.out(binary(n, Binary.Kind.MULTIPLY, n.value(0), activation(n, Activation.Kind.TANH, softplus(n, n.value(0))))));
    map.put("Erf", n -> n.out(erf(n, n.value(0))));
    map.put("Gelu", PointwiseImport::gelu);
    map.put("Shrink", PointwiseImport::shrink);
    map.put("Abs", n -> n.out(unary(n, Unary.Kind.ABSOLUTE, n.value(0))));
    map.put("Neg", n -> n.out(unary(n, Unary.Kind.NEGATE, n.value(0))));
    map.put("Exp", n -> n.out(unary(n, Unary.Kind.EXPONENTIAL, n.value(0))));
    map.put("Log", n -> n.out(unary(n, Unary.Kind.LOGARITHM, n.value(0))));
    map.put("Sqrt", n -> n.out(unary(n, Unary.Kind.SQUARE_ROOT, n.value(0))));
    map.put("Sign", n -> n.out(unary(n, Unary.Kind.SIGN, n.value(0))));
    map.put("Reciprocal", n -> n.out(binary(n, Binary.Kind.DIVIDE, n.constant(1), n.value(0))));
    map.put("Identity", n -> n.alias(0, n.operand(0)));
    map.put("Cast", n -> cast(n, castTarget(n)));
    map.put("CastLike", n -> {
      n.attributes().requireInteger("saturate", 1);
      cast(n, n.operand(1).dtype());
    });
  }

  static Value activation(NodeImport n, Activation.Kind kind, Value x) {
    return n.emit(new Activation(kind), x);
  }

  static Value unary(NodeImport n, Unary.Kind kind, Value x) {
    return n.emit(new Unary(kind), x);
  }

  static Value binary(NodeImport n, Binary.Kind kind, Value a, Value b) {
    return n.emit(new Binary(kind), a, b);
  }

  /** One factor or summand per channel, {@code [C]}, on {@code [N, C, …]}. */
  static Value perChannel(NodeImport n, Binary.Kind kind, Value x, Value c) {
    int[] dims = new int[x.type().shape().rank() - 1];
    Arrays.fill(dims, 1);
    dims[0] = Math.toIntExact(c.type().shape().size());
    return binary(n, kind, x, Axes.reshape(n, c, dims));
  }

  static Value addPerChannel(NodeImport n, Value x, Value c) {
    return perChannel(n, Binary.Kind.ADD, x, c);
  }

  private static void leakyRelu(NodeImport n) {
    double alpha = n.attributes().number("alpha", 0.01);
    n.out(alpha >= 0 ? n.emit(new Activation(Activation.Kind.LEAKY_RELU, alpha), n.value(0)) : sloped(n, n.value(0), n.constant(alpha)));
  }

  /** x above zero, slope x below: relu(x) - slope relu(-x). */
  private static Value sloped(NodeImport n, Value x, Value slope) {
    Value below = binary(n, Binary.Kind.MULTIPLY, slope, activation(n, Activation.Kind.RELU, unary(n, Unary.Kind.NEGATE, x)));
    return binary(n, Binary.Kind.SUBTRACT, activation(n, Activation.Kind.RELU, x), below);
  }

  /** Until opset 6 the slopes were one, or one per channel. */
  private static void prelu(NodeImport n) {
    Value slope = n.value(1, Role.NORM);
    if (n.opset() < 7 && n.shape(1).size() > 1) {
      int[] dims = new int[n.rank(0) - 1];
      Arrays.fill(dims, 1);
      dims[0] = Math.toIntExact(n.shape(1).size());
      slope = Axes.reshape(n, slope, dims);
    }
    n.out(sloped(n, n.value(0), slope));
  }

  private static void thresholdedRelu(NodeImport n) {
    Value x = n.value(0);
    Value atMost = binary(n, Binary.Kind.GREATER_OR_EQUAL, n.constant(n.attributes().number("alpha", 1)), x);
    n.out(binary(n, Binary.Kind.MULTIPLY, x, n.emit(new Scale(-1, 1), atMost)));
  }

  private static void shrink(NodeImport n) {
    double lambda = n.attributes().number("lambd", 0.5);
    double bias = n.attributes().number("bias", 0);
    Value x = n.value(0);
    Value one = n.constant(1);
    Value above = binary(n, Binary.Kind.SUBTRACT, one, binary(n, Binary.Kind.GREATER_OR_EQUAL, n.constant(lambda), x));
    Value below = binary(n, Binary.Kind.SUBTRACT, one, binary(n, Binary.Kind.GREATER_OR_EQUAL, x, n.constant(-lambda)));
    Value high = binary(n, Binary.Kind.MULTIPLY, above, n.emit(new Scale(1, -bias), x));
    n.out(binary(n, Binary.Kind.ADD, high, binary(n, Binary.Kind.MULTIPLY, below, n.emit(new Scale(1, bias), x))));
  }

  private static void clip(NodeImport n) {
    boolean asInputs = n.opset() >= 11;
    double min = asInputs ? n.has(1) ? n.scalar(1) : Double.NEGATIVE_INFINITY : n.attributes().number("min", Double.NEGATIVE_INFINITY);
    double max = asInputs ? n.has(2) ? n.scalar(2) : Double.POSITIVE_INFINITY : n.attributes().number("max", Double.POSITIVE_INFINITY);
    n.out(between(n, n.value(0), min, max));
  }

  private static Value between(NodeImport n, Value x, double min, double max) {
    if (min == 0 && max == 6) {
      return activation(n, Activation.Kind.RELU6, x);
    }
    Value y = x;
    if (min == 0) {
      y = activation(n, Activation.Kind.RELU, y);
    } else if (min > -Float.MAX_VALUE) {
      y = binary(n, Binary.Kind.MAXIMUM, y, n.constant(min));
    }
    return max < Float.MAX_VALUE ? binary(n, Binary.Kind.MINIMUM, y, n.constant(max)) : y;
  }

  /** above x where x is positive, below (exp(x inner) - 1) elsewhere. */
  private static Value elu(NodeImport n, double below, double above, double inner) {
    Value x = n.value(0);
    Value negative = unary(n, Unary.Kind.NEGATE, activation(n, Activation.Kind.RELU, unary(n, Unary.Kind.NEGATE, x)));
    Value curve = n.emit(new Scale(below, -below), unary(n, Unary.Kind.EXPONENTIAL, n.emit(new Scale(inner, 0), negative)));
    return binary(n, Binary.Kind.ADD, n.emit(new Scale(above, 0), activation(n, Activation.Kind.RELU, x)), curve);
  }

  /** log(1 + e^x) as relu(x) + log(1 + e^-|x|), which does not overflow. */
  private static Value softplus(NodeImport n, Value x) {
    Value small = unary(n, Unary.Kind.EXPONENTIAL, unary(n, Unary.Kind.NEGATE, unary(n, Unary.Kind.ABSOLUTE, x)));
    return binary(n, Binary.Kind.ADD, activation(n, Activation.Kind.RELU, x), unary(n, Unary.Kind.LOGARITHM, n.emit(new Scale(1, 1), small)));
  }

  /** The error function to 1.5e-7: sign(x) (1 - (a1 t + … + a5 t^5) exp(-x²)) with t = 1 / (1 + p |x|) (Abramowitz and Stegun 1964, formula 7.1.26). */
  private static Value erf(NodeImport n, Value x) {
    Value t = binary(n, Binary.Kind.DIVIDE, n.constant(1), n.emit(new Scale(0.3275911, 1), unary(n, Unary.Kind.ABSOLUTE, x)));
    Value sum = n.emit(new Scale(1.061405429, -1.453152027), t);
    for (double a : new double[] {1.421413741, -0.284496736, 0.254829592}) {
      sum = n.emit(new Scale(1, a), binary(n, Binary.Kind.MULTIPLY, sum, t));
    }
    Value bell = unary(n, Unary.Kind.EXPONENTIAL, unary(n, Unary.Kind.NEGATE, unary(n, Unary.Kind.SQUARE, x)));
    Value tail = binary(n, Binary.Kind.MULTIPLY, binary(n, Binary.Kind.MULTIPLY, sum, t), bell);
    return binary(n, Binary.Kind.MULTIPLY, unary(n, Unary.Kind.SIGN, x), n.emit(new Scale(-1, 1), tail));
  }

  private static void gelu(NodeImport n) {
    Value x = n.value(0);
    Value share;
    if (n.attributes().oneOf("approximate", "none", List.of("none", "tanh")).equals("tanh")) {
      Value bent = binary(n, Binary.Kind.MULTIPLY, x, n.emit(new Scale(0.044715, 1), unary(n, Unary.Kind.SQUARE, x)));
      share = activation(n, Activation.Kind.TANH, n.emit(new Scale(Math.sqrt(2 / Math.PI), 0), bent));
    } else {
      share = erf(n, n.emit(new Scale(Math.sqrt(0.5), 0), x));
    }
    n.out(binary(n, Binary.Kind.MULTIPLY, x, n.emit(new Scale(0.5, 0.5), share)));
  }

  /** Rounds as the other type would; the graph goes on in float32. */
  private static void cast(NodeImport n, DType to) {
    if (to == DType.F32 || to == DType.F64) {
      n.alias(0, n.operand(0));
    } else if ((to == DType.F16 || to == DType.BF16) && n.operand(0).host() != null && !n.operand(0).isLearned()) {
      // Given with the run: not every engine knows the type.
      n.out(0, n.operand(0).host().to(to));
    } else if (to == DType.F16 || to == DType.BF16) {
      n.out(n.emit(new Cast(DType.F32), n.emit(new Cast(to), n.value(0))));
    } else if (to == DType.I32) {
      n.out(n.emit(new Cast(DType.F32), n.emit(new Cast(DType.I32), n.value(0))));
    } else {
      throw n.unsupported("casts a computed tensor to " + to);
    }
  }

  static DType castTarget(NodeImport n) {
    n.attributes().requireInteger("saturate", 1);
    return OnnxTensors.dtype(n.attributes().integer("to", 0), n.node().toString());
  }
}
