package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** An elementwise function. Input: x. Output: y of the same type. */
public record Unary(Kind kind) implements Op {
  /** The functions. */
  public enum Kind {
    /** -x. */
    NEGATE,
    /** |x|; derivative 0 at 0. */
    ABSOLUTE,
    /** x². */
    SQUARE,
    /** √x. */
    SQUARE_ROOT,
    /** e^x. */
    EXPONENTIAL,
    /** ln x. */
    LOGARITHM,
    /** -1, 0 or 1; has no gradient. */
    SIGN
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V dy = g.outputGradient(0);
    Binary multiply = new Binary(Binary.Kind.MULTIPLY);
    V dx = switch (kind) {
      case NEGATE -> g.emit(new Unary(Kind.NEGATE), dy);
      case ABSOLUTE -> g.emit(multiply, dy, g.emit(new Unary(Kind.SIGN), g.input(0)));
      case SQUARE -> g.emit(multiply, dy, g.emit(new Scale(2, 0), g.input(0)));
      case SQUARE_ROOT -> g.emit(new Binary(Binary.Kind.DIVIDE), dy, g.emit(new Scale(2, 0), g.output(0)));
      case EXPONENTIAL -> g.emit(multiply, dy, g.output(0));
      case LOGARITHM -> g.emit(new Binary(Binary.Kind.DIVIDE), dy, g.input(0));
      case SIGN -> null;
    };
    return Arrays.asList(dx);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.elementwise(this, in, out).linear(kind == Kind.NEGATE);
  }
}
