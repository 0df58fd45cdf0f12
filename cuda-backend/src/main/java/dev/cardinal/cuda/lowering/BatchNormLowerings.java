package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormInferenceBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Map;

/** Batch normalisation, with what is fused into it, in both orders and all storage types; statistics and parameters are float32. */
final class BatchNormLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(BatchNormTraining.class, BatchNormLowerings::training),
      OpLowering.of(BatchNormInference.class, BatchNormLowerings::inference),
      OpLowering.of(BatchNormTrainingBackward.class, BatchNormLowerings::trainingBackward),
      OpLowering.of(BatchNormInferenceBackward.class, BatchNormLowerings::inferenceBackward));

  private static final String FORWARD = "batch_norm";
  private static final String BACKWARD = "batch_norm_gradient";
  private static final int MOMENTS = 3;
  private static final int SUMS = 2;
  /** Tells kernels that they are given 1 / deviation, not a variance. */
  private static final float INVERSE_GIVEN = -1;

  private BatchNormLowerings() {}

  private static Arg parameter(CudaBuild b, Value v) {
    return Arg.in(b.in(v, Order.ROWS, DType.F32));
  }

  private static Slot result(CudaBuild b, Value v) {
    return b.out(v, Order.ROWS, DType.F32);
  }

  private static void training(BatchNormTraining op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    Map<String, String> macros = CudaBuild.macros(storage);
    ChannelGrid grid = ChannelGrid.of(b, y.type().shape(), order, storage);
    Slot x = b.in(n.input(0), order, storage);
    Slot partial = b.temporary(grid.partialBytes(MOMENTS));
    b.kernel(FORWARD, grid.kernel("moments"), macros, grid.shape(), grid.arguments(Arg.in(x), Arg.out(partial)));
    Arg movingMean = parameter(b, n.input(3));
    Arg movingVariance = parameter(b, n.input(4));
    Slot newMean = result(b, n.output(1));
    Slot newVariance = result(b, n.output(2));
    Slot mean = result(b, n.output(3));
    Slot inverse = result(b, n.output(4));
    b.kernel(FORWARD, "statistics", macros, grid.finishing(), Arg.in(partial), Arg.of(grid.chunks()), Arg.of(grid.channels()), Arg.of((float) op.epsilon()), Arg.of((float) op.momentum()), movingMean,
        movingVariance, Arg.out(newMean), Arg.out(newVariance), Arg.out(mean), Arg.out(inverse));
    normalise(n, b, grid, x, Arg.in(mean), Arg.in(inverse), INVERSE_GIVEN, op.activation());
  }

  private static void inference(BatchNormInference op, Node n, CudaBuild b) {
    Value y = n.output(0);
    ChannelGrid grid = ChannelGrid.of(b, y.type().shape(), b.order(y), b.storage(y));
    Slot x = b.in(n.input(0), b.order(y), b.storage(y));
    normalise(n, b, grid, x, parameter(b, n.input(3)), parameter(b, n.input(4)), (float) op.epsilon(), op.activation());
  }

  private static void normalise(Node n, CudaBuild b, ChannelGrid grid, Slot x, Arg mean, Arg spread, float epsilon, Activation.Kind activation) {
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    Arg gamma = parameter(b, n.input(1));
    Arg beta = parameter(b, n.input(2));
    Arg residual = n.inputs().size() == 6 ? Arg.in(b.in(n.input(5), order, storage)) : Arg.none();
    Arg most = Arg.of(activation.rectifies() ? activation.most() : 0);
    b.kernel(FORWARD, grid.kernel("normalise"), CudaBuild.macros(storage), grid.shape(),
        grid.arguments(Arg.in(x), gamma, beta, mean, spread, Arg.of(epsilon), residual, Arg.out(b.out(y, order, storage)), most));
  }

  private static void trainingBackward(BatchNormTrainingBackward op, Node n, CudaBuild b) {
    backward(n, b, INVERSE_GIVEN, op.activation(), true);
  }

  private static void inferenceBackward(BatchNormInferenceBackward op, Node n, CudaBuild b) {
    backward(n, b, (float) op.epsilon(), Activation.Kind.IDENTITY, false);
  }

  /** Beta of the normalisation whose gradient this is, if what limits it came right behind it: then x says what was let pass, and y need not be read. */
  private static Value betaOf(Node n) {
    Value y = n.input(5);
    boolean known = y.isComputed() && y.node().op() instanceof BatchNormTraining && y.node().inputs().size() == 5 && y.node().input(0) == n.input(1) && y.node().input(1) == n.input(2)
        && y.node().output(3) == n.input(3) && y.node().output(4) == n.input(4);
    return known ? y.node().input(2) : null;
  }

  private static void backward(Node n, CudaBuild b, float epsilon, Activation.Kind activation, boolean batchStatistics) {
    boolean rectified = activation.rectifies();
    Arg most = Arg.of(activation.most());
    Value result = n.output(0);
    Shape shape = result.type().shape();
    Order order = b.order(result);
    DType storage = b.storage(result);
    Map<String, String> macros = CudaBuild.macros(storage);
    ChannelGrid grid = ChannelGrid.of(b, shape, order, storage);
    Slot dy = b.in(n.input(0), order, storage);
    Arg x = Arg.in(b.in(n.input(1), order, storage));
    Value known = rectified ? betaOf(n) : null;
    Arg beta = known == null ? Arg.none() : parameter(b, known);
    Arg y = rectified && known == null ? Arg.in(b.in(n.input(5), order, storage)) : Arg.none();
    Arg gamma = parameter(b, n.input(2));
    Arg mean = parameter(b, n.input(3));
    Arg spread = parameter(b, n.input(4));
    Slot partial = b.temporary(grid.partialBytes(SUMS));
    // Where dz is wanted it is written on the way, and read afterwards.
    Slot masked = rectified && !b.uses().isUnused(n.output(3)) ? b.out(n.output(3), order, storage) : null;
    b.kernel(BACKWARD, grid.kernel("sums"), macros, grid.shape(),
        grid.arguments(Arg.in(dy), x, y, mean, gamma, spread, Arg.of(epsilon), beta, most, masked == null ? Arg.none() : Arg.out(masked), Arg.out(partial)));
    Slot dgamma = result(b, n.output(1));
    Slot dbeta = result(b, n.output(2));
    b.kernel(BACKWARD, "parameters", macros, grid.finishing(), Arg.in(partial), Arg.of(grid.chunks()), Arg.of(grid.channels()), spread, Arg.of(epsilon), Arg.out(dgamma), Arg.out(dbeta));
    Arg inverseCount = Arg.of((float) ((double) shape.dim(1) / shape.size()));
    b.kernel(BACKWARD, grid.kernel("gradient"), macros, grid.shape(),
        grid.arguments(Arg.in(masked == null ? dy : masked), x, masked == null ? y : Arg.none(), mean, gamma, spread, Arg.of(epsilon), masked == null ? beta : Arg.none(), most,
            batchStatistics ? Arg.in(dgamma) : Arg.none(), batchStatistics ? Arg.in(dbeta) : Arg.none(), inverseCount, Arg.out(b.out(result, order, storage))));
  }
}
