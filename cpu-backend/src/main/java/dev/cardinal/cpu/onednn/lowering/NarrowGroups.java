package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.Elementwise;
import dev.cardinal.cpu.onednn.binding.OneDnn;
import dev.cardinal.cpu.onednn.narrow.NarrowConvolution;
import dev.cardinal.cpu.onednn.narrow.NarrowGradient;
import dev.cardinal.cpu.onednn.narrow.NarrowShape;
import dev.cardinal.cpu.onednn.narrow.NarrowWork;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Convolutions of many groups with few channels each, by depthwise convolutions over channels sorted by their places within groups ({@link NarrowShape}). The library's own kernel computes
 * as many lanes at a time as a group has channels; with all lanes at work the products take a fraction of that, and sorting adds two passes over maps. They are
 * for what {@link GroupedConvolutions} leave: groups of three, more outputs than inputs or fewer, little work, other processors. Every method says whether it took the node.
 *
 * <p>Which of the two is faster is measured once for a shape; without measurements what was seen on AVX-512 decides. Of the library's time, 3×3, 32 groups, 56×56, batch 16, on two cores: 0.4 to 0.55 at
 * 2 channels per group, 0.55 to 0.65 at 3, 0.65 to 0.8 at 4. With wider groups the library's lanes are full enough: sorting takes longer than it saves once maps come from memory.
 */
final class NarrowGroups {
  /** Groups that fill a vector. */
  private static final int VECTOR = 16;
  /** Fewer groups leave lanes idle, too. */
  private static final int FEWEST_GROUPS = 8;
  /** Kernels of fewer taps are bound by memory, which sorting only adds to. */
  private static final int FEWEST_TAPS = 3;
  /** Channels per group up to which sorting pays. */
  private static final int NARROW = 4;
  private static final int WARM_UPS = 12;

  private NarrowGroups() {}

  /** y = x * W. */
  static boolean forward(Node n, Build b) {
    Conv op = (Conv) n.op();
    Value x = n.input(0);
    Value y = n.output(0);
    NarrowShape s = suited(b, x, NarrowShape.of(op.geometry(), x.type().shape(), y.type().shape(), n.input(1).type().shape()));
    Value bias = n.inputs().size() == 3 ? n.input(2) : null;
    return s != null && convolution(n, b, s, false, x, bias, Convolutions.fused(op.activation()), y);
  }

  /** dx, at stride 1: a convolution of dy. */
  static boolean backwardData(Node n, Build b) {
    ConvBackwardData op = (ConvBackwardData) n.op();
    Value dy = n.input(0);
    Value dx = n.output(0);
    NarrowShape of = NarrowShape.of(op.geometry(), dx.type().shape(), dy.type().shape(), n.input(1).type().shape());
    NarrowShape s = suited(b, dy, of == null ? null : of.mirrored());
    Value bias = n.inputs().size() == 3 ? n.input(2) : null;
    return s != null && convolution(n, b, s, true, dy, bias, Convolutions.fused(op.activation()), dx);
  }

  private static boolean convolution(Node n, Build b, NarrowShape s, boolean mirrored, Value from, Value bias, Elementwise then, Value to) {
    if (!isFaster(n, b, s, t -> new NarrowConvolution(t, b.workers(), mirrored, bias != null, then))) {
      return false;
    }
    NarrowConvolution c = b.own(new NarrowConvolution(s, b.workers(), mirrored, bias != null, then));
    Slot fs = b.in(from, Order.CHANNELS_LAST).slot();
    Slot ws = b.in(n.input(1), Order.PLAIN).slot();
    Slot bs = bias == null ? null : b.in(bias, Order.PLAIN).slot();
    Slot ts = b.out(to, Order.CHANNELS_LAST).slot();
    Slot work = b.temp(c.workBytes());
    List<Slot> reads = new ArrayList<>(List.of(fs, ws));
    if (bias != null) {
      reads.add(bs);
    }
    b.step(c.detail(), reads, List.of(ts, work), () -> c.bind(fs.address(), ws.address(), bs == null ? 0 : bs.address(), ts.address(), work.address()));
    return true;
  }

  /** dW. */
  static boolean backwardWeights(Node n, Build b) {
    Value x = n.input(0);
    Value dy = n.input(1);
    NarrowShape s = suited(b, x, NarrowShape.of(((ConvBackwardWeights) n.op()).geometry(), x.type().shape(), dy.type().shape(), n.output(0).type().shape()));
    // With a stride the library's gradient of such tall kernels is many times slower.
    if (s == null || s.strideRows() != 1 || s.strideColumns() != 1 || !isFaster(n, b, s, t -> new NarrowGradient(t, b.workers()))) {
      return false;
    }
    NarrowGradient g = b.own(new NarrowGradient(s, b.workers()));
    Slot xs = b.again(x, Order.CHANNELS_LAST).slot();
    Slot dys = b.in(dy, Order.CHANNELS_LAST).slot();
    Slot dws = b.out(n.output(0), Order.PLAIN).slot();
    Slot work = b.temp(g.workBytes());
    b.step(g.detail(), List.of(xs, dys), List.of(dws, work), () -> g.bind(xs.address(), dws.address(), 0, dys.address(), work.address()));
    return true;
  }

  private static NarrowShape suited(Build b, Value from, NarrowShape s) {
    if (s == null || b.mapOrder(from) != Order.CHANNELS_LAST || from.type().shape().size() == 0) {
      return null;
    }
    boolean narrow = Math.max(s.in(), s.out()) <= NARROW && s.in() * s.out() > 1;
    return narrow && s.groups() >= FEWEST_GROUPS && s.kernelRows() * s.kernelColumns() >= FEWEST_TAPS ? s : null;
  }

  private static boolean isFaster(Node n, Build b, NarrowShape s, Function<NarrowShape, NarrowWork> maker) {
    try (NarrowWork whole = maker.apply(s)) {
      if (!whole.possible()) {
        return false;
      }
    }
    boolean dense = s.strideRows() == 1 && s.strideColumns() == 1;
    boolean byRule = dense && s.groups() % VECTOR == 0 && OneDnn.instructionSet().startsWith("AVX-512");
    boolean backwards = n.op() instanceof ConvBackwardData;
    return OwnTrials.isFaster(n, b, "sorted", byRule, (samples, o) -> {
      NarrowWork sorted = o.own(maker.apply(s.of(samples)));
      Runnable run = sorted.bind(backwards ? o.y() : o.x(), o.weights(), o.bias(), backwards ? o.x() : o.y(), o.memory(sorted.workBytes()));
      // Java's loops over weights are slow until they are compiled.
      for (int i = 0; i < WARM_UPS; i++) {
        run.run();
      }
      return run;
    });
  }
}
