package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Form;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Own kernels for convolutions with 4, 8, 12 or 16 channels a group; bias and activation are applied on the way. The same bits in every run.
 *
 * @param order of the elements of all maps
 */
record GroupedImplementation(Order order) implements Implementation {
  private static final String FAMILY = "grouped";
  private static final String ROWS_FAMILY = "grouped_rows";
  private static final int QUAD = 4;
  private static final int MOST_PER_GROUP = 16;
  private static final int THREADS = 128;
  private static final int WARP = 32;
  private static final int MOST_ROWS_TAPS = 9;
  private static final int SHARED_FLOATS = 12_000;
  private static final int MOST_SUMS = 7;
  private static final int MOST_BLOCKS = 65_535;
  private static final int MOST_CHUNKS = 256;
  private static final int BLOCKS_PER_PROCESSOR = 8;
  private static final int MOST_THREADS = 512;

  static boolean fits(ConvTask t, Order order) {
    int in = t.inputsPerGroup();
    int out = t.outputsPerGroup();
    boolean narrow = in % QUAD == 0 && out % QUAD == 0 && in <= MOST_PER_GROUP && out <= MOST_PER_GROUP && t.geometry().groups() > 1;
    if (!narrow || !Strips.fits(t) || t.x().size() > Integer.MAX_VALUE || t.y().size() > Integer.MAX_VALUE) {
      return false;
    }
    Strips s = Strips.of(t);
    int strip = strip(t, s, order);
    boolean onX = t.direction() == ConvolutionDirection.BACKWARD_DATA;
    if (!(onX ? s.readableBackwards(strip) : s.readable(strip))) {
      return false;
    }
    if (order == Order.ROWS) {
      return s.taps() <= MOST_ROWS_TAPS;
    }
    return t.givesMap() ? channelThreads(t, s) > 0 : s.kernel()[1] <= MOST_SUMS && WARP * s.kernel()[0] * s.kernel()[1] * QUAD * QUAD <= SHARED_FLOATS && WARP * s.kernel()[0] <= MOST_THREADS;
  }

  @Override
  public String name() {
    return "grouped " + order;
  }

  /** Strips that a thread has registers for. */
  private static int strip(ConvTask t, Strips s, Order order) {
    if (order == Order.ROWS) {
      boolean onX = t.direction() == ConvolutionDirection.BACKWARD_DATA;
      return onX ? s.length(true, 4, 6, 8) : s.stride()[1] == 1 && t.givesMap() ? s.length(false, 4, 7, 8) : s.length(false, 4, 3);
    }
    return switch (t.direction()) {
      case FORWARD -> s.stride()[1] == 1 ? s.length(false, 7, 8) : s.length(false, 4, 3);
      case BACKWARD_DATA -> s.length(true, 8, 7, 6);
      case BACKWARD_FILTER -> s.length(false, 4, 3);
    };
  }

  /** Threads along channels of the result, so that a block has whole groups and their weights fit into shared memory; 0 if there is no such number. */
  private static int channelThreads(ConvTask t, Strips s) {
    boolean onX = t.direction() == ConvolutionDirection.BACKWARD_DATA;
    int own = onX ? t.inputsPerGroup() : t.outputsPerGroup();
    int others = onX ? t.outputsPerGroup() : t.inputsPerGroup();
    for (int threads = WARP; threads >= 1; threads /= 2) {
      if (threads * QUAD % own == 0 && s.taps() * others * threads * QUAD <= SHARED_FLOATS) {
        return threads;
      }
    }
    return 0;
  }

