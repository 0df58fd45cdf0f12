package dev.cardinal.op;

import dev.cardinal.op.Way.Operand;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How an operation divides over devices: the ways it can be cut, of which the splitting pass takes the one that moves the fewest bytes. Without a way an operation runs whole, on every device alike.
 * Grouped convolutions divide where their groups do (Krizhevsky et al. 2012, section 3.5).
 *
 * @param ways the ways, the preferred first
 * @param linear whether a sum of inputs gives the sum of the outputs, so that summands may pass through
 */
public record SplitRule(List<Way> ways, boolean linear) {
  public SplitRule {
    ways = List.copyOf(ways);
  }

  /** Cannot be cut. */
  public static SplitRule whole() {
    return new SplitRule(List.of(), false);
  }

  /** In these ways. */
  public static SplitRule of(Way... ways) {
    return new SplitRule(List.of(ways), false);
  }

  /** In these ways. */
  public static SplitRule of(List<Way> ways) {
    return new SplitRule(ways, false);
  }

  /** Summands may pass through. */
  public SplitRule linear(boolean l) {
    return new SplitRule(ways, l);
  }

  /** Element by element: along any axis. Operands of another shape than the output's, such as a random state, are taken whole. */
  public static SplitRule elementwise(Op op, List<TensorType> in, List<TensorType> out) {
    Shape y = out.get(0).shape();
    List<Way> ways = new ArrayList<>();
    for (int axis : channelsFirst(y.rank())) {
      Operand cut = Operand.along(axis, y.dim(axis));
      List<Operand> inputs = in.stream().map(t -> t.shape().equals(y) ? cut : Operand.WHOLE).toList();
      ways.add(Way.along(op, axis == 0 && y.rank() > 1, y.dim(axis), inputs, Collections.nCopies(out.size(), cut)));
    }
    return of(ways);
  }

  /** Channel by channel and sample by sample; vectors are per channel, and given as an output they sum over samples. */
  public static SplitRule maps(Op op, List<TensorType> in, List<TensorType> out) {
    return of(channels(op, in, out), samples(op, in, out));
  }

  /** Channel by channel: feature maps along axis 1, vectors along axis 0. */
  static Way channels(Op op, List<TensorType> in, List<TensorType> out) {
    int units = in.get(0).shape().dim(1);
    return Way.along(op, false, units, in.stream().map(t -> perChannel(t, units)).toList(), out.stream().map(t -> perChannel(t, units)).toList());
  }

  private static Operand perChannel(TensorType t, int units) {
    return Operand.along(t.shape().rank() > 1 ? 1 : 0, units);
  }

  /** Sample by sample: feature maps along axis 0, vectors whole. */
  static Way samples(Op op, List<TensorType> in, List<TensorType> out) {
    Operand cut = Operand.along(0, in.get(0).shape().dim(0));
    return Way.along(op, true, cut.units(), in.stream().map(t -> t.shape().rank() > 1 ? cut : Operand.WHOLE).toList(),
        out.stream().map(t -> t.shape().rank() > 1 ? cut : Operand.SUM).toList());
  }

  /** Along every axis but some, of one input and one output of equal rank. */
  static List<Way> along(Op op, Shape x, Shape y, java.util.function.IntPredicate axes) {
    List<Way> ways = new ArrayList<>();
    for (int axis : channelsFirst(x.rank())) {
      if (axes.test(axis) && x.dim(axis) == y.dim(axis)) {
        Operand cut = Operand.along(axis, x.dim(axis));
        ways.add(Way.along(op, axis == 0 && x.rank() > 1, x.dim(axis), List.of(cut), List.of(cut)));
      }
    }
    return ways;
  }

  private static List<Integer> channelsFirst(int rank) {
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      axes.add(i);
    }
    if (rank > 1) {
      Collections.swap(axes, 0, 1);
    }
    return axes;
  }
}
