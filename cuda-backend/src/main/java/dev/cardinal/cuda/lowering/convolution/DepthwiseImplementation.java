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

/** Own kernels for convolutions where every channel has a kernel of its own, in both orders of elements; bias and activation are applied on the way. The same bits in every run. */
record DepthwiseImplementation(Order order) implements Implementation {
  private static final String FAMILY = "depthwise";
  private static final int THREADS = 256;
  private static final int WARP = 32;
  private static final int MOST_TAPS = 49;
  private static final int WIDEST = 7;
  private static final int MOST_SUMS = 50;
  private static final int SHARED_FLOATS = 10_000;
  private static final int MOST_BLOCKS = 65_535;
  private static final int MOST_CHUNKS = 256;
  private static final int BLOCKS_PER_PROCESSOR = 8;

  static boolean fits(ConvTask t, Order order) {
    if (!t.isDepthwise() || !Strips.fits(t) || t.x().size() > Integer.MAX_VALUE || t.y().size() > Integer.MAX_VALUE) {
      return false;
    }
    Strips s = Strips.of(t);
    boolean seeksX = t.direction() == ConvolutionDirection.BACKWARD_DATA;
    int strip = strip(t, s);
    boolean few = s.kernel()[1] <= WIDEST && s.taps() <= (t.givesMap() ? MOST_TAPS : MOST_SUMS);
    return few && (seeksX ? s.readableBackwards(strip) : s.readable(strip));
  }

  @Override
  public String name() {
    return "depthwise " + order;
  }

  /** Strips that a thread has registers for; a step over x makes it hold more of x than of y. */
  private static int strip(ConvTask t, Strips s) {
    return switch (t.direction()) {
      case FORWARD -> s.stride()[1] == 1 ? s.length(false, 4, 3) : s.length(false, 2, 3);
      case BACKWARD_DATA -> s.length(true, 4, 3, 6);
      case BACKWARD_FILTER -> s.length(false, 4, 3);
    };
  }

  @Override
  public void lower(ConvTask task, Node node, CudaBuild build) {
    Operands operands = new Operands(task, node, build, order);
    Strips s = Strips.of(task);
    boolean onX = task.direction() == ConvolutionDirection.BACKWARD_DATA;
    int strip = strip(task, s);
    long items = s.items(task.x().dim(0), onX, strip);
    Map<String, String> macros = s.macros(task, strip);
    if (task.givesMap()) {
      Slot map = operands.first();
      Slot weights = operands.plainWeights();
      Slot bias = operands.bias();
      String kernel = (onX ? "depthwise_data_" : "depthwise_forward_") + (order == Order.ROWS ? "rows" : "last");
      operands.result(y -> {
        LaunchShape shape = order == Order.ROWS ? LaunchShape.over(items * task.x().dim(1), THREADS, Integer.MAX_VALUE) : slices(task, s, macros, items, build, MOST_BLOCKS);
        build.kernel(FAMILY, kernel, macros, shape, sizes(task, s, Arg.in(map), Arg.in(weights), bias == null ? Arg.none() : Arg.in(bias), Arg.out(y)));
      });
    } else {
      weights(task, operands, build, s, macros, items);
    }
  }

  private void weights(ConvTask task, Operands operands, CudaBuild build, Strips s, Map<String, String> macros, long items) {
    Slot x = operands.first();
    Slot dy = operands.second();
    int channels = task.x().dim(1);
    LaunchShape shape;
    if (order == Order.ROWS) {
      int wanted = Math.max(1, BLOCKS_PER_PROCESSOR * build.session().context().properties().multiprocessors() / channels);
      shape = new LaunchShape(channels, (int) Math.max(1, Math.min(Math.min(wanted, MOST_CHUNKS), items / THREADS)), 1, THREADS, 1, 1, 0);
    } else {
      shape = slices(task, s, macros, items, build, MOST_CHUNKS);
    }
    int chunks = shape.gridY();
    Slot partial = build.temporary((long) chunks * channels * s.taps() * DType.F32.bytes());
    build.kernel(FAMILY, "depthwise_weights_" + (order == Order.ROWS ? "rows" : "last"), macros, shape, sizes(task, s, Arg.in(x), Arg.in(dy), Arg.out(partial)));
    operands.result(Form.rows(DType.F32), dw -> Strips.sumChunks(build, FAMILY, macros, partial, dw, chunks, channels * s.taps(), channels));
  }

  /** A launch over slices of channels, where channels are last; sets the macros that say how wide a slice is. */
  private static LaunchShape slices(ConvTask task, Strips s, Map<String, String> macros, long items, CudaBuild build, int mostBlocks) {
    int channels = task.x().dim(1);
    // Registers for what eight channels of a row of more than three taps need would run out.
    int most = task.storage() == DType.F32 || !task.givesMap() || s.kernel()[1] > 3 ? 4 : 8;
    while (channels % most != 0 || !task.givesMap() && most * s.taps() > MOST_SUMS) {
      most /= 2;
    }
    int threads = WARP;
    while (threads > 1 && (threads * most * s.taps() > SHARED_FLOATS || threads * most >= 2 * channels)) {
      threads /= 2;
    }
    macros.put("VEC", String.valueOf(most));
    macros.put("CHANNEL_THREADS", String.valueOf(threads));
    int slices = (channels + threads * most - 1) / (threads * most);
    int along = THREADS / threads;
    long full = (items + along - 1) / along;
    // A few blocks for every processor: each brings the weights of its channels to shared memory once.
    long wanted = Math.max(1, (long) BLOCKS_PER_PROCESSOR * build.session().context().properties().multiprocessors() / slices);
    return new LaunchShape(slices, (int) Math.min(Math.min(full, wanted), mostBlocks), 1, threads, along, 1, 0);
  }

  private static Arg[] sizes(ConvTask t, Strips s, Arg... tensors) {
    List<Arg> all = new ArrayList<>(List.of(tensors));
    for (int v : new int[] {t.x().dim(0), t.x().dim(1), s.x()[0], s.x()[1], s.y()[0], s.y()[1], s.pad()[0], s.pad()[1]}) {
      all.add(Arg.of(v));
    }
    return all.toArray(Arg[]::new);
  }
}
