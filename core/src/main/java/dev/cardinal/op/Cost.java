package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * What one execution of an operation takes.
 *
 * @param macs multiply-add pairs of the convolution and matrix operations, as the papers count them (a bias is not counted)
 * @param bytesRead bytes of all inputs, each read once
 * @param bytesWritten bytes of all outputs, each written once
 * @param parameters number of weights and biases among the inputs
 */
public record Cost(long macs, long bytesRead, long bytesWritten, long parameters) {
  static Cost moving(List<TensorType> in, List<TensorType> out) {
    return compute(0, 0, in, out);
  }

  static Cost compute(long macs, long parameters, List<TensorType> in, List<TensorType> out) {
    return new Cost(macs, in.stream().mapToLong(TensorType::bytes).sum(), out.stream().mapToLong(TensorType::bytes).sum(), parameters);
  }

  /** Field-wise sum. */
  public Cost plus(Cost o) {
    return new Cost(macs + o.macs, bytesRead + o.bytesRead, bytesWritten + o.bytesWritten, parameters + o.parameters);
  }
}
