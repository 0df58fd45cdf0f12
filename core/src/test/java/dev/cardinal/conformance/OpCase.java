package dev.cardinal.conformance;

import dev.cardinal.op.Op;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One operation on given inputs, and what it must give.
 *
 * @param op the operation
 * @param inputs floating-point ones as float64; a test converts them to the type it tests
 * @param reduction number of terms that the longest sum adds up, for the tolerance
 * @param form the closed form
 * @param numeric whether the closed form differentiates numerically, and so is itself exact to about eight digits only
 * @param wrt inputs to differentiate with respect to; none if the operation or this case has no gradient
 * @param outputs outputs to compare and to differentiate: {@code outputs[0]} alone is differentiated
 */
public record OpCase(Op op, List<HostTensor> inputs, long reduction, ClosedForm form, boolean numeric, List<Integer> wrt, List<Integer> outputs) {
  /** A case of an operation with one output, differentiable in its first input. */
  public static OpCase of(Op op, ClosedForm form, HostTensor... inputs) {
    return new OpCase(op, Arrays.asList(inputs), 1, form, false, op.differentiable() ? List.of(0) : List.of(), List.of(0));
  }

  /** With the length of its longest sum. */
  public OpCase reducing(long length) {
    return new OpCase(op, inputs, length, form, numeric, wrt, outputs);
  }

  /** With a closed form that differentiates numerically. */
  public OpCase numerically() {
    return new OpCase(op, inputs, reduction, form, true, wrt, outputs);
  }

  /** Differentiable in these inputs. */
  public OpCase wrt(Integer... indices) {
    return new OpCase(op, inputs, reduction, form, numeric, List.of(indices), outputs);
  }

  /** Not differentiated: a gradient is not defined at these inputs, or not for this kind. */
  public OpCase withoutGradient() {
    return wrt(new Integer[0]);
  }

  /** With the outputs to compare. */
  public OpCase outputs(Integer... indices) {
    return new OpCase(op, inputs, reduction, form, numeric, wrt, List.of(indices));
  }

  /** The inputs with floating-point ones in another type. */
  public HostTensor[] inputsAs(DType dtype) {
    return inputs.stream().map(t -> t.dtype().isFloating() ? t.to(dtype) : t).toArray(HostTensor[]::new);
  }

  /** What the closed form gives for inputs already rounded to a type. */
  public List<HostTensor> expected(HostTensor[] rounded) {
    List<HostTensor> wide = new ArrayList<>();
    for (HostTensor t : rounded) {
      wide.add(t.dtype().isFloating() ? t.to(DType.F64) : t);
    }
    return form.apply(wide);
  }

  @Override
  public String toString() {
    return op + " on " + inputs.stream().map(HostTensor::type).toList();
  }
}
