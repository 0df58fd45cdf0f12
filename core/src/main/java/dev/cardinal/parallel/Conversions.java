package dev.cardinal.parallel;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Layout;
import dev.cardinal.op.Slice;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Brings values into the layouts that operations want, with collectives where bytes must move, and remembers what was there before. */
final class Conversions {
  private static final int MOST_PIECES = 8;

  private final LocalGraphs locals;
  private final List<Movement> movements = new ArrayList<>();
  private Buckets buckets;
  private int tickets;

  Conversions(LocalGraphs locals) {
    this.locals = locals;
  }

  /** Sets where sums of gradients are collected. */
  void collectIn(Buckets b) {
    buckets = b;
  }

  /** Sums a parameter's gradient beside what follows: with others that are there by then, and awaited where one of them is read. */
  void later(Spread gradient, String layer) {
    Layout sum = gradient.layout();
    movements.add(new Movement(layer, "AllReduce", gradient.type(), Traffic.between(gradient.type(), sum, Layout.whole(sum.devices())), true));
    if (buckets.add(gradient)) {
      buckets.start(layer, tickets++);
    }
  }

  /** The collectives so far, in order. */
  List<Movement> movements() {
    return movements;
  }

  /** Bytes that the device which gets the most receives if a value is brought into a layout; {@code Long.MAX_VALUE} if it cannot be. */
  static long cost(Spread s, Layout to, boolean backward) {
    if (s.in(to, backward) != null) {
      return 0;
    }
    if (!s.movable()) {
      return Long.MAX_VALUE;
    }
    long best = Long.MAX_VALUE;
    for (Spread.Form f : s.forms(backward)) {
      best = Math.min(best, Traffic.received(s.type(), f.layout(), to));
    }
    return best;
  }

  /** The value in a layout. */
  Value[] convert(Spread s, Layout to, String layer) {
    return convert(s, to, layer, false);
  }

  /** As above; {@code ofParameters} says that it is a parameter's gradient. */
  Value[] convert(Spread s, Layout to, String layer, boolean ofParameters) {
    boolean backward = isBackward(layer);
    if (buckets != null && buckets.holds(s)) {
      if (buckets.waits(s)) {
        buckets.start(layer, tickets++);
      }
      buckets.finish(s, layer);
    }
    Value[] known = s.in(to, backward);
    if (known != null) {
      return known;
    }
    Spread.Form from = null;
    long least = Long.MAX_VALUE;
    for (Spread.Form f : s.forms(backward)) {
      long bytes = Traffic.received(s.type(), f.layout(), to);
      if (from == null || bytes < least) {
        from = f;
        least = bytes;
      }
    }
    Value[] made = least == 0 && !from.layout().isSum() ? pieces(s, from, to, layer) : null;
    boolean free = made != null;
    if (!free) {
      made = collective(s, from, to, layer, ofParameters);
    }
    // Gathered maps would double the memory if they were kept for the gradients, which gather them again; features are few.
    s.add(new Spread.Form(to, made), free || backward || s.type().shape().rank() <= 2);
    return made;
  }

  static boolean isBackward(String layer) {
    return layer.startsWith("~") || layer.equals("optimizer");
  }

  private Value[] collective(Spread s, Spread.Form from, Layout to, String layer, boolean ofParameters) {
    int ticket = tickets++;
    Layout source = from.layout();
    movements.add(new Movement(layer, new Collective(s.type(), source, to, 0, ticket).opName(), s.type(), Traffic.between(s.type(), source, to), ofParameters));
    return locals.emit(layer, d -> new Collective(s.type(), source, to, d, ticket), List.<Value[]>of(from.values())).get(0);
  }

  /** Cuts what every device has already, or null if it would be in too many pieces. */
  private Value[] pieces(Spread s, Spread.Form from, Layout to, String layer) {
    int k = to.devices();
    List<List<int[]>> runs = new ArrayList<>();
    for (int d = 0; d < k; d++) {
      runs.add(runs(from.layout(), to, d));
      if (runs.get(d).size() > MOST_PIECES) {
        return null;
      }
    }
    Value[] out = new Value[k];
    for (int d = 0; d < k; d++) {
      Value whole = from.values()[d];
      Shape shape = whole.type().shape();
      List<Value> cut = new ArrayList<>();
      for (int[] run : runs.get(d)) {
        cut.add(locals.add(d, layer, Slice.along(shape, to.axis(), run[0], run[1]), List.of(whole)).get(0));
      }
      out[d] = cut.size() == 1 ? cut.get(0) : locals.add(d, layer, new Concat(to.axis()), cut).get(0);
    }
    return out;
  }

  /** Positions {@code [begin, end)} in what a device holds that make up what it is to hold. */
  private static List<int[]> runs(Layout from, Layout to, int device) {
    Map<Integer, Integer> at = from.isWhole() ? null : from.positions(device);
    List<int[]> runs = new ArrayList<>();
    for (int index : to.part(device)) {
      int p = at == null ? index : at.get(index);
      int[] last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last != null && last[1] == p) {
        last[1]++;
      } else {
        runs.add(new int[] {p, p + 1});
      }
    }
    return runs;
  }
}
