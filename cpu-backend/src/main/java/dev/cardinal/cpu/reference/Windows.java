package dev.cardinal.cpu.reference;

import dev.cardinal.op.PoolGeometry;
import dev.cardinal.tensor.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which elements of a channel's plane each output of a pooling covers.
 *
 * @param elements for each output, in row-major order, the row-major indices of its window's elements that lie inside the plane, in
 *     row-major order
 * @param extents for each output, the number of elements of its window that lie inside the plane or its padding; a partial last
 *     window reaches beyond both
 */
record Windows(int[][] elements, int[] extents) {
  /** One axis: for each output the elements inside, and how many with padding. */
  private record Axis(int[][] inside, int[] extents) {}

  /** The windows of a pooling from planes of size {@code in} to {@code out}. */
  static Windows of(PoolGeometry g, int[] in, int[] out) {
    Axis[] axes = new Axis[in.length];
    for (int a = 0; a < in.length; a++) {
      int[][] inside = new int[out[a]][];
      int[] extents = new int[out[a]];
      for (int o = 0; o < out[a]; o++) {
        int size = in[a];
        int high = size + g.padHigh().at(a);
        int first = o * g.stride().at(a) - g.padLow().at(a);
        int step = g.dilation().at(a);
        int end = first + (g.kernel().at(a) - 1) * step + 1;
        int[] all = IntStream.iterate(first, p -> p < end, p -> p + step).toArray();
        inside[o] = Arrays.stream(all).filter(p -> p >= 0 && p < size).toArray();
        extents[o] = (int) Arrays.stream(all).filter(p -> p < high).count();
      }
      axes[a] = new Axis(inside, extents);
    }
    return product(axes, in, out);
  }

  /** The same windows, padding not counted in the extents. */
  Windows withoutPadding() {
    return new Windows(elements, Arrays.stream(elements).mapToInt(e -> e.length).toArray());
  }

  /** The windows of adaptive pooling: output i of an axis covers {@code floor(i in / out)} to {@code ceil((i + 1) in / out) - 1}. */
  static Windows adaptive(int[] in, int[] out) {
    Axis[] axes = new Axis[in.length];
    for (int a = 0; a < in.length; a++) {
      int[][] inside = new int[out[a]][];
      int[] extents = new int[out[a]];
      for (int o = 0; o < out[a]; o++) {
        int first = (int) ((long) o * in[a] / out[a]);
        int end = (int) (((o + 1L) * in[a] + out[a] - 1) / out[a]);
        inside[o] = IntStream.range(first, end).toArray();
        extents[o] = end - first;
      }
      axes[a] = new Axis(inside, extents);
    }
    return product(axes, in, out);
  }

  /** Windows are boxes: products of what they cover on each axis. */
  private static Windows product(Axis[] axes, int[] in, int[] out) {
    Shape outputs = Shape.of(out);
    int[][] elements = new int[(int) outputs.size()][];
    int[] extents = new int[elements.length];
    for (int o = 0; o < elements.length; o++) {
      int[] window = {0};
      int extent = 1;
      long[] strides = outputs.strides();
      for (int a = 0; a < axes.length; a++) {
        int p = (int) (o / strides[a] % out[a]);
        window = append(window, in[a], axes[a].inside[p]);
        extent *= axes[a].extents[p];
      }
      elements[o] = window;
      extents[o] = extent;
    }
    return new Windows(elements, extents);
  }

  /** Row-major indices with one more axis: every prefix with every position. */
  private static int[] append(int[] prefixes, int size, int[] positions) {
    int[] all = new int[prefixes.length * positions.length];
    int i = 0;
    for (int prefix : prefixes) {
      for (int p : positions) {
        all[i++] = prefix * size + p;
      }
    }
    return all;
  }
}
