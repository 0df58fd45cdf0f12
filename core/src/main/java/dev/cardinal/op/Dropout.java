package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Dropout (Srivastava et al. 2014), scaled when training: y = x / (1 - rate) where kept, else 0.
 *
 * <p>Inputs: x, and the random state, int64 {@code [2]}: key and step. Output: y. The element with linear index i in the undivided tensor is kept when
 * {@code uniform(word i of the Philox stream (stream << 32 | step mod 2^32) under the key) >= rate}: so every backend, layout and split draws the same numbers, no mask is
 * stored, and the gradient is the same operation on dy.
 *
 * @param rate probability of zeroing, in [0, 1)
 * @param stream tells apart the dropout layers of one network
 * @param channels channels of the undivided tensor, or 0 if this tensor is undivided
 * @param firstChannel the undivided tensor's channel that is channel 0 here
 * @param firstSample the undivided batch's sample that is sample 0 here
 */
public record Dropout(double rate, int stream, int channels, int firstChannel, int firstSample) implements Op {
  public Dropout {
    Expect.that(rate >= 0 && rate < 1, "dropout rate must be at least 0 and below 1, got %s", rate);
  }

  /** On an undivided tensor. */
  public Dropout(double rate, int stream) {
    this(rate, stream, 0, 0, 0);
  }

  /** The Philox stream for a step. */
  public long philoxStream(long step) {
    return (long) stream << 32 | step & 0xffffffffL;
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "x, random state");
    Expect.floating(in.subList(0, 1));
    Expect.dtype(in.get(1), DType.I64, "the random state");
    Expect.shape(in.get(1), Shape.of(2), "the random state");
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(this, g.outputGradient(0), g.input(1)), null);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    List<Way> ways = new ArrayList<>();
    for (Way w : SplitRule.elementwise(this, in, out).ways()) {
      int axis = w.outputs().get(0).axis();
      Shape x = in.get(0).shape();
      if (axis < 2 && x.rank() > 1) {
        int all = channels == 0 ? x.dim(1) : channels;
        ways.add(w.inPieces().locally(axis == 1 ? s -> new Dropout(rate, stream, all, firstChannel + s.first(x.dim(1)), firstSample)
            : s -> new Dropout(rate, stream, channels, firstChannel, firstSample + s.first(x.dim(0)))));
      }
    }
    return SplitRule.of(ways);
  }
}
