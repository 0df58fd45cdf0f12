package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * What the optimiser updates share: they take all parameters of a group at once, as lists one after the other, so that a backend that lays each list out in one piece of memory
 * runs the update as one flat kernel.
 */
final class UpdateShapes {
  private UpdateShapes() {}

  /** Number of tensors per list, given {@code scalars} scalar inputs first and then {@code lists} lists of equal types. */
  static int count(List<TensorType> in, int scalars, int lists, String names) {
    int n = (in.size() - scalars) / lists;
    Expect.that(n >= 1 && in.size() == scalars + n * lists, "expected inputs (%s) with lists of one length, got %d inputs", names, in.size());
    for (int i = 0; i < scalars; i++) {
      Expect.that(in.get(i).shape().size() == 1, "scalar input %d of (%s) has type %s", i, names, in.get(i));
    }
    for (int l = 1; l < lists; l++) {
      for (int i = 0; i < n; i++) {
        Expect.same(in.get(scalars + i), in.get(scalars + l * n + i), "tensor " + i + " of the lists (" + names + ")");
      }
    }
    return n;
  }
}
