package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Parameter.Role;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.HostTensor;
import java.util.Map;

/** Arithmetic on two and more tensors. */
final class ArithmeticImport {
  private ArithmeticImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("Add", n -> n.out(binary(n, Binary.Kind.ADD, Role.BIAS)));
    map.put("Sub", n -> n.out(binary(n, Binary.Kind.SUBTRACT, Role.BIAS)));
    map.put("Mul", n -> n.out(binary(n, Binary.Kind.MULTIPLY, Role.NORM)));
    map.put("Div", n -> n.out(binary(n, Binary.Kind.DIVIDE, Role.NORM)));
    map.put("Sum", n -> n.out(all(n, Binary.Kind.ADD)));
    map.put("Max", n -> n.out(all(n, Binary.Kind.MAXIMUM)));
    map.put("Min", n -> n.out(all(n, Binary.Kind.MINIMUM)));
    map.put("Mean", n -> n.out(n.emit(new Scale(1.0 / n.inputs(), 0), all(n, Binary.Kind.ADD))));
    map.put("Pow", ArithmeticImport::pow);
  }

  /** A number, known on the host and not to be learned, is part of the operation. */
  private static Value binary(NodeImport n, Binary.Kind kind, Role role) {
    if (n.inputs() != 2) {
      throw n.broken("needs two inputs");
    }
    int[] spread = OldBroadcast.second(n);
    HostTensor b = n.operand(1).isFoldable() && !n.operand(1).isLearned() ? n.operand(1).host() : null;
    if (b != null && b.shape().rank() == 0) {
      double v = b.get(0);
      return switch (kind) {
        case ADD -> n.emit(new Scale(1, v), n.value(0));
        case SUBTRACT -> n.emit(new Scale(1, -v), n.value(0));
        case MULTIPLY -> n.emit(new Scale(v, 0), n.value(0));
        default -> n.emit(new Binary(kind), n.value(0), n.value(1));
      };
    }
    return n.emit(new Binary(kind), n.value(0, role), Axes.reshape(n, n.value(1, role), spread));
  }

  private static Value all(NodeImport n, Binary.Kind kind) {
    Value y = n.value(0);
    for (int i = 1; i < n.inputs(); i++) {
      y = n.emit(new Binary(kind), y, n.value(i));
    }
    return y;
  }

  /** A whole exponent is repeated multiplication; any other is exp(p log x), which is not a number for negative x, as the specification has it. */
  private static void pow(NodeImport n) {
    OldBroadcast.second(n);
    if (n.host(1).size() != 1) {
      throw n.unsupported("has an exponent per element, one number is supported");
    }
    double p = n.scalar(1);
    Value x = n.value(0);
    Value y;
    if (p == 0.5) {
      y = n.emit(new Unary(Unary.Kind.SQUARE_ROOT), x);
    } else if (p == Math.rint(p) && Math.abs(p) <= 64) {
      y = whole(n, x, (int) Math.abs(p));
      y = p < 0 ? n.emit(new Binary(Binary.Kind.DIVIDE), n.constant(1), y) : y;
    } else {
      y = n.emit(new Unary(Unary.Kind.EXPONENTIAL), n.emit(new Scale(p, 0), n.emit(new Unary(Unary.Kind.LOGARITHM), x)));
    }
    n.out(n.rank(1) > y.type().shape().rank() ? n.emit(new Binary(Binary.Kind.MULTIPLY), y, n.constant(HostTensor.generate(n.host(1).type().with(dev.cardinal.tensor.DType.F32), i -> 1))) : y);
  }

  /** x to a positive whole power. */
  static Value whole(NodeImport n, Value x, int p) {
    if (p == 0) {
      return n.emit(new Scale(0, 1), x);
    }
    if (p == 1) {
      return x;
    }
    Value half = n.emit(new Unary(Unary.Kind.SQUARE), whole(n, x, p / 2));
    return p % 2 == 0 ? half : n.emit(new Binary(Binary.Kind.MULTIPLY), half, x);
  }
}
