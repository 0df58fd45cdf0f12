package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Fully connected layers and matrix products. */
final class Products {
  private Products() {}

  static void linear(Node n, Build b) {
    Linear op = (Linear) n.op();
    Shape x = n.input(0).type().shape();
    Shape w = n.input(1).type().shape();
    MemoryDesc xd = rows(b, x.dim(0), x.dim(1));
    MemoryDesc wd = rows(b, w.dim(0), w.dim(1));
    MemoryDesc yd = rows(b, x.dim(0), w.dim(0));
    MemoryDesc bias = n.inputs().size() == 3 ? b.own(MemoryDesc.rowMajor(w.dim(0))) : null;
    Primitive p = Primitives.innerProduct(xd, wd, bias, yd, Convolutions.fused(op.activation()), b.reduced());
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, xd, plain(b, n, 0)), Arg.read(Primitives.WEIGHTS, wd, plain(b, n, 1)),
        Arg.write(Primitives.DESTINATION, yd, b.out(n.output(0), Order.PLAIN).slot())));
    if (bias != null) {
      args.add(Arg.read(Primitives.BIAS, bias, plain(b, n, 2)));
    }
    b.primitive(p, args.toArray(new Arg[0]));
  }

  /**
   * The three products of a fully connected layer, each as the inner product that is fastest for weights stored {@code [out, in]}: its input's gradient is a forward inner product whose weights
   * are read transposed, and its weights' gradient is that product's backward-weights with the roles of input and gradient exchanged.
   */
  static void matmul(Node n, Build b) {
    MatMul op = (MatMul) n.op();
    if (PiecewiseGradient.suits(n, b)) {
      b.postpone(n);
      return;
    }
    Shape a = n.input(0).type().shape();
    Shape c = n.output(0).type().shape();
    int rows = c.dim(0);
    int columns = c.dim(1);
    int inner = a.dim(op.transposeA() ? 0 : 1);
    Slot as = plain(b, n, 0);
    Slot bs = plain(b, n, 1);
    Slot cs = b.out(n.output(0), Order.PLAIN).slot();
    MemoryDesc ad = op.transposeA() ? columns(b, rows, inner) : rows(b, rows, inner);
    MemoryDesc bd = op.transposeB() ? columns(b, inner, columns) : rows(b, inner, columns);
    MemoryDesc cd = rows(b, rows, columns);
    boolean empty = (long) rows * columns * inner == 0;
    if (!op.transposeA() && !empty) {
      MemoryDesc wd = op.transposeB() ? rows(b, columns, inner) : columns(b, columns, inner);
      Primitive p = Primitives.innerProduct(ad, wd, null, cd, null, b.reduced());
      if (p != null && !p.isReference()) {
        b.primitive(p, Arg.read(Primitives.SOURCE, ad, as), Arg.read(Primitives.WEIGHTS, wd, bs), Arg.write(Primitives.DESTINATION, cd, cs));
        return;
      }
      close(p);
    } else if (!op.transposeB() && !empty) {
      MemoryDesc x = rows(b, inner, rows);
      MemoryDesc dy = rows(b, inner, columns);
      MemoryDesc dw = columns(b, columns, rows);
      Primitive p = Primitives.innerProductBackwardWeights(x, dw, dy, b.reduced());
      if (p != null && !p.isReference()) {
        b.primitive(p, Arg.read(Primitives.SOURCE, x, as), Arg.read(Primitives.DESTINATION_GRADIENT, dy, bs), Arg.write(Primitives.WEIGHTS_GRADIENT, dw, cs));
        return;
      }
      close(p);
    }
    b.primitive(Primitives.matmul(ad, bd, cd, b.reduced()), Arg.read(Primitives.SOURCE, ad, as), Arg.read(Primitives.WEIGHTS, bd, bs), Arg.write(Primitives.DESTINATION, cd, cs));
  }

  private static void close(Primitive p) {
    if (p != null) {
      p.close();
    }
  }

  private static Slot plain(Build b, Node n, int i) {
    return b.in(n.input(i), Order.PLAIN).slot();
  }

  static MemoryDesc rows(Build b, long rows, long columns) {
    return b.own(MemoryDesc.strided(new long[] {rows, columns}, new long[] {Math.max(1, columns), 1}));
  }

  /** A matrix of these logical sizes whose columns are contiguous. */
  static MemoryDesc columns(Build b, long rows, long columns) {
    return b.own(MemoryDesc.strided(new long[] {rows, columns}, new long[] {1, Math.max(1, rows)}));
  }
}
