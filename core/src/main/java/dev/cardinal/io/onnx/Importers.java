package dev.cardinal.io.onnx;

import dev.cardinal.tensor.HostTensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The importers by operation. One that may also be computed on the host has a fold besides. */
final class Importers {
  /** Turns a node into operations of the graph. */
  interface Importer {
    void run(NodeImport n);
  }

  /** Computes a node on the host. */
  interface Fold {
    HostTensor[] run(NodeImport n);
  }

  private static final Set<String> ON_SHAPES = Set.of("Shape", "Size");
  private static final Set<String> SINCE_1 = Set.of("GlobalAveragePool", "GlobalMaxPool", "Softsign", "Softplus", "Transpose", "Softmax", "LogSoftmax", "SpaceToDepth", "DepthToSpace", "Identity",
      "Flatten", "LRN", "Conv", "ConvTranspose", "MaxPool", "AveragePool", "Squeeze", "Unsqueeze", "Slice", "Shape", "Size", "Gather", "Constant", "Not", "ArgMax", "ArgMin", "MatMul", "LpNormalization", "ReduceMean", "ReduceSum",
      "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceProd", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp");
  private static final Set<String> SINCE_6 = Set.of("InstanceNormalization", "Elu", "Selu", "HardSigmoid", "LeakyRelu", "Relu", "Sigmoid", "Tanh", "Abs", "Neg", "Exp", "Log", "Sqrt", "Reciprocal",
      "Floor", "Ceil", "Clip", "Concat", "Split", "Pad", "Reshape", "Cast", "Tile", "Max", "Min", "Sum", "Mean", "Add", "Sub", "Mul", "Div", "Pow", "Gemm", "PRelu",
      "BatchNormalization", "Dropout");
  private static final Map<String, Importer> IMPORTERS = new HashMap<>();
  private static final Map<String, Fold> FOLDS = new HashMap<>();

  static {
    ConvImport.register(IMPORTERS);
    PoolImport.register(IMPORTERS);
    NormImport.register(IMPORTERS);
    MatrixImport.register(IMPORTERS);
    PointwiseImport.register(IMPORTERS);
    ArithmeticImport.register(IMPORTERS);
    LogicImport.register(IMPORTERS);
    MoveImport.register(IMPORTERS);
    CutImport.register(IMPORTERS);
    ResizeImport.register(IMPORTERS);
    ReduceImport.register(IMPORTERS);
    BranchImport.register(IMPORTERS);
    HostArithmetic.register(FOLDS);
    HostMoves.register(FOLDS);
  }

  private Importers() {}

  /** All operations that are imported, by name. */
  static SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>(IMPORTERS.keySet());
    names.addAll(FOLDS.keySet());
    return names;
  }

  static boolean has(String type) {
    return IMPORTERS.containsKey(type) || FOLDS.containsKey(type);
  }

  /** The opset since which an operation is what it is in opset 7, or what {@link OldBroadcast} makes of it, as far as its attributes go. */
  static int unchangedSince(String type) {
    return SINCE_1.contains(type) ? 1 : SINCE_6.contains(type) ? 6 : OnnxModel.MIN_OPSET;
  }

  static boolean hasGraphForm(String type) {
    return IMPORTERS.containsKey(type);
  }

  static boolean folds(String type) {
    return FOLDS.containsKey(type);
  }

  /** Whether an operation needs its input's shape only. */
  static boolean foldsShapes(String type) {
    return ON_SHAPES.contains(type);
  }

  static Fold fold(String type) {
    return FOLDS.get(type);
  }

  static Importer importer(String type) {
    Importer i = IMPORTERS.get(type);
    if (i == null) {
      throw new UnsupportedOnnxException("op " + type, "it is supported only where its inputs are known before a run");
    }
    return i;
  }
}
