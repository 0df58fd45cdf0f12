package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.kernel.UpdateKernels;
import dev.cardinal.cpu.onednn.kernel.UpdateKernels.Segment;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.SgdUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Optimiser updates: one step over all tensors of a group, read and written in place, row-major. */
final class Updates {
  static final int SGD_SCALARS = 2;
  static final int SGD_LISTS = 3;
  static final int ADAM_SCALARS = 3;
  static final int ADAM_LISTS = 4;

  private Updates() {}

  /** The inputs; {@code null} for a gradient that is made piece by piece. */
  private static List<Tensor> plain(Node n, Build b) {
    return n.inputs().stream().map(v -> b.postponed(v) == null ? b.in(v, Order.PLAIN) : null).collect(Collectors.toCollection(ArrayList::new));
  }

  /** The gradient that was left to an update, or {@code null}. */
  private static PiecewiseGradient piecewise(Node n, Build b) {
    Value gradient = PiecewiseGradient.gradientOf(n);
    Node product = gradient == null ? null : b.postponed(gradient);
    return product == null ? null : new PiecewiseGradient(product, b);
  }

  private static List<Tensor> outputs(Node n, Build b) {
    return n.outputs().stream().map(v -> b.out(v, Order.PLAIN)).toList();
  }

  private static List<Slot> slots(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::slot).toList();
  }

  private static List<Slot> slots(List<Tensor> tensors, PiecewiseGradient gradient) {
    List<Slot> slots = new ArrayList<>(tensors.stream().filter(Objects::nonNull).map(Tensor::slot).toList());
    if (gradient != null) {
      slots.addAll(gradient.slots());
    }
    return slots;
  }

  private static String detail(PiecewiseGradient gradient) {
    return gradient == null ? "flat update" : "product and update";
  }

  /** Segment i reads input i of each of {@code reads} lists and writes output i of each of {@code writes} lists. */
  private static List<Segment> segments(List<Tensor> in, int scalars, int reads, List<Tensor> out, int writes, PiecewiseGradient gradient) {
    int n = (in.size() - scalars) / reads;
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      List<Floats> from = new ArrayList<>();
      List<Floats> to = new ArrayList<>();
      for (int l = 0; l < reads; l++) {
        Tensor t = in.get(scalars + l * n + i);
        from.add(t == null ? null : t.floats());
      }
      for (int l = 0; l < writes; l++) {
        to.add(out.get(l * n + i).floats());
      }
      segments.add(new Segment(in.get(scalars + i).size(), from, to, gradient == null ? null : gradient.bound()));
    }
    return segments;
  }

  static void sgd(Node n, Build b) {
    SgdUpdate op = (SgdUpdate) n.op();
    List<Tensor> in = plain(n, b);
    PiecewiseGradient gradient = piecewise(n, b);
    List<Tensor> out = outputs(n, b);
    b.step(detail(gradient), slots(in, gradient), slots(out), () -> UpdateKernels.sgd(b.workers(), in.get(0).floats(), in.get(1).floats(), segments(in, SGD_SCALARS, SGD_LISTS, out, 2, gradient), (float) op.momentum(),
        (float) op.weightDecay(), op.nesterov()));
  }

  static void adam(Node n, Build b) {
    AdamUpdate op = (AdamUpdate) n.op();
    List<Tensor> in = plain(n, b);
    PiecewiseGradient gradient = piecewise(n, b);
    List<Tensor> out = outputs(n, b);
    b.step(detail(gradient), slots(in, gradient), slots(out), () -> UpdateKernels.adam(b.workers(), in.get(0).floats(), in.get(1).floats(), in.get(2).slot().address(),
        segments(in, ADAM_SCALARS, ADAM_LISTS, out, 3, gradient), op));
  }

  static void ema(Node n, Build b) {
    List<Tensor> in = plain(n, b);
    List<Tensor> out = outputs(n, b);
    b.step("flat update", slots(in), slots(out), () -> UpdateKernels.ema(b.workers(), in.get(0).floats(), segments(in, 1, 2, out, 1, null)));
  }

  static void clip(Node n, Build b) {
    List<Tensor> in = new ArrayList<>();
    n.inputs().forEach(v -> in.add(b.in(v)));
    Tensor factor = b.out(n.output(0), Order.PLAIN);
    Tensor norm = b.out(n.output(1), Order.PLAIN);
    b.step("squares", slots(in), List.of(factor.slot(), norm.slot()), () -> UpdateKernels.clip(b.workers(), in.stream().map(Tensor::floats).toList(),
        in.stream().mapToLong(Tensor::size).toArray(), ((ClipFactor) n.op()).maxNorm(), factor.floats(), norm.floats()));
  }
}
