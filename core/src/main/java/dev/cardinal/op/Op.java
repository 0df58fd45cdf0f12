package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * An operation: a pure function from tensors to tensors with its attributes. Records implementing it compare by attributes, so two equal
 * operations on the same inputs are the same computation.
 *
 * <p>Optional inputs stand last and are simply absent when not used (a convolution has two inputs without a bias and three with one).
 */
public sealed interface Op
    permits Activation,
        ActivationBackward,
        AdamUpdate,
        AdaptiveAvgPool,
        AdaptiveAvgPoolBackward,
        AdvanceCounter,
        AvgPool,
        AvgPoolBackward,
        BatchNormInference,
        BatchNormInferenceBackward,
        BatchNormTraining,
        BatchNormTrainingBackward,
        Binary,
        BinaryCrossEntropy,
        BinaryCrossEntropyBackward,
        BroadcastTo,
        Cast,
        ChannelShuffle,
        ClipFactor,
        Collective,
        Concat,
        Conv,
        ConvBackwardData,
        ConvBackwardWeights,
        CrossEntropy,
        CrossEntropyBackward,
        Dropout,
        EmaUpdate,
        Linear,
        Lrn,
        LrnBackward,
        MatMul,
        MaxPool,
        MaxPoolBackward,
        MaxUnpool,
        MaxUnpoolBackward,
        Pad,
        PadBackward,
        Reduce,
        Reshape,
        Resize,
        ResizeBackward,
        Scale,
        SgdUpdate,
        Slice,
        SliceBackward,
        Softmax,
        SoftmaxBackward,
        Transpose,
        Unary {

  /** The operation's name in printed graphs, profiles and errors: the record's simple name. */
  default String opName() {
    return getClass().getSimpleName();
  }

  /**
   * The shape rule: output types for the given input types.
   *
   * @throws ShapeException if the inputs do not fit, with a sentence that names the sizes and the fix
   */
  List<TensorType> infer(List<TensorType> inputs);

  /**
   * The gradient rule: one value per input, {@code null} where the input has no gradient or none is {@linkplain Gradients#wanted wanted}.
   * Called only when at least one output has a gradient.
   */
  default <V> List<V> gradient(Gradients<V> g) {
    throw new IllegalStateException(opName() + " has no gradient: it must not stand between a loss and the values to differentiate");
  }

  /** Whether {@link #gradient} is defined. */
  default boolean differentiable() {
    return true;
  }

  /** Arithmetic and traffic of one execution. By default: no multiply-adds, every input read once, every output written once. */
  default Cost cost(List<TensorType> inputs, List<TensorType> outputs) {
    return Cost.moving(inputs, outputs);
  }

  /** How the operation divides over devices, for these types. By default it does not, and runs whole on every device. */
  default SplitRule split(List<TensorType> inputs, List<TensorType> outputs) {
    return SplitRule.whole();
  }

  /**
   * The input that output {@code output} overwrites in place, or -1. Optimiser updates write the variable they read; a backend gives both the
   * same memory.
   */
  default int overwrites(int output, int inputs) {
    return -1;
  }
}
