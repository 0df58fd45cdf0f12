package dev.cardinal.io.onnx;

import dev.cardinal.op.Binary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;

/** Arithmetic computed on the host: integers in 64 bits, numbers in double precision, rounded to the tensor's type at the end. */
final class HostArithmetic {
  private HostArithmetic() {}

  static void register(Map<String, Importers.Fold> map) {
    map.put("Add", n -> binary(n, Double::sum, Long::sum));
    map.put("Sub", n -> binary(n, (a, b) -> a - b, (a, b) -> a - b));
    map.put("Mul", n -> binary(n, (a, b) -> a * b, (a, b) -> a * b));
    map.put("Div", n -> binary(n, (a, b) -> a / b, (a, b) -> a / b));
    map.put("Mod", n -> binary(n, n.attributes().flag("fmod", false) ? (a, b) -> a % b : HostArithmetic::modulo,
        n.attributes().flag("fmod", false) ? (a, b) -> a % b : Math::floorMod));
    map.put("Pow", n -> HostMoves.one(apply(n, n.host(0), n.host(1).to(n.host(0).dtype()).reshape(OldBroadcast.second(n)), Math::pow, (a, b) -> (long) Math.pow(a, b))));
    map.put("Max", n -> all(n, Math::max, Math::max));
    map.put("Min", n -> all(n, Math::min, Math::min));
    map.put("Sum", n -> all(n, Double::sum, Long::sum));
    map.put("Equal", n -> compare(n, (a, b) -> a == b ? 1 : 0));
    map.put("Greater", n -> compare(n, (a, b) -> a > b ? 1 : 0));
    map.put("GreaterOrEqual", n -> compare(n, (a, b) -> a >= b ? 1 : 0));
    map.put("Less", n -> compare(n, (a, b) -> a < b ? 1 : 0));
    map.put("LessOrEqual", n -> compare(n, (a, b) -> a <= b ? 1 : 0));
    map.put("And", n -> compare(n, (a, b) -> a != 0 && b != 0 ? 1 : 0));
    map.put("Or", n -> compare(n, (a, b) -> a != 0 || b != 0 ? 1 : 0));
    map.put("Xor", n -> compare(n, (a, b) -> a != 0 ^ b != 0 ? 1 : 0));
    map.put("Not", n -> unary(n, a -> a == 0 ? 1 : 0));
    map.put("Floor", n -> unary(n, Math::floor));
    map.put("Ceil", n -> unary(n, Math::ceil));
    map.put("Round", n -> unary(n, Math::rint));
    map.put("Sqrt", n -> unary(n, Math::sqrt));
    map.put("Exp", n -> unary(n, Math::exp));
    map.put("Log", n -> unary(n, Math::log));
    map.put("Abs", n -> unary(n, Math::abs));
    map.put("Neg", n -> unary(n, a -> -a));
    map.put("Reciprocal", n -> unary(n, a -> 1 / a));
    map.put("Cast", n -> HostMoves.one(cast(n.host(0), n)));
    map.put("CastLike", n -> {
      n.attributes().requireInteger("saturate", 1);
      return HostMoves.one(n.host(0).to(n.operand(1).dtype()));
    });
    map.put("Range", HostArithmetic::range);
    map.put("Where", HostArithmetic::where);
    map.put("ReduceProd", n -> reduce(n, 18, 1, (a, b) -> a * b));
    map.put("ReduceSum", n -> reduce(n, 13, 0, Double::sum));
    map.put("ReduceMax", n -> reduce(n, 18, Double.NEGATIVE_INFINITY, Math::max));
    map.put("ReduceMin", n -> reduce(n, 18, Double.POSITIVE_INFINITY, Math::min));
  }

  /** With the sign of the divisor, as numpy has it. */
  private static double modulo(double a, double b) {
    double r = a % b;
    return r != 0 && r < 0 != b < 0 ? r + b : r;
  }

  private static HostTensor cast(HostTensor x, NodeImport n) {
    DType to = PointwiseImport.castTarget(n);
    boolean toBool = n.attributes().integer("to", 0) == ai.onnx.proto.OnnxMl.TensorProto.DataType.BOOL_VALUE;
    if (!toBool) {
      return x.dtype() == DType.I32 && to == DType.I64 ? longs(x) : x.to(to);
    }
    HostTensor y = HostMoves.zeros(DType.U8, x.shape());
    for (int i = 0; i < y.size(); i++) {
      y.set(i, x.get(i) == 0 ? 0 : 1);
    }
    return y;
  }

  private static HostTensor longs(HostTensor x) {
    HostTensor y = HostMoves.zeros(DType.I64, x.shape());
    for (int i = 0; i < y.size(); i++) {
      y.longs()[i] = x.ints()[i];
    }
    return y;
  }

  private static long integer(HostTensor t, int i) {
    return t.dtype() == DType.I64 ? t.longs()[i] : (long) t.get(i);
  }

