package dev.cardinal.parallel;

import dev.cardinal.graph.Node;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Layout;
import dev.cardinal.op.Op;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Placements of what only moves channels, along the very axis that is divided. Each device keeps the channels it has, and what changes is which they are: so a shuffle or a concatenation by itself moves
 * nothing between devices, and the next grouped layer asks for what it misses.
 */
final class Rearrangements {
  private final List<Spread> inputs;
  private final int devices;

  private Rearrangements(List<Spread> inputs, int devices) {
    this.inputs = inputs;
    this.devices = devices;
  }

  /** The placements of a node, if it is of that kind. */
  static List<Candidate> of(Node n, List<Spread> inputs, int devices) {
    Rearrangements r = new Rearrangements(inputs, devices);
    if (devices == 1) {
      return List.of();
    }
    if (n.op() instanceof ChannelShuffle s) {
      return r.shuffle(s, n.input(0).type().shape().dim(1));
    }
    if (n.op() instanceof Concat c) {
      return r.concat(n, c);
    }
    if (n.op() instanceof Slice s) {
      return r.slice(s, n.input(0).type().shape());
    }
    return n.op() instanceof SliceBackward s ? r.sliceBackward(s) : List.of();
  }

  /** How an input lies along an axis, or evenly; null if it cannot be divided. */
  private Layout along(int input, int axis, int size) {
    Layout l = inputs.get(input).layout();
    boolean lies = l != null && !l.isSum() && l.axis() == axis && l.isDisjoint();
    return lies ? l : size % devices == 0 && size > 0 ? Layout.even(devices, axis, size) : null;
  }

  private List<Candidate> shuffle(ChannelShuffle s, int channels) {
    Layout x = along(0, 1, channels);
    if (x == null) {
      return List.of();
    }
    int n = channels / s.groups();
    int[][] parts = new int[devices][];
    for (int d = 0; d < devices; d++) {
      // Input channel i n + j becomes output channel j groups + i.
      parts[d] = Arrays.stream(x.part(d)).map(c -> c % n * s.groups() + c / n).toArray();
    }
    return List.of(new Candidate(List.of(x), List.of(Layout.of(1, parts)), null, -1));
  }

  private List<Candidate> concat(Node n, Concat c) {
    Shape y = n.output(0).type().shape();
    int axis = c.axis() < 0 ? c.axis() + y.rank() : c.axis();
    List<Layout> in = new ArrayList<>();
    int[][] parts = new int[devices][0];
    int offset = 0;
    for (int i = 0; i < inputs.size(); i++) {
      int size = n.input(i).type().shape().dim(axis);
      Layout l = along(i, axis, size);
      if (l == null) {
        return List.of();
      }
      in.add(l);
      for (int d = 0; d < devices; d++) {
        int first = offset;
        parts[d] = IntStream.concat(Arrays.stream(parts[d]), Arrays.stream(l.part(d)).map(p -> p + first)).toArray();
      }
      offset += size;
    }
    Op op = c;
    return List.of(new Candidate(in, List.of(Layout.of(axis, parts)), d -> op, -1));
  }

  /** The only axis that a slice cuts, in steps of one; or -1. */
  private static int cutAxis(Slice s, Shape x) {
    int axis = -1;
    for (int i = 0; i < x.rank(); i++) {
      boolean cut = s.begin().get(i) != 0 || s.end().get(i) != x.dim(i);
      if (s.step().get(i) != 1 || cut && axis >= 0) {
        return -1;
      }
      axis = cut ? i : axis;
    }
    return axis;
  }

  private List<Candidate> slice(Slice s, Shape x) {
    int axis = cutAxis(s, x);
    if (axis < 0) {
      return List.of();
    }
    int begin = s.begin().get(axis);
    int end = s.end().get(axis);
    List<Layout> sources = new ArrayList<>();
    Layout l = inputs.get(0).layout();
    if (l != null && !l.isSum() && l.axis() == axis && l.isDisjoint()) {
      sources.add(l);
    }
    int[][] regions = {{0, begin}, {begin, end}, {end, x.dim(axis)}};
    if (Arrays.stream(regions).allMatch(r -> (r[1] - r[0]) % devices == 0)) {
      sources.add(byRegion(axis, regions));
    }
    List<Candidate> all = new ArrayList<>();
    for (Layout source : sources) {
      Candidate c = sliceOf(s, source, axis, begin, end);
      if (c != null) {
        all.add(c);
      }
    }
    return all;
  }

  private Layout byRegion(int axis, int[][] regions) {
    int[][] parts = new int[devices][];
    for (int d = 0; d < devices; d++) {
      int device = d;
      parts[d] = Arrays.stream(regions).flatMapToInt(r -> share(r, device)).toArray();
    }
    return Layout.of(axis, parts);
  }

  private IntStream share(int[] region, int device) {
    int each = (region[1] - region[0]) / devices;
    return IntStream.range(region[0] + each * device, region[0] + each * (device + 1));
  }

  /** If what each device keeps is one run of what it holds, and as long on every device. */
  private Candidate sliceOf(Slice s, Layout source, int axis, int begin, int end) {
    int[][] parts = new int[devices][];
    Op[] ops = new Op[devices];
    for (int d = 0; d < devices; d++) {
      int[] held = source.part(d);
      int[] at = IntStream.range(0, held.length).filter(i -> held[i] >= begin && held[i] < end).toArray();
      if (at.length == 0 || at[at.length - 1] - at[0] != at.length - 1 || d > 0 && at.length != parts[0].length) {
        return null;
      }
      parts[d] = Arrays.stream(at).map(i -> held[i] - begin).toArray();
      ops[d] = s.along(axis, at[0], at[at.length - 1] + 1);
    }
    return new Candidate(List.of(source), List.of(Layout.of(axis, parts)), d -> ops[d], -1);
  }

  private List<Candidate> sliceBackward(SliceBackward s) {
    int axis = cutAxis(s.forward(), s.input());
    if (axis < 0) {
      return List.of();
    }
    int begin = s.forward().begin().get(axis);
    int end = s.forward().end().get(axis);
    int size = s.input().dim(axis);
    Layout dy = along(0, axis, end - begin);
    if (dy == null || begin % devices != 0 || (size - end) % devices != 0) {
      return List.of();
    }
    int[][] parts = new int[devices][];
    Map<Integer, Op> ops = new HashMap<>();
    for (int d = 0; d < devices; d++) {
      int[] before = share(new int[] {0, begin}, d).toArray();
      int[] own = Arrays.stream(dy.part(d)).map(p -> p + begin).toArray();
      int[] after = share(new int[] {end, size}, d).toArray();
      parts[d] = IntStream.concat(IntStream.concat(Arrays.stream(before), Arrays.stream(own)), Arrays.stream(after)).toArray();
      ops.put(d, new SliceBackward(s.forward().along(axis, before.length, before.length + own.length), s.input().with(axis, parts[d].length)));
    }
    return Collections.singletonList(new Candidate(List.of(dy), List.of(Layout.of(axis, parts)), ops::get, -1));
  }
}
