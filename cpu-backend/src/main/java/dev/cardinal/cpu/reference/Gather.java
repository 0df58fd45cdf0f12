package dev.cardinal.cpu.reference;

import dev.cardinal.tensor.HostTensor;

/** Moves elements of any type without looking at them. */
final class Gather {
  private Gather() {}

  /** {@code out[i] = in[source[i]]}; where the source is negative the output keeps what it has. */
  static void from(HostTensor in, int[] source, HostTensor out) {
    for (int i = 0; i < source.length; i++) {
      if (source[i] >= 0) {
        System.arraycopy(in.array(), source[i], out.array(), i, 1);
      }
    }
  }

  /** {@code out[target[i]] = in[i]}. */
  static void to(HostTensor in, int[] target, HostTensor out) {
    for (int i = 0; i < target.length; i++) {
      System.arraycopy(in.array(), i, out.array(), target[i], 1);
    }
  }
}
