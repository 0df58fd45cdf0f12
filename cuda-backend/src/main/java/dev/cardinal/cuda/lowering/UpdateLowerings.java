package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Optimisers' steps, averages, clipping and counters. Lists of tensors are taken 48 at a time, which is all of a small network and a few launches for a large one; everything is float32. */
final class UpdateLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(SgdUpdate.class, UpdateLowerings::sgd),
      OpLowering.of(AdamUpdate.class, UpdateLowerings::adam),
      OpLowering.of(EmaUpdate.class, UpdateLowerings::ema),
      OpLowering.of(ClipFactor.class, UpdateLowerings::clip),
      OpLowering.of(AdvanceCounter.class, UpdateLowerings::advance));

  private static final String FAMILY = "update";
  private static final int AT_ONCE = 48;
  private static final int CHUNK = 4096;

  private UpdateLowerings() {}

  private static Arg in(CudaBuild b, Value v) {
    return Arg.in(b.in(v, Order.ROWS, DType.F32));
  }

  private static Arg out(CudaBuild b, Value v) {
    return Arg.out(b.out(v, Order.ROWS, DType.F32));
  }

  private static int chunks(long elements) {
    return Math.toIntExact((elements + CHUNK - 1) / CHUNK);
  }

  /**
   * Launches a kernel over lists of tensors, as often as 48 of them go into the lists.
   *
   * @param tensors the first list, for sizes
   * @param leading what comes before the lists, given the number of blocks of all launches before
   * @param each memory of tensor i of each list
   * @return the number of blocks of all launches
   */
  private static int launch(CudaBuild b, String kernel, List<Value> tensors, IntFunction<List<Arg>> leading, IntFunction<List<Arg>> each) {
    int before = 0;
    for (int from = 0; from < tensors.size(); from += AT_ONCE) {
      List<Arg> args = new ArrayList<>(leading.apply(before));
      int blocks = 0;
      int width = 0;
      for (int i = from; i < from + AT_ONCE; i++) {
        if (i < tensors.size()) {
          List<Arg> memory = each.apply(i);
          width = memory.size();
          long size = tensors.get(i).type().shape().size();
          args.addAll(memory);
          args.add(Arg.of(size));
          blocks += chunks(size);
        } else {
          for (int k = 0; k < width; k++) {
            args.add(Arg.none());
          }
          args.add(Arg.of(0L));
        }
      }
      if (blocks > 0) {
        b.kernel(FAMILY, kernel, LaunchShape.of(blocks, Grids.THREADS), args.toArray(Arg[]::new));
      }
      before += blocks;
    }
    return before;
  }

  private static void sgd(SgdUpdate op, Node n, CudaBuild b) {
    int count = (n.inputs().size() - 2) / 3;
    List<Value> in = n.inputs().subList(2, n.inputs().size());
    List<Arg> leading = List.of(in(b, n.input(0)), in(b, n.input(1)), Arg.of((float) op.momentum()), Arg.of((float) op.weightDecay()), Arg.of(op.nesterov() ? 1 : 0));
    launch(b, "sgd", in.subList(0, count), k -> leading,
        i -> List.of(in(b, in.get(i)), in(b, in.get(count + i)), in(b, in.get(2 * count + i)), out(b, n.output(i)), out(b, n.output(count + i))));
  }

  private static void adam(AdamUpdate op, Node n, CudaBuild b) {
    int count = (n.inputs().size() - 3) / 4;
    List<Value> in = n.inputs().subList(3, n.inputs().size());
    List<Arg> leading = List.of(in(b, n.input(0)), in(b, n.input(1)), Arg.in(b.in(n.input(2))), Arg.of((float) op.beta1()), Arg.of((float) (1 - op.beta1())), Arg.of((float) Math.log(op.beta1())),
        Arg.of((float) op.beta2()), Arg.of((float) (1 - op.beta2())), Arg.of((float) Math.log(op.beta2())), Arg.of((float) op.epsilon()), Arg.of((float) op.weightDecay()),
        Arg.of(op.decoupled() ? 1 : 0));
    launch(b, "adam", in.subList(0, count), k -> leading,
        i -> List.of(in(b, in.get(i)), in(b, in.get(count + i)), in(b, in.get(2 * count + i)), in(b, in.get(3 * count + i)), out(b, n.output(i)), out(b, n.output(count + i)),
            out(b, n.output(2 * count + i))));
  }

  private static void ema(EmaUpdate op, Node n, CudaBuild b) {
    int count = n.outputs().size();
    List<Arg> leading = List.of(in(b, n.input(0)));
    launch(b, "ema", n.inputs().subList(1, 1 + count), k -> leading, i -> List.of(in(b, n.input(1 + i)), in(b, n.input(1 + count + i)), out(b, n.output(i))));
  }

  private static void clip(ClipFactor op, Node n, CudaBuild b) {
    int blocks = n.inputs().stream().mapToInt(v -> chunks(v.type().shape().size())).sum();
    Slot partial = b.temporary((long) Math.max(1, blocks) * Float.BYTES);
    launch(b, "squares", n.inputs(), before -> List.of(Arg.out(partial), Arg.of(before)), i -> List.of(in(b, n.input(i))));
    b.kernel(FAMILY, "clip", LaunchShape.of(1, Grids.THREADS), Arg.in(partial), Arg.of(blocks), Arg.of((float) op.maxNorm()), out(b, n.output(0)), out(b, n.output(1)));
  }

  private static void advance(AdvanceCounter op, Node n, CudaBuild b) {
    Slot state = b.in(n.input(0));
    b.kernel(FAMILY, "advance", LaunchShape.of(1, 1), Arg.in(state), Arg.out(b.out(n.output(0))), Arg.of((int) n.output(0).type().shape().size()));
  }
}
