package dev.cardinal.cpu.onednn.narrow;

import dev.cardinal.cpu.onednn.kernel.Floats;

/**
 * Weights of a grouped convolution as those of one depthwise convolution for each output channel of a group: {@code [parts of the groups, out, groups, kh in, kw]}, where each row of the kernel is
 * followed by the same row for the next input channel of the group. In memory they stay {@code [groups out, in, kh, kw]}.
 */
final class NarrowGroupWeights {
  private final int[] places;
  private final float[] natural;
  private final float[] stacked;

  private NarrowGroupWeights(int[] places) {
    this.places = places;
    this.natural = new float[places.length];
    this.stacked = new float[places.length];
  }

  /** Tells where an element is in the natural order. */
  @FunctionalInterface
  private interface Place {
    int of(int group, int out, int in, int row, int column);
  }

  /** Those of a convolution from {@code in} to {@code out} channels per group, {@code part} groups at a time. */
  static NarrowGroupWeights forward(int groups, int part, int in, int out, int kh, int kw) {
    return new NarrowGroupWeights(places(groups, part, in, out, kh, kw, (g, o, i, r, c) -> (((g * out + o) * in + i) * kh + r) * kw + c));
  }

  /** The same for the convolution that gives its input's gradient at stride 1, from {@code in} to {@code out} channels per group: kernels are mirrored, and channels of inputs and outputs change roles. */
  static NarrowGroupWeights mirrored(int groups, int part, int in, int out, int kh, int kw) {
    return new NarrowGroupWeights(places(groups, part, in, out, kh, kw, (g, o, i, r, c) -> (((g * in + i) * out + o) * kh + kh - 1 - r) * kw + kw - 1 - c));
  }

  /** Biases in the same order. */
  static NarrowGroupWeights biases(int groups, int part, int out) {
    return forward(groups, part, 1, out, 1, 1);
  }

  private static int[] places(int groups, int part, int in, int out, int kh, int kw, Place place) {
    int[] places = new int[groups * in * out * kh * kw];
    int at = 0;
    for (int first = 0; first < groups; first += part) {
      for (int o = 0; o < out; o++) {
        for (int g = first; g < first + part; g++) {
          for (int row = 0; row < kh * in; row++) {
            for (int c = 0; c < kw; c++) {
              places[at++] = place.of(g, o, row % in, row / in, c);
            }
          }
        }
      }
    }
    return places;
  }

  /** Elements in all. */
  int size() {
    return places.length;
  }

  /** From the natural order to the stacked one. */
  void stack(Floats from, Floats to) {
    from.get(0, natural, 0, natural.length);
    for (int i = 0; i < places.length; i++) {
      stacked[i] = natural[places[i]];
    }
    to.put(0, stacked, 0, stacked.length);
  }

  /** From the stacked order to the natural one. */
  void unstack(Floats from, Floats to) {
    from.get(0, stacked, 0, stacked.length);
    for (int i = 0; i < places.length; i++) {
      natural[places[i]] = stacked[i];
    }
    to.put(0, natural, 0, natural.length);
  }
}
