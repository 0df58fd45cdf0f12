package dev.cardinal.conformance;

import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.function.Consumer;

/**
 * A linear map written out entry by entry. Pooling, resizing, padding, slicing, permuting and reducing are such maps, and their gradients are the transposed ones: so one enumeration of a
 * map's entries states both.
 */
public final class LinearForm {
  /** Takes the entries {@code y[out] += weight x[in]}, by linear index. */
  @FunctionalInterface
  public interface Entries {
    /** One entry. */
    void add(int out, int in, double weight);
  }

  private final Shape in;
  private final Shape out;
  private final Consumer<Entries> enumeration;

  /** A map from tensors of shape {@code in} to tensors of shape {@code out}. */
  public LinearForm(Shape in, Shape out, Consumer<Entries> enumeration) {
    this.in = in;
    this.out = out;
    this.enumeration = enumeration;
  }

  /** y = A x. */
  public ClosedForm forward() {
    return inputs -> {
      HostTensor y = ClosedForm.zeros(out);
      enumeration.accept((o, i, w) -> y.set(o, y.get(o) + w * inputs.get(0).get(i)));
      return List.of(y);
    };
  }

  /** x = Aᵀ y. */
  public ClosedForm transposed() {
    return inputs -> {
      HostTensor x = ClosedForm.zeros(in);
      enumeration.accept((o, i, w) -> x.set(i, x.get(i) + w * inputs.get(0).get(o)));
      return List.of(x);
    };
  }
}
