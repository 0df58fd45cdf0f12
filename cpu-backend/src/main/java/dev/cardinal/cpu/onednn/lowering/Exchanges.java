package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.backend.Link;
import dev.cardinal.backend.SharedSum;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.ExchangeKernel;
import dev.cardinal.cpu.onednn.kernel.SharedSumKernel;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.tensor.DType;
import java.util.Collections;
import java.util.List;

/** Collectives between devices of one process: each copies out of the others' arenas, whose addresses they tell each other once, when the program is bound. */
final class Exchanges {
  private Exchanges() {}

  static void collective(Node n, Build b) {
    Collective op = (Collective) n.op();
    Link link = b.link();
    if (link == null) {
      throw new DeviceException(n.name() + ": " + op + " needs the other devices; compile the undivided graph on a mesh");
    }
    if (op.from().isSum() && op.tensors().stream().anyMatch(t -> t.dtype() != DType.F32)) {
      throw new DeviceException(n.name() + ": the cpu device adds up f32 only, got " + op.whole() + "; use cpu:reference");
    }
    switch (op.phase()) {
      case WHOLE -> atOnce(n, op, b);
      case START -> start(n, op, b);
      case FINISH -> finish(n, op, b);
    }
  }

  private static void atOnce(Node n, Collective op, Build b) {
    Link link = b.link();
    Tensor in = b.in(n.input(0), Order.PLAIN);
    Tensor out = b.out(n.output(0), Order.PLAIN);
    ExchangePlan plan = ExchangePlan.of(op);
    int width = op.whole().dtype().bytes();
    b.step(op.opName() + " over " + link.size(), List.of(in.slot()), List.of(out.slot()), () -> {
      long own = in.slot().address();
      List<Long> addresses = plan.alone() ? Collections.nCopies(link.size(), own) : link.meet(own);
      Runnable copy = ExchangeKernel.of(plan, addresses, out.slot().address(), out.size(), width);
      return plan.alone() ? copy : () -> {
        // Everybody's input is there; and afterwards everybody has read it.
        link.meet(null);
        copy.run();
        link.meet(null);
      };
    });
  }

  /** The sums are made where the results lie: mostly where the summands lay. */
  private static void start(Node n, Collective op, Build b) {
    Link link = b.link();
    List<Slot> in = n.inputs().stream().map(v -> b.in(v, Order.PLAIN).slot()).toList();
    List<Slot> out = n.outputs().stream().map(v -> b.out(v, Order.PLAIN).slot()).toList();
    long[] sizes = op.tensors().stream().mapToLong(t -> t.shape().size()).toArray();
    SharedSum plan = SharedSum.of(sizes, link.size());
    b.step(op.opName() + " over " + link.size() + " begins, " + sizes.length + " tensors", in, out, () -> {
      List<long[]> addresses = link.meet(out.stream().mapToLong(Slot::address).toArray());
      SharedSumKernel kernel = new SharedSumKernel(plan, link.rank(), addresses);
      return () -> {
        for (int i = 0; i < sizes.length; i++) {
          if (in.get(i).address() != out.get(i).address()) {
            NativeMemory.copy(in.get(i).address(), out.get(i).address(), sizes[i] * Float.BYTES);
          }
        }
        link.begin(op.ticket(), kernel::run);
      };
    });
    for (int i = 0; i < sizes.length; i++) {
      b.mayReplace(out.get(i), in.get(i));
    }
  }

  private static void finish(Node n, Collective op, Build b) {
    Link link = b.link();
    List<Tensor> done = n.inputs().stream().map(v -> b.in(v, Order.PLAIN)).toList();
    List<Slot> slots = done.stream().map(Tensor::slot).toList();
    b.step("waits", slots, slots, () -> () -> link.await(op.ticket()));
    for (int i = 0; i < done.size(); i++) {
      b.alias(n.output(i), done.get(i));
    }
  }
}
