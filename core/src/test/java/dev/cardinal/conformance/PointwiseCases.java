package dev.cardinal.conformance;

import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Dropout;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.random.Philox;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Cases of what works element by element. */
final class PointwiseCases {
  private PointwiseCases() {}

  static void register(CaseTable table) {
    table.add(Activation.class, s -> {
      Activation op = activation(s);
      return OpCase.of(op, ClosedForm.elementwise(ActivationForms.function(op.kind(), op.alpha())), s.awayFrom(s.any(), -3, 0, 3, 6));
    });
    table.add(ActivationBackward.class, PointwiseCases::activationBackward);
    table.add(AdvanceCounter.class, PointwiseCases::advanceCounter);
    table.add(Binary.class, PointwiseCases::binary);
    table.add(Cast.class, PointwiseCases::cast);
    table.add(Dropout.class, PointwiseCases::dropout);
    table.add(Scale.class, s -> {
      Scale op = new Scale(s.real(-2, 2), s.coin() ? 0 : s.real(-2, 2));
      return OpCase.of(op, ClosedForm.elementwise(x -> op.factor() * x + op.offset()), s.uniform(s.any()));
    });
    table.add(Unary.class, PointwiseCases::unary);
  }

  private static Activation activation(Samples s) {
    Activation.Kind kind = s.turn(Activation.Kind.values());
    return new Activation(kind, kind == Activation.Kind.LEAKY_RELU ? s.pick(0.0, 0.01, 0.2) : 0);
  }

  private static OpCase activationBackward(Samples s) {
    Activation a = activation(s);
    Shape shape = s.any();
    HostTensor x = s.awayFrom(shape, -3, 3);
    if (shape.size() > 2 && a.kind() != Activation.Kind.HARD_SWISH) {
      x.set(0, 0);
      x.set(1, 6);
    }
    DoubleUnaryOperator f = ActivationForms.function(a.kind(), a.alpha());
    HostTensor known = a.kind().differentiatesFromOutput() ? HostTensor.generate(x.type(), i -> f.applyAsDouble(x.get(i))) : x;
    DoubleUnaryOperator derivative = ActivationForms.derivative(a.kind(), a.alpha());
    return OpCase.of(new ActivationBackward(a.kind(), a.alpha()), ClosedForm.pairwise((dy, v) -> dy * derivative.applyAsDouble(v)), s.uniform(shape), known);
  }

  private static OpCase advanceCounter(Samples s) {
    HostTensor state = s.coin() ? HostTensor.of(Shape.of(1), s.between(0, 9) == 0 ? 0xffffffffL : s.between(0, 1000)) : HostTensor.of(Shape.of(2), s.word(), s.between(0, 99));
    return OpCase.of(new AdvanceCounter(), in -> {
      HostTensor next = in.get(0).copy();
      next.longs()[next.size() - 1]++;
      return List.of(next);
    }, state);
  }

  /** A shape that broadcasts with another: some axes 1, some leading axes gone. */
  private static Shape broadcastable(Samples s, Shape to) {
    int drop = s.between(0, to.rank());
    int[] d = new int[to.rank() - drop];
    for (int i = 0; i < d.length; i++) {
      d[i] = s.coin() ? 1 : to.dim(i + drop);
    }
    return Shape.of(d);
  }

  private static OpCase binary(Samples s) {
    Binary.Kind kind = s.turn(Binary.Kind.values());
    Shape full = Shape.of(s.batch(), s.channels(), s.between(1, 5));
    Shape a = s.coin() ? full : broadcastable(s, full);
    Shape b = s.index() / 7 % 2 == 0 ? full : broadcastable(s, full);
    boolean scaleByChannel = s.index() / 7 % 4 == 3;
    Shape left = scaleByChannel ? full : a;
    Shape right = scaleByChannel ? Shape.of(full.dim(1), 1) : b;
    Shape out = Binary.broadcast(left, right);
    DoubleBinaryOperator f = switch (kind) {
      case ADD -> Double::sum;
      case SUBTRACT -> (x, y) -> x - y;
      case MULTIPLY -> (x, y) -> x * y;
      case DIVIDE -> (x, y) -> x / y;
      case MAXIMUM -> Math::max;
      case MINIMUM -> Math::min;
      case GREATER_OR_EQUAL -> (x, y) -> x >= y ? 1 : 0;
    };
    ClosedForm form = in -> {
      HostTensor r = ClosedForm.zeros(out);
      Index.forEach(out, at -> r.set(Index.of(out, at), f.applyAsDouble(in.get(0).get(MovementCases.broadcastIndex(left, at)), in.get(1).get(MovementCases.broadcastIndex(right, at)))));
      return List.of(r);
    };
    HostTensor x = s.distinct(left);
    // Half a step off, so that no two compared elements are close; away from 0, so that they divide.
    HostTensor y0 = s.distinct(right);
    HostTensor y = HostTensor.generate(y0.type(), i -> kind == Binary.Kind.DIVIDE ? Math.copySign(Math.abs(y0.get(i)) + 1, y0.get(i)) : y0.get(i) + 0.03125);
    OpCase c = OpCase.of(new Binary(kind), form, x, y);
    return kind == Binary.Kind.GREATER_OR_EQUAL ? c.withoutGradient() : c.wrt(0, 1);
  }

  private static OpCase cast(Samples s) {
    DType to = s.turn(DType.F32, DType.F64, DType.I32, DType.I64);
    HostTensor x = s.uniform(s.any(), -100, 100);
    // The case is run in F32 and F64; values are exact in both.
    HostTensor exact = HostTensor.generate(x.type(), i -> Math.rint(x.get(i) * 16) / 16);
    ClosedForm form = in -> List.of(HostTensor.generate(in.get(0).type().with(to), i -> to.isFloating() ? in.get(0).get(i) : (double) (long) in.get(0).get(i)));
    OpCase c = OpCase.of(new Cast(to), form, exact);
    return to == DType.F64 ? c : c.withoutGradient();
  }

  private static OpCase dropout(Samples s) {
    Shape shape = s.any();
    Dropout op = new Dropout(s.pick(0.0, 0.1, 0.5, 0.9), s.between(0, 7));
    long key = s.word();
    long step = s.between(0, 1000);
    ClosedForm form = in -> List.of(HostTensor.generate(in.get(0).type(), i -> {
      boolean kept = Philox.toUniform(Philox.word(key, op.philoxStream(step), i)) >= op.rate();
      return kept ? in.get(0).get(i) / (1 - op.rate()) : 0;
    }));
    return OpCase.of(op, form, s.uniform(shape), HostTensor.of(Shape.of(2), key, step));
  }

  private static OpCase unary(Samples s) {
    Unary.Kind kind = s.turn(Unary.Kind.values());
    boolean positive = kind == Unary.Kind.SQUARE_ROOT || kind == Unary.Kind.LOGARITHM;
    HostTensor x = positive ? s.uniform(s.any(), 0.2, 9) : s.awayFrom(s.any(), 0);
    DoubleUnaryOperator f = switch (kind) {
      case NEGATE -> v -> -v;
      case ABSOLUTE -> Math::abs;
      case SQUARE -> v -> v * v;
      case SQUARE_ROOT -> Math::sqrt;
      case EXPONENTIAL -> Math::exp;
      case LOGARITHM -> Math::log;
      case SIGN -> Math::signum;
    };
    OpCase c = OpCase.of(new Unary(kind), ClosedForm.elementwise(f), x);
    return kind == Unary.Kind.SIGN ? c.withoutGradient() : c;
  }
}
