package dev.cardinal.cpu.reference;

import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.function.DoubleUnaryOperator;

/** Arithmetic element by element. */
final class Elementwise {
  private Elementwise() {}

  static void unary(Unary op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    map(in[0], out[0], switch (op.kind()) {
      case NEGATE -> x -> -x;
      case ABSOLUTE -> Math::abs;
      case SQUARE -> x -> x * x;
      case SQUARE_ROOT -> Math::sqrt;
      case EXPONENTIAL -> Math::exp;
      case LOGARITHM -> Math::log;
      case SIGN -> Math::signum;
    });
  }

  static void scale(Scale op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    map(in[0], out[0], x -> op.factor() * x + op.offset());
  }

  private static void map(HostTensor in, HostTensor out, DoubleUnaryOperator f) {
    double[] x = Values.of(in);
    double[] y = new double[x.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = f.applyAsDouble(x[i]);
    }
    Values.store(y, out);
  }

  static void binary(Binary op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = out[0].shape();
    double[] a = Values.of(in[0]);
    double[] b = Values.of(in[1]);
    int[] ia = Strided.broadcast(in[0].shape(), shape);
    int[] ib = Strided.broadcast(in[1].shape(), shape);
    double[] c = new double[out[0].size()];
    for (int i = 0; i < c.length; i++) {
      c[i] = apply(op.kind(), a[ia[i]], b[ib[i]]);
    }
    Values.store(c, out[0]);
  }

  private static double apply(Binary.Kind kind, double a, double b) {
    return switch (kind) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case MAXIMUM -> Math.max(a, b);
      case MINIMUM -> Math.min(a, b);
      case GREATER_OR_EQUAL -> a >= b ? 1 : 0;
    };
  }

  /** Between integer types without going through floating point, so that 64-bit integers stay exact. */
  static void cast(Cast op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    if (in[0].dtype() == op.to()) {
      Updates.keep(in[0], out[0]);
    } else if (in[0].dtype() == DType.I64 && op.to() == DType.I32) {
      for (int i = 0; i < in[0].size(); i++) {
        out[0].ints()[i] = (int) in[0].longs()[i];
      }
    } else if (in[0].dtype() == DType.I64 && op.to() == DType.U8) {
      for (int i = 0; i < in[0].size(); i++) {
        out[0].bytes()[i] = (byte) in[0].longs()[i];
      }
    } else {
      Values.store(Values.of(in[0]), out[0]);
    }
  }
}
