package dev.cardinal.cpu.reference;

import dev.cardinal.backend.LoweringRegistry;
import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AdaptiveAvgPoolBackward;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormInferenceBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.BinaryCrossEntropyBackward;
import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.Cast;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.op.Dropout;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.Linear;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.MaxUnpoolBackward;
import dev.cardinal.op.Op;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PadBackward;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Resize;
import dev.cardinal.op.ResizeBackward;
import dev.cardinal.op.Scale;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import dev.cardinal.op.Transpose;
import dev.cardinal.op.Unary;

/** Which kernel runs which operation. */
final class Kernels {
  static final LoweringRegistry<Kernel<Op>> ALL = new LoweringRegistry<>("cpu:reference");

  static {
    add(Conv.class, new ConvKernel());
    add(ConvBackwardData.class, new ConvBackwardDataKernel());
    add(ConvBackwardWeights.class, new ConvBackwardWeightsKernel());
    add(Linear.class, MatMuls::linear);
    add(MatMul.class, MatMuls::matMul);
    add(Activation.class, Activations::forward);
    add(ActivationBackward.class, Activations::backward);
    add(BatchNormTraining.class, BatchNorms::training);
    add(BatchNormTrainingBackward.class, BatchNorms::trainingBackward);
    add(BatchNormInference.class, BatchNorms::inference);
    add(BatchNormInferenceBackward.class, BatchNorms::inferenceBackward);
    add(Lrn.class, Lrns::forward);
    add(LrnBackward.class, Lrns::backward);
    add(MaxPool.class, MaxPools::pool);
    add(MaxPoolBackward.class, MaxPools::poolBackward);
    add(MaxUnpool.class, MaxPools::unpool);
    add(MaxUnpoolBackward.class, MaxPools::unpoolBackward);
    add(AvgPool.class, AvgPools::pool);
    add(AvgPoolBackward.class, AvgPools::poolBackward);
    add(AdaptiveAvgPool.class, AvgPools::adaptive);
    add(AdaptiveAvgPoolBackward.class, AvgPools::adaptiveBackward);
    add(Resize.class, Resizes::forward);
    add(ResizeBackward.class, Resizes::backward);
    add(Dropout.class, Dropouts::dropout);
    add(Softmax.class, Softmaxes::forward);
    add(SoftmaxBackward.class, Softmaxes::backward);
    add(CrossEntropy.class, CrossEntropies::forward);
    add(CrossEntropyBackward.class, CrossEntropies::backward);
    add(BinaryCrossEntropy.class, CrossEntropies::binary);
    add(BinaryCrossEntropyBackward.class, CrossEntropies::binaryBackward);
    add(Unary.class, Elementwise::unary);
    add(Binary.class, Elementwise::binary);
    add(Scale.class, Elementwise::scale);
    add(Cast.class, Elementwise::cast);
    add(Reduce.class, Reductions::reduce);
    add(BroadcastTo.class, Moves::broadcast);
    add(Reshape.class, Moves::reshape);
    add(Transpose.class, Moves::transpose);
    add(Slice.class, Moves::slice);
    add(SliceBackward.class, Moves::sliceBackward);
    add(Collective.class, Exchange::alone);
    add(Concat.class, Moves::concat);
    add(ChannelShuffle.class, Moves::shuffle);
    add(Pad.class, Pads::pad);
    add(PadBackward.class, Pads::backward);
    add(SgdUpdate.class, Updates::sgd);
    add(AdamUpdate.class, Updates::adam);
    add(EmaUpdate.class, Updates::ema);
    add(ClipFactor.class, Updates::clip);
    add(AdvanceCounter.class, Updates::advance);
  }

  private Kernels() {}

  private static <O extends Op> void add(Class<O> type, Kernel<O> kernel) {
    ALL.register(type, (op, in, out, parallel) -> kernel.run(type.cast(op), in, out, parallel));
  }
}
