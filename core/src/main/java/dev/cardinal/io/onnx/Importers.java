package dev.cardinal.io.onnx;

import dev.cardinal.tensor.HostTensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

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
  private static final Map<String, Importer> IMPORTERS = new HashMap<>();
  private static final Map<String, Fold> FOLDS = new HashMap<>();

  static {
    ConvImport.register(IMPORTERS);
    PoolImport.register(IMPORTERS);
    NormImport.register(IMPORTERS);
    MatrixImport.register(IMPORTERS);
    PointwiseImport.register(IMPORTERS);
    ArithmeticImport.register(IMPORTERS);
    MoveImport.register(IMPORTERS);
    CutImport.register(IMPORTERS);
    ResizeImport.register(IMPORTERS);
    ReduceImport.register(IMPORTERS);
    HostArithmetic.register(FOLDS);
    HostMoves.register(FOLDS);
  }

  private Importers() {}

  static boolean has(String type) {
    return IMPORTERS.containsKey(type) || FOLDS.containsKey(type);
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
