package dev.cardinal.cpu.reference;

import dev.cardinal.tensor.Shape;

/** Walks over boxes: turns the positions of one shape, in row-major order, into linear indices of another tensor. */
final class Strided {
  private Strided() {}

  /** For every position p of {@code box}, in row-major order, {@code base + Σ p[i] strides[i]}. */
  static int[] indices(Shape box, long base, long[] strides) {
    int[] index = new int[(int) box.size()];
    int[] p = new int[box.rank()];
    long at = base;
    for (int i = 0; i < index.length; i++) {
      index[i] = (int) at;
      for (int a = p.length - 1; a >= 0; a--) {
        at += strides[a];
        if (++p[a] < box.dim(a)) {
          break;
        }
        at -= strides[a] * box.dim(a);
        p[a] = 0;
      }
    }
    return index;
  }

  /**
   * For every position of {@code target} the index of the element of {@code x} that broadcasting repeats there: aligned at the last
   * axis, sizes of 1 repeat.
   */
  static int[] broadcast(Shape x, Shape target) {
    long[] own = x.strides();
    long[] strides = new long[target.rank()];
    int extra = target.rank() - x.rank();
    for (int a = extra; a < strides.length; a++) {
      strides[a] = x.dim(a - extra) == 1 ? 0 : own[a - extra];
    }
    return indices(target, 0, strides);
  }
}
