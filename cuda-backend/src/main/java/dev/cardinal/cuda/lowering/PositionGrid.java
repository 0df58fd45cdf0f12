package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How kernels that walk over the positions of feature maps are launched: the counterpart of {@code positions.cuh}.
 *
 * @param suffix which variant of a kernel, by order and width
 * @param shape the launch
 * @param outers planes in rows, else samples
 * @param channels number of channels
 */
record PositionGrid(String suffix, LaunchShape shape, long outers, int channels) {
  private static final int AXES = 3;
  private static final int MOST_Y = 65535;

  /** Over every element of a map {@code [N, C, spatial…]}. */
  static PositionGrid of(CudaBuild b, Shape map, Order order, DType storage) {
    boolean last = order == Order.CHANNELS_LAST;
    int channels = map.dim(1);
    boolean wide = last && channels % Grids.lanes(storage) == 0;
    long outers = last ? map.dim(0) : (long) map.dim(0) * channels;
    long inners = map.spatialSize() * (last ? channels / (wide ? Grids.lanes(storage) : 1) : 1);
    int x = 1;
    while (x < inners && x < Grids.THREADS) {
      x *= 2;
    }
    int y = Grids.THREADS / x;
    int most = Grids.most(b);
    int blocksX = (int) Math.max(1, Math.min(most, (inners + x - 1) / x));
    int blocksY = (int) Math.max(1, Math.min(Math.min(MOST_Y, (most + blocksX - 1) / blocksX), (outers + y - 1) / y));
    return new PositionGrid(last ? wide ? "_last_wide" : "_last_narrow" : "_rows", new LaunchShape(blocksX, blocksY, 1, x, y, 1, 0), outers, channels);
  }

  /** A kernel's arguments: memory, what the walk needs, and three numbers for each of the given triples. */
  Arg[] arguments(List<Arg> memory, int[]... triples) {
    List<Arg> all = new ArrayList<>(memory);
    all.add(Arg.of(outers));
    all.add(Arg.of(channels));
    for (int[] t : triples) {
      Arrays.stream(t).forEach(v -> all.add(Arg.of(v)));
    }
    return all.toArray(Arg[]::new);
  }

  /** Three spatial axes for one to three: those that are missing come first. */
  static int[] three(Spatial s, int missing) {
    int[] t = new int[AXES];
    for (int i = 0; i < AXES; i++) {
      int a = i - AXES + s.rank();
      t[i] = a < 0 ? missing : s.at(a);
    }
    return t;
  }

  /** The spatial sizes of a map. */
  static int[] three(Shape map) {
    return three(Spatial.of(map.spatial()), 1);
  }
}
