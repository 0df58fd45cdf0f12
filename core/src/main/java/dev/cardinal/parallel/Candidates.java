package dev.cardinal.parallel;

import dev.cardinal.graph.Node;
import dev.cardinal.op.Layout;
import dev.cardinal.op.Op;
import dev.cardinal.op.SplitRule;
import dev.cardinal.op.Way;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Turns the ways of an operation's split rule into placements: the units in order over the devices, or as an input lies already. */
final class Candidates {
  private final Node node;
  private final List<Spread> inputs;
  private final int devices;

  Candidates(Node node, List<Spread> inputs, int devices) {
    this.node = node;
    this.inputs = inputs;
    this.devices = devices;
  }

  /** All placements of some ways. */
  List<Candidate> of(List<Way> ways) {
    List<Candidate> all = new ArrayList<>();
    for (Way w : ways) {
      for (int[][] assignment : assignments(w)) {
        all.add(candidate(w, assignment));
      }
    }
    return all;
  }

  /** Summands of all inputs alike pass through a linear operation; null if they are not there. */
  Candidate summands(SplitRule rule) {
    Layout sum = Layout.summands(devices);
    boolean there = rule.linear() && sum.isSum() && inputs.stream().allMatch(s -> s.layout() != null && s.layout().equals(sum));
    Op op = node.op();
    return there ? new Candidate(Collections.nCopies(inputs.size(), sum), Collections.nCopies(node.outputs().size(), sum), d -> op, -1) : null;
  }

  private List<int[][]> assignments(Way w) {
    List<int[][]> all = new ArrayList<>();
    int k = devices;
    boolean coarseFit = coarse(w).allMatch(u -> w.units() % u == 0 && (u % k == 0 || k % u == 0));
    if (w.units() > 0 && coarseFit && (w.units() % k == 0 || w.repeatable() && k % w.units() == 0)) {
      int[][] even = new int[k][];
      for (int d = 0; d < k; d++) {
        even[d] = w.units() % k == 0 ? IntStream.range(w.units() / k * d, w.units() / k * (d + 1)).toArray() : new int[] {d * w.units() / k};
      }
      all.add(even);
    }
    for (int i = 0; i < inputs.size(); i++) {
      Layout l = inputs.get(i).layout();
      Way.Operand o = w.inputs().get(i);
      boolean follows = l != null && !l.isSum() && !l.isWhole() && l.axis() == o.axis() && l.isDisjoint();
      int[][] derived = follows ? units(l, node.input(i).type().shape().dim(o.axis()), o.units(), w.units()) : null;
      if (derived != null && all.stream().noneMatch(a -> Arrays.deepEquals(a, derived)) && !(w.inOrder() && !inOrder(derived)) && coarse(w).allMatch(u -> Arrays.stream(derived).allMatch(a -> fits(a, w.units() / u)))) {
        all.add(derived);
      }
    }
    return all;
  }

  private static IntStream coarse(Way w) {
    return IntStream.concat(w.inputs().stream().mapToInt(Way.Operand::units), w.outputs().stream().mapToInt(Way.Operand::units)).filter(u -> u > 1);
  }

  private static boolean inOrder(int[][] assignment) {
    return Arrays.stream(assignment).allMatch(a -> IntStream.range(1, a.length).allMatch(i -> a[i] == a[i - 1] + 1));
  }

  /** Whether units lie in one coarse unit of {@code each}, or make up whole ones one after the other: then the local operation sees equal groups. */
  private static boolean fits(int[] mine, int each) {
    boolean one = Arrays.stream(mine).allMatch(u -> u / each == mine[0] / each);
    return one || mine.length % each == 0 && IntStream.range(0, mine.length).allMatch(i -> mine[i] % each == i % each && mine[i] / each == mine[i - i % each] / each);
  }

  /** The units that each device holds of an axis, or null if it does not hold the same number of whole ones. */
  private static int[][] units(Layout l, int size, int operandUnits, int units) {
    int each = size / operandUnits;
    int finer = units / operandUnits;
    int[][] result = new int[l.devices()][];
    for (int d = 0; d < result.length; d++) {
      int[] part = l.part(d);
      if (part.length == 0 || part.length % each != 0 || part.length != l.part(0).length) {
        return null;
      }
      int[] mine = new int[part.length / each * finer];
      for (int i = 0; i < part.length; i++) {
        if (part[i] % each != i % each || i % each > 0 && part[i] != part[i - 1] + 1) {
          return null;
        }
        if (i % each == 0) {
          for (int f = 0; f < finer; f++) {
            mine[i / each * finer + f] = part[i] / each * finer + f;
          }
        }
      }
      result[d] = mine;
    }
    return result;
  }

  private Candidate candidate(Way w, int[][] assignment) {
    List<Layout> in = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      in.add(layout(w, w.inputs().get(i), assignment, node.input(i).type().shape().rank() == 0 ? 1 : dim(node.input(i).type().shape(), w.inputs().get(i).axis())));
    }
    List<Layout> out = new ArrayList<>();
    for (int i = 0; i < w.outputs().size(); i++) {
      out.add(layout(w, w.outputs().get(i), assignment, dim(node.output(i).type().shape(), w.outputs().get(i).axis())));
    }
    return new Candidate(in, out, d -> w.local().of(new Way.Share(w.units(), assignment[d])), w.lateBias());
  }

  private static int dim(dev.cardinal.tensor.Shape s, int axis) {
    return axis < 0 ? 1 : s.dim(axis);
  }

  private Layout layout(Way w, Way.Operand o, int[][] assignment, int size) {
    if (devices == 1) {
      return Layout.whole(1);
    }
    if (o.axis() < 0 || o.units() == 1) {
      return o.sum() ? Layout.summands(devices) : Layout.whole(devices);
    }
    int each = size / o.units();
    int[][] parts = new int[devices][];
    for (int d = 0; d < devices; d++) {
      int[] coarse = Arrays.stream(assignment[d]).map(u -> u / (w.units() / o.units())).distinct().toArray();
      parts[d] = Arrays.stream(coarse).flatMap(u -> IntStream.range(u * each, (u + 1) * each)).toArray();
    }
    return o.sum() ? Layout.summandsOf(o.axis(), parts) : Layout.of(o.axis(), parts);
  }
}
