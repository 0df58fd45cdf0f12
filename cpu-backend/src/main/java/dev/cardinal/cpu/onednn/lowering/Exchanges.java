package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.backend.Link;
import dev.cardinal.cpu.onednn.kernel.ExchangeKernel;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
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
    if (op.from().isSum() && op.whole().dtype() != DType.F32) {
      throw new DeviceException(n.name() + ": the cpu device adds up f32 only, got " + op.whole() + "; use cpu:reference");
    }
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
}
