package dev.cardinal.parallel;

import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Layout;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.Op;
import dev.cardinal.op.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Places response normalisation where its groups are divided: a device normalises its own channels, and gets from its neighbours only those that windows reach, instead of all of the group. What comes out
 * for the borrowed channels is cut off again.
 */
final class AcrossChannels {
  private final Splitter s;
  private final int devices;

  AcrossChannels(Splitter s) {
    this.s = s;
    this.devices = s.devices();
  }

  /** Places a node if it is of that kind, and its channels are divided finer than its groups. */
  boolean place(Node n) {
    Lrn lrn = n.op() instanceof Lrn l ? l : n.op() instanceof LrnBackward b ? b.forward() : null;
    if (lrn == null || lrn.groups() % devices == 0 || !n.inputs().stream().allMatch(s::isPinned)) {
      return false;
    }
    int channels = n.output(0).type().shape().dim(1);
    Layout own = s.spread(n.input(n.inputs().size() - 1)).layout();
    if (own.axis() != 1 || channels % devices != 0 || !own.equals(Layout.even(devices, 1, channels)) || channels / lrn.groups() % (channels / devices) != 0) {
      return false;
    }
    // A gradient looks for the windows that hold a channel, and these hold others.
    int below = n.op() instanceof Lrn ? (lrn.size() - 1) / 2 : lrn.size() - 1;
    int above = n.op() instanceof Lrn ? lrn.size() / 2 : lrn.size() - 1;
    int[][] reached = new int[devices][];
    for (int d = 0; d < devices; d++) {
      int each = channels / lrn.groups();
      int begin = own.part(d)[0];
      int group = begin / each * each;
      reached[d] = IntStream.range(Math.max(group, begin - below), Math.min(group + each, begin + channels / devices + above)).toArray();
    }
    Layout windows = Layout.of(1, reached);
    List<Value[]> in = new ArrayList<>();
    for (Value v : n.inputs()) {
      in.add(s.in(v, windows, n.name()));
    }
    Lrn undivided = new Lrn(lrn.size(), lrn.alpha(), lrn.beta(), lrn.k(), 1);
    Op local = n.op() instanceof Lrn ? undivided : new LrnBackward(undivided);
    Value[] wide = s.locals().emit(n.name(), d -> local, in).get(0);
    List<Value[]> cut = s.locals().emit(n.name(), d -> {
      int first = own.part(d)[0] - reached[d][0];
      return Slice.along(wide[d].type().shape(), 1, first, first + channels / devices);
    }, List.<Value[]>of(wide));
    s.define(n.output(0), own, cut.get(0));
    return true;
  }
}
