package dev.cardinal.cuda.lowering;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A box of elements, walked in order, and how far each operand's elements lie apart along its axes. Axes that every operand runs through without a gap are joined, and those of one element left out, so
 * that few remain.
 *
 * @param sizes of the axes, the last one fastest
 * @param strides by operand and axis, in elements
 */
record Walk(List<Integer> sizes, List<long[]> strides) {
  /** Axes that kernels know. */
  static final int AXES = 6;

  /** Joins what can be joined. */
  static Walk of(int[] sizes, long[]... strides) {
    List<Integer> kept = new ArrayList<>();
    List<long[]> steps = new ArrayList<>();
    for (int a = 0; a < sizes.length; a++) {
      if (sizes[a] == 1) {
        continue;
      }
      long[] step = new long[strides.length];
      for (int o = 0; o < step.length; o++) {
        step[o] = strides[o][a];
      }
      int last = kept.size() - 1;
      if (last >= 0 && follows(steps.get(last), step, sizes[a])) {
        kept.set(last, Math.multiplyExact(kept.get(last), sizes[a]));
        steps.set(last, step);
      } else {
        kept.add(sizes[a]);
        steps.add(step);
      }
    }
    List<long[]> byOperand = new ArrayList<>();
    for (int o = 0; o < strides.length; o++) {
      int operand = o;
      byOperand.add(steps.stream().mapToLong(s -> s[operand]).toArray());
    }
    return new Walk(kept, byOperand);
  }

  private static boolean follows(long[] outer, long[] inner, int size) {
    for (int o = 0; o < outer.length; o++) {
      if (outer[o] != inner[o] * size) {
        return false;
      }
    }
    return true;
  }

  /** The axes of a shape as they follow each other in memory. */
  static int[] axes(Shape s, Order order) {
    int[] axes = new int[s.rank()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = order == Order.ROWS || i == 0 ? i : i == axes.length - 1 ? 1 : i + 1;
    }
    return axes;
  }

  /** The distances of a shape's elements in memory, by axis. */
  static long[] strides(Shape s, Order order) {
    int[] axes = axes(s, order);
    long[] strides = new long[axes.length];
    long step = 1;
    for (int i = axes.length - 1; i >= 0; i--) {
      strides[axes[i]] = step;
      step *= s.dim(axes[i]);
    }
    return strides;
  }

  /** The entries of an array at these axes. */
  static long[] at(long[] values, int[] axes) {
    long[] r = new long[axes.length];
    for (int i = 0; i < r.length; i++) {
      r[i] = values[axes[i]];
    }
    return r;
  }

  /** Sizes of a shape at these axes. */
  static int[] sizes(Shape s, int[] axes) {
    int[] r = new int[axes.length];
    for (int i = 0; i < r.length; i++) {
      r[i] = s.dim(axes[i]);
    }
    return r;
  }

  /** Number of elements. */
  long elements() {
    long n = 1;
    for (int s : sizes) {
      n *= s;
    }
    return n;
  }

  /** In units of several elements, if each run of the last axis consists of whole units at whole places in every operand; {@code bases} are where operands begin. */
  boolean inUnits(int unit, long... bases) {
    int last = sizes.size() - 1;
    if (last < 0 || sizes.get(last) % unit != 0) {
      return false;
    }
    for (int o = 0; o < strides.size(); o++) {
      long[] s = strides.get(o);
      boolean whole = s[last] == 1 && bases[o] % unit == 0;
      for (int a = 0; a < last; a++) {
        whole &= s[a] % unit == 0;
      }
      if (!whole) {
        return false;
      }
    }
    return true;
  }

  /** The same in units of several elements. */
  Walk units(int unit) {
    int last = sizes.size() - 1;
    List<Integer> fewer = new ArrayList<>(sizes);
    fewer.set(last, sizes.get(last) / unit);
    List<long[]> shorter = new ArrayList<>();
    for (long[] s : strides) {
      long[] r = s.clone();
      for (int a = 0; a < last; a++) {
        r[a] /= unit;
      }
      shorter.add(r);
    }
    return new Walk(fewer, shorter);
  }

  /**
   * Arguments of a kernel: six sizes, then six distances per operand.
   *
   * @throws DeviceException if there are more than six axes that cannot be joined
   */
  void arguments(List<Arg> to) {
    int missing = AXES - sizes.size();
    if (missing < 0) {
      throw new DeviceException("GPUs walk over at most " + AXES + " axes that cannot be joined, got " + sizes + "; reshape the tensor so that it has fewer");
    }
    for (int a = 0; a < AXES; a++) {
      to.add(Arg.of(a < missing ? 1 : sizes.get(a - missing)));
    }
    for (long[] s : strides) {
      for (int a = 0; a < AXES; a++) {
        to.add(Arg.of(a < missing ? 0L : s[a - missing]));
      }
    }
  }
}
