package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * How kernels that walk over feature maps channel by channel are launched: the counterpart of {@code channels.cuh}.
 *
 * @param last whether channels lie last, or each channel has one element a sample, which is the same
 * @param wide whether elements can be taken sixteen bytes at a time
 * @param shape the launch; its second grid axis shares out a channel's elements
 * @param dimensions the kernel's last arguments
 * @param channels number of channels
 */
record ChannelGrid(boolean last, boolean wide, LaunchShape shape, List<Arg> dimensions, int channels) {
  private static final int WARP = 32;
  private static final int PACKS_PER_TILE = 4;
  private static final int BLOCKS_PER_MULTIPROCESSOR = 4;
  private static final int MOST_CHUNKS = 512;
  private static final int FINISH_ROWS = 32;

  /** Over a tensor taken as {@code [samples, channels, plane]}. */
  static ChannelGrid of(CudaBuild b, long samples, int channels, long plane, Order order, DType storage) {
    boolean last = order == Order.CHANNELS_LAST || plane == 1;
    int lanes = Grids.lanes(storage);
    boolean wide = (last ? channels : plane) % lanes == 0;
    int n = wide ? lanes : 1;
    int threads = Grids.THREADS;
    int target = BLOCKS_PER_MULTIPROCESSOR * b.session().context().properties().multiprocessors();
    if (last) {
      int x = Math.min(powerAtLeast((channels + n - 1) / n), WARP);
      int blocks = (channels + x * n - 1) / (x * n);
      long rows = samples * plane;
      int chunks = chunks(target, blocks, rows, threads / x);
      return new ChannelGrid(true, wide, new LaunchShape(blocks, chunks, 1, x, threads / x, 1, 0), List.of(Arg.of(rows), Arg.of(channels)), channels);
    }
    int x = Math.min(powerAtLeast((plane + n - 1) / n), threads);
    long tile = (long) x * n * PACKS_PER_TILE;
    long items = samples * ((plane + tile - 1) / tile);
    int chunks = chunks(target, channels, items, threads / x);
    return new ChannelGrid(false, wide, new LaunchShape(channels, chunks, 1, x, threads / x, 1, 0),
        List.of(Arg.of(Math.toIntExact(samples)), Arg.of(channels), Arg.of(Math.toIntExact(plane)), Arg.of((int) Math.min(tile, Integer.MAX_VALUE))), channels);
  }

  /** Over a feature map {@code [N, C, spatial…]}. */
  static ChannelGrid of(CudaBuild b, Shape map, Order order, DType storage) {
    return of(b, map.dim(0), map.dim(1), map.spatialSize(), order, storage);
  }

  private static int chunks(int target, int blocks, long items, int itemsAtOnce) {
    long useful = (items + itemsAtOnce - 1) / itemsAtOnce;
    return (int) Math.max(1, Math.min(Math.min(useful, MOST_CHUNKS), (target + blocks - 1) / blocks));
  }

  private static int powerAtLeast(long v) {
    int p = 1;
    while (p < v && p < Grids.THREADS) {
      p *= 2;
    }
    return p;
  }

  /** The variant of a kernel: its name with the order and the width. */
  String kernel(String name) {
    return name + (last ? "_last" : "_rows") + (wide ? "_wide" : "_narrow");
  }

  /** How many partial results each channel gets. */
  int chunks() {
    return shape.gridY();
  }

  /** Bytes of partial results of so many float32 parts. */
  long partialBytes(int parts) {
    return (long) chunks() * parts * channels * Float.BYTES;
  }

  /** The launch that puts partial results together. */
  LaunchShape finishing() {
    return new LaunchShape((channels + WARP - 1) / WARP, 1, 1, WARP, FINISH_ROWS, 1, 0);
  }

  /** A kernel's arguments: its own, then the dimensions. */
  Arg[] arguments(Arg... own) {
    List<Arg> all = new ArrayList<>(List.of(own));
    all.addAll(dimensions);
    return all.toArray(Arg[]::new);
  }
}