  private static HostTensor apply(NodeImport n, HostTensor a, HostTensor b, DoubleBinaryOperator f, LongBinaryOperator g) {
    if (a.dtype() != b.dtype()) {
      throw n.broken("has inputs of types " + a.type() + " and " + b.type());
    }
    Shape s = Binary.broadcast(a.shape(), b.shape());
    HostTensor x = HostMoves.expand(a, s);
    HostTensor y = HostMoves.expand(b, s);
    HostTensor out = HostMoves.zeros(a.dtype(), s);
    for (int i = 0; i < out.size(); i++) {
      if (a.dtype() == DType.I64) {
        out.longs()[i] = g.applyAsLong(x.longs()[i], y.longs()[i]);
      } else if (a.dtype().isFloating()) {
        out.set(i, f.applyAsDouble(x.get(i), y.get(i)));
      } else {
        out.set(i, g.applyAsLong(integer(x, i), integer(y, i)));
      }
    }
    return out;
  }

  private static HostTensor[] binary(NodeImport n, DoubleBinaryOperator f, LongBinaryOperator g) {
    return HostMoves.one(apply(n, n.host(0), n.host(1).reshape(OldBroadcast.second(n)), f, g));
  }

  private static HostTensor[] all(NodeImport n, DoubleBinaryOperator f, LongBinaryOperator g) {
    HostTensor y = n.host(0);
    for (int i = 1; i < n.inputs(); i++) {
      y = apply(n, y, n.host(i), f, g);
    }
    return HostMoves.one(y);
  }

  private static HostTensor[] compare(NodeImport n, DoubleBinaryOperator f) {
    HostTensor a = n.host(0);
    HostTensor b = n.host(1);
    Shape s = Binary.broadcast(a.shape(), b.shape());
    HostTensor x = HostMoves.expand(a, s);
    HostTensor y = HostMoves.expand(b, s);
    HostTensor out = HostMoves.zeros(DType.U8, s);
    for (int i = 0; i < out.size(); i++) {
      out.set(i, f.applyAsDouble(x.get(i), y.get(i)));
    }
    return HostMoves.one(out);
  }

  private static HostTensor[] unary(NodeImport n, DoubleUnaryOperator f) {
    HostTensor x = n.host(0);
    HostTensor out = HostMoves.zeros(x.dtype(), x.shape());
    for (int i = 0; i < out.size(); i++) {
      out.set(i, f.applyAsDouble(x.get(i)));
    }
    return HostMoves.one(out);
  }

  private static HostTensor[] range(NodeImport n) {
    double start = n.scalar(0);
    double step = n.scalar(2);
    double count = Math.max(0, Math.ceil((n.scalar(1) - start) / step));
    if (!(count <= GraphImport.MAX_FOLDED)) {
      throw n.broken("counts from " + start + " to " + n.scalar(1) + " by " + step + ", which is too long");
    }
    HostTensor out = HostMoves.zeros(n.host(0).dtype(), Shape.of((int) count));
    for (int i = 0; i < out.size(); i++) {
      out.set(i, start + i * step);
    }
    return HostMoves.one(out);
  }

  private static HostTensor[] where(NodeImport n) {
    HostTensor a = n.host(1);
    HostTensor b = n.host(2);
    if (a.dtype() != b.dtype()) {
      throw n.broken("chooses between " + a.type() + " and " + b.type());
    }
    Shape s = Binary.broadcast(n.shape(0), Binary.broadcast(a.shape(), b.shape()));
    HostTensor c = HostMoves.expand(n.host(0), s);
    HostTensor x = HostMoves.expand(a, s);
    HostTensor y = HostMoves.expand(b, s);
    HostTensor out = HostMoves.zeros(a.dtype(), s);
    for (int i = 0; i < out.size(); i++) {
      System.arraycopy(c.get(i) != 0 ? x.array() : y.array(), i, out.array(), i, 1);
    }
    return HostMoves.one(out);
  }

  private static HostTensor[] reduce(NodeImport n, int asInputSince, double start, DoubleBinaryOperator f) {
    HostTensor x = n.host(0);
    boolean keep = n.attributes().flag("keepdims", true);
    List<Integer> axes = ReduceImport.axes(n, asInputSince);
    if (axes == null) {
      return HostMoves.one(x);
    }
    Shape kept = Shape.of(ReduceImport.reduced(x.shape(), axes, true));
    double[] sums = new double[Math.toIntExact(kept.size())];
    java.util.Arrays.fill(sums, start);
    long[] steps = x.shape().strides();
    long[] to = kept.strides();
    for (int i = 0; i < x.size(); i++) {
      long at = 0;
      long rest = i;
      for (int a = 0; a < steps.length; a++) {
        at += axes.contains(a) ? 0 : rest / steps[a] * to[a];
        rest %= steps[a];
      }
      sums[(int) at] = f.applyAsDouble(sums[(int) at], x.get(i));
    }
    HostTensor out = HostMoves.zeros(x.dtype(), Shape.of(ReduceImport.reduced(x.shape(), axes, keep)));
    for (int i = 0; i < out.size(); i++) {
      out.set(i, sums[i]);
    }
    return HostMoves.one(out);
  }
}
