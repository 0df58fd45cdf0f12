package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.backend.LoweringRegistry;
import dev.cardinal.op.*;
import dev.cardinal.cpu.onednn.plan.Order;

/** Which lowering runs which operation. */
public final class Lowerings {
  private static final LoweringRegistry<Lowering> REGISTRY = registry();

  private Lowerings() {}

  /**
   * The lowering of an operation.
   *
   * @throws dev.cardinal.backend.DeviceException if there is none
   */
  public static Lowering of(Op op) {
    return REGISTRY.get(op);
  }

  /** Operations without a lowering, by name. */
  static java.util.List<String> missing() {
    return REGISTRY.missing();
  }

  private static LoweringRegistry<Lowering> registry() {
    return new LoweringRegistry<Lowering>("cpu")
        .register(Conv.class, Convolutions::forward)
        .register(ConvBackwardData.class, Convolutions::backwardData)
        .register(ConvBackwardWeights.class, Convolutions::backwardWeights)
        .register(BatchNormTraining.class, Normalisations::training)
        .register(BatchNormTrainingBackward.class, Normalisations::trainingBackward)
        .register(BatchNormInference.class, Normalisations::inference)
        .register(BatchNormInferenceBackward.class, Normalisations::inferenceBackward)
        .register(Linear.class, Products::linear)
        .register(MatMul.class, Products::matmul)
        .register(MaxPool.class, Poolings::max)
        .register(MaxPoolBackward.class, Poolings::maxBackward)
        .register(MaxUnpool.class, Poolings::unpool)
        .register(MaxUnpoolBackward.class, Poolings::unpoolBackward)
        .register(AvgPool.class, Poolings::average)
        .register(AvgPoolBackward.class, Poolings::averageBackward)
        .register(AdaptiveAvgPool.class, Poolings::adaptive)
        .register(AdaptiveAvgPoolBackward.class, Poolings::adaptiveBackward)
        .register(Activation.class, Pointwise::activation)
        .register(ActivationBackward.class, Pointwise::activationBackward)
        .register(Unary.class, Pointwise::unary)
        .register(Scale.class, Pointwise::scale)
        .register(Binary.class, Pointwise::binary)
        .register(CrossEntropy.class, Losses::crossEntropy)
        .register(CrossEntropyBackward.class, Losses::crossEntropyBackward)
        .register(BinaryCrossEntropy.class, Losses::binaryCrossEntropy)
        .register(BinaryCrossEntropyBackward.class, Losses::binaryCrossEntropyBackward)
        .register(SgdUpdate.class, Updates::sgd)
        .register(AdamUpdate.class, Updates::adam)
        .register(EmaUpdate.class, Updates::ema)
        .register(ClipFactor.class, Updates::clip)
        .register(Reduce.class, Reductions::reduce)
        .register(BroadcastTo.class, Moves::broadcast)
        .register(Pad.class, Moves::pad)
        .register(PadBackward.class, Moves::padBackward)
        .register(Slice.class, Moves::slice)
        .register(SliceBackward.class, Moves::sliceBackward)
        .register(Collective.class, Exchanges::collective)
        .register(Concat.class, Moves::concat)
        .register(Transpose.class, Moves::transpose)
        .register(ChannelShuffle.class, Moves::shuffle)
        .register(Lrn.class, Responses::lrn)
        .register(LrnBackward.class, Responses::lrnBackward)
        .register(Softmax.class, Responses::softmax)
        .register(SoftmaxBackward.class, Responses::softmaxBackward)
        .register(Dropout.class, Sampling::dropout)
        .register(AdvanceCounter.class, Sampling::advance)
        .register(Resize.class, Sampling::resize)
        .register(ResizeBackward.class, Sampling::resizeBackward)
        .register(Cast.class, Casts::cast)
        .register(Reshape.class, (n, b) -> b.alias(n.output(0), b.in(n.input(0), Order.PLAIN)));
  }
}
