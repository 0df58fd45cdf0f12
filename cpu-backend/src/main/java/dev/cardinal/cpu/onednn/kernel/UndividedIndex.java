package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.op.Dropout;
import dev.cardinal.tensor.Shape;

/**
 * Where the elements of a row-major tensor are in the undivided one, which random words are counted by. Of that the tensor may be some samples, or some channels of each.
 *
 * @param sample elements of a sample
 * @param undivided elements of an undivided sample
 * @param first where the first element is
 */
public record UndividedIndex(long sample, long undivided, long first) {
  /** Of what an operation drops from. */
  public static UndividedIndex of(Dropout op, Shape shape) {
    int own = shape.rank() < 2 ? 1 : shape.dim(1);
    long plane = shape.spatialSize();
    long undivided = (op.channels() == 0 ? own : op.channels()) * plane;
    return new UndividedIndex(own * plane, undivided, op.firstSample() * undivided + op.firstChannel() * plane);
  }

  /** Where an element is. */
  public long of(long element) {
    return element / sample * undivided + element % sample + first;
  }

  /** How many elements from this on follow each other in the undivided tensor too, if the tensor has as many. */
  public long run(long element) {
    return sample == undivided ? Long.MAX_VALUE : sample - element % sample;
  }
}
