package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** Rules that the three operations of the convolution family share. */
final class ConvShapes {
  private ConvShapes() {}

  static void check(ConvGeometry geometry, TensorType x, Shape w, String what) {
    int rank = Expect.featureMap(x, what);
    Expect.that(rank == geometry.rank() && w.rank() == rank + 2, "a %d-D convolution needs %s [N, C, %d spatial axes] and weights of rank %d, got %s and %s",
        geometry.rank(), what, geometry.rank(), geometry.rank() + 2, x.shape(), w);
    Expect.that(w.size() > 0, "weights %s are empty", w);
    Expect.that(w.dim(0) % geometry.groups() == 0, "expected weights whose first size is divisible by groups %d, got %s; set groups to a divisor of %d",
        geometry.groups(), w, w.dim(0));
  }

  static void bias(List<TensorType> in, int channels) {
    if (in.size() == 3) {
      Expect.shape(in.get(2), Shape.of(channels), "bias");
    }
  }

  /** Multiply-adds of a convolution with output {@code y} and weights {@code w}: every output element takes Cin/groups × kernel of them. */
  static long macs(Shape y, Shape w) {
    return y.size() * (w.size() / w.dim(0));
  }

  /** How (x, weights[, bias]) lie. */
  static List<Way.Operand> operands(List<TensorType> in, Way.Operand x, Way.Operand w, Way.Operand b) {
    return in.size() == 2 ? List.of(x, w) : List.of(x, w, b);
  }

  /** Input channels are divided and every device gives a summand of all outputs; a bias comes after that. */
  static Way inner(Op op, List<TensorType> in, int channels) {
    Way.Operand cut = Way.Operand.along(1, channels);
    Way w = Way.along(op, false, channels, operands(in, cut, cut, Way.Operand.WHOLE), List.of(Way.Operand.SUM));
    return in.size() == 3 ? w.withLateBias(2) : w;
  }

  static long parameters(List<TensorType> in) {
    return in.get(1).shape().size() + (in.size() == 3 ? in.get(2).shape().size() : 0);
  }

  /** Gradients of (x, weights[, bias]); the bias was added to every batch element and position, so its gradient sums over them. */
  static <V> List<V> gradients(Gradients<V> g, V dx, V dw, V dy) {
    if (g.inputs() == 2) {
      return Arrays.asList(dx, dw);
    }
    V db = g.wanted(2) ? g.emit(Reduce.overAllBut(Reduce.Kind.SUM, 1, g.type(dy).shape().rank()), dy) : null;
    return Arrays.asList(dx, dw, db);
  }
}