  @Override
  public void lower(ConvTask task, Node node, CudaBuild build) {
    Operands operands = new Operands(task, node, build, order);
    Strips s = Strips.of(task);
    int strip = strip(task, s, order);
    Map<String, String> macros = s.macros(task, strip);
    macros.put("GROUP_INPUTS", String.valueOf(task.inputsPerGroup()));
    macros.put("GROUP_OUTPUTS", String.valueOf(task.outputsPerGroup()));
    boolean onX = task.direction() == ConvolutionDirection.BACKWARD_DATA;
    long items = s.items(task.x().dim(0), onX, strip);
    int processors = build.session().context().properties().multiprocessors();
    if (!task.givesMap()) {
      weights(task, operands, build, s, macros, items, processors);
      return;
    }
    Slot map = operands.first();
    Slot weights = operands.plainWeights();
    Slot bias = operands.bias();
    Arg biasOrNone = bias == null ? Arg.none() : Arg.in(bias);
    if (order == Order.ROWS) {
      int fours = task.result().dim(1) / QUAD;
      int blocks = (int) Math.min((items + THREADS - 1) / THREADS, Math.max(1, (long) BLOCKS_PER_PROCESSOR * processors / fours));
      operands.result(y -> build.kernel(ROWS_FAMILY, onX ? "grouped_rows_data" : "grouped_rows_forward", macros, new LaunchShape(blocks, fours, 1, THREADS, 1, 1, 0),
          sizes(task, s, Arg.in(map), Arg.in(weights), biasOrNone, Arg.out(y))));
      return;
    }
    int threads = channelThreads(task, s);
    macros.put("CHANNEL_THREADS", String.valueOf(threads));
    int slice = threads * QUAD;
    int slices = (task.result().dim(1) + slice - 1) / slice;
    int along = THREADS / threads;
    int blocks = (int) Math.min(Math.min((items + along - 1) / along, Math.max(1, (long) BLOCKS_PER_PROCESSOR * processors / slices)), MOST_BLOCKS);
    operands.result(y -> build.kernel(FAMILY, onX ? "grouped_data" : "grouped_forward", macros, new LaunchShape(slices, blocks, 1, threads, along, 1, 0),
        sizes(task, s, Arg.in(map), Arg.in(weights), biasOrNone, Arg.out(y))));
  }

  private void weights(ConvTask task, Operands operands, CudaBuild build, Strips s, Map<String, String> macros, long items, int processors) {
    int n = Math.toIntExact(task.w().size());
    Slot x = operands.first();
    Slot dy = operands.second();
    LaunchShape shape;
    if (order == Order.ROWS) {
      int pairs = task.w().dim(0) / QUAD * task.inputsPerGroup();
      int chunks = (int) Math.max(1, Math.min(Math.min(items / THREADS, MOST_CHUNKS), (long) BLOCKS_PER_PROCESSOR * processors / pairs));
      shape = new LaunchShape(pairs, chunks, 1, THREADS, 1, 1, 0);
    } else {
      int pairs = task.w().dim(0) * task.inputsPerGroup() / (QUAD * QUAD);
      int along = Math.max(1, Math.min(2, MOST_THREADS / (WARP * s.kernel()[0])));
      macros.put("POSITION_THREADS", String.valueOf(along));
      int slices = (pairs + WARP - 1) / WARP;
      int chunks = (int) Math.max(1, Math.min(Math.min((items + along - 1) / along, MOST_CHUNKS), (long) BLOCKS_PER_PROCESSOR * processors / slices));
      shape = new LaunchShape(slices, chunks, 1, WARP, s.kernel()[0], along, 0);
    }
    String family = order == Order.ROWS ? ROWS_FAMILY : FAMILY;
    Slot partial = build.temporary((long) shape.gridY() * n * DType.F32.bytes());
    build.kernel(family, family + "_weights", macros, shape, sizes(task, s, Arg.in(x), Arg.in(dy), Arg.out(partial)));
    operands.result(Form.rows(DType.F32), dw -> Strips.sumChunks(build, family, macros, partial, dw, shape.gridY(), n, 1));
  }

  private static Arg[] sizes(ConvTask t, Strips s, Arg... tensors) {
    List<Arg> all = new ArrayList<>(List.of(tensors));
    for (int v : new int[] {t.x().dim(0), t.x().dim(1), t.y().dim(1), s.x()[0], s.x()[1], s.y()[0], s.y()[1], s.pad()[0], s.pad()[1]}) {
      all.add(Arg.of(v));
    }
    return all.toArray(Arg[]::new);
  }
}
