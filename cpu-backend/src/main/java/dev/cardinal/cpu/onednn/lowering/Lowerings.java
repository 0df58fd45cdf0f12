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
        .register(Reshape.class, (n, b) -> b.alias(n.output(0), b.in(n.input(0), Order.PLAIN)));
  }
}
