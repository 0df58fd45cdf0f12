package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.PlaneKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.tensor.DType;
import java.nio.ByteBuffer;
import java.util.List;

/** Conversions among f32 and the integer types. */
final class Casts {
  private static final int PIECE = 1 << 14;

  private Casts() {}

  static void cast(Node n, Build b) {
    if (n.input(0).type().equals(n.output(0).type())) {
      b.alias(n.output(0), b.in(n.input(0)));
      return;
    }
    Tensor x = b.in(n.input(0), Order.PLAIN);
    Tensor y = b.out(n.output(0), Order.PLAIN);
    DType from = x.type().dtype();
    DType to = y.type().dtype();
    long size = x.size();
    b.step(from + " to " + to, List.of(x.slot()), List.of(y.slot()), () -> {
      long source = x.slot().address();
      long target = y.slot().address();
      return () -> PlaneKernels.forPlanes(b.workers(), (size + PIECE - 1) / PIECE, (piece, worker) -> {
        long first = piece * PIECE;
        int count = (int) Math.min(PIECE, size - first);
        convert(NativeMemory.view(source + first * from.bytes(), (long) count * from.bytes()), from, NativeMemory.view(target + first * to.bytes(), (long) count * to.bytes()), to, count);
      });
    });
  }

  private static void convert(ByteBuffer x, DType from, ByteBuffer y, DType to, int count) {
    for (int i = 0; i < count; i++) {
      if (from == DType.I64 && to == DType.I32) {
        y.putInt(i * 4, (int) x.getLong(i * 8));
        continue;
      }
      if (from == DType.I64 && to == DType.U8) {
        y.put(i, (byte) x.getLong(i * 8));
        continue;
      }
      double v = switch (from) {
        case F32 -> x.getFloat(i * 4);
        case I32 -> x.getInt(i * 4);
        case I64 -> x.getLong(i * 8);
        case U8 -> x.get(i) & 0xff;
        default -> throw new IllegalStateException("no conversion from " + from);
      };
      switch (to) {
        case F32 -> y.putFloat(i * 4, from == DType.I64 ? (float) x.getLong(i * 8) : (float) v);
        case I32 -> y.putInt(i * 4, (int) v);
        case I64 -> y.putLong(i * 8, (long) v);
        case U8 -> y.put(i, (byte) (int) v);
        default -> throw new IllegalStateException("no conversion to " + to);
      }
    }
  }
}
