package dev.cardinal.cuda.collective;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.CudaBuild;
import java.util.List;
import java.util.Map;

/** A kernel that moves runs of elements, or adds them up where they go; its table lies on the device. */
final class Mover {
  private static final int THREADS = 256;
  private static final int MOST_BLOCKS = 1 << 16;

  private final CudaFunction function;
  private final long table;
  private final int runs;

  private Mover(CudaFunction function, long table, int runs) {
    this.function = function;
    this.table = table;
    this.runs = runs;
  }

  /** With a table as {@link Message} makes it. */
  static Mover of(CudaBuild b, long[] numbers, int width, boolean adds) {
    CudaContext context = b.session().context();
    long table = context.allocate((long) numbers.length * Long.BYTES);
    AutoCloseable owned = () -> context.free(table);
    b.own(owned);
    context.copyToDevice(table, numbers, numbers.length);
    CudaFunction f = b.session().kernels().function("exchange", adds ? "add_runs" : "place_runs", Map.of("SIZE", String.valueOf(adds ? Float.BYTES : width)));
    return new Mover(f, table, numbers.length / Message.NUMBERS);
  }

  /** From one place to another, both with their sizes in bytes. */
  CudaLaunch bind(long from, long fromBytes, long to, long toBytes) {
    return function.prepare(LaunchShape.of(Math.min(runs, MOST_BLOCKS), THREADS), List.of(KernelArg.in(from, fromBytes), new KernelArg.Pointer(to, toBytes, KernelArg.Access.READ_WRITE),
        KernelArg.in(table, (long) runs * Message.NUMBERS * Long.BYTES), KernelArg.of(runs)));
  }
}
