package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.HostTensor;
import java.util.Map;

/** Comparisons, logic and choice, on numbers that are 1 for true and 0 for false. */
final class LogicImport {
  private LogicImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("GreaterOrEqual", n -> n.out(atLeast(n, n.value(0), n.value(1))));
    map.put("LessOrEqual", n -> n.out(atLeast(n, n.value(1), n.value(0))));
    map.put("Equal", n -> n.out(binary(n, Binary.Kind.MULTIPLY, atLeast(n, n.value(0), n.value(1)), atLeast(n, n.value(1), n.value(0)))));
    map.put("Greater", n -> n.out(above(n, n.value(0), n.value(1))));
    map.put("Less", n -> n.out(above(n, n.value(1), n.value(0))));
    map.put("And", n -> n.out(binary(n, Binary.Kind.MULTIPLY, n.value(0), n.value(1))));
    map.put("Or", n -> n.out(binary(n, Binary.Kind.MAXIMUM, n.value(0), n.value(1))));
    map.put("Xor", n -> n.out(n.emit(new Unary(Unary.Kind.ABSOLUTE), binary(n, Binary.Kind.SUBTRACT, n.value(0), n.value(1)))));
    map.put("Not", n -> n.out(not(n, n.value(0))));
    map.put("Where", LogicImport::where);
  }

  private static Value binary(NodeImport n, Binary.Kind kind, Value a, Value b) {
    return n.emit(new Binary(kind), a, b);
  }

  private static Value atLeast(NodeImport n, Value a, Value b) {
    return binary(n, Binary.Kind.GREATER_OR_EQUAL, a, b);
  }

  private static Value not(NodeImport n, Value x) {
    return n.emit(new Scale(-1, 1), x);
  }

  /** At least, and not at most; so that nothing is above or below what is not a number. */
  private static Value above(NodeImport n, Value a, Value b) {
    return binary(n, Binary.Kind.MULTIPLY, atLeast(n, a, b), not(n, atLeast(n, b, a)));
  }

  /** The larger of x and y, where the one that is not chosen was brought down to -∞: exact for infinite numbers too, as masks have them. */
  private static void where(NodeImport n) {
    for (int i = 1; i <= 2; i++) {
      requireNumbers(n, n.operand(i).host());
    }
    Value limit = binary(n, Binary.Kind.DIVIDE, n.emit(new Scale(2, -1), n.value(0)), n.constant(0));
    Value x = binary(n, Binary.Kind.MINIMUM, n.value(1), limit);
    Value y = binary(n, Binary.Kind.MINIMUM, n.value(2), n.emit(new Scale(-1, 0), limit));
    n.out(binary(n, Binary.Kind.MAXIMUM, x, y));
  }

  private static void requireNumbers(NodeImport n, HostTensor t) {
    for (int i = 0; t != null && i < t.size(); i++) {
      if (Double.isNaN(t.get(i))) {
        throw n.unsupported("chooses what is not a number");
      }
    }
  }
}
