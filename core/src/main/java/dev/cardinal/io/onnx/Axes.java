package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Slice;
import dev.cardinal.op.Transpose;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Compositions on axes that several importers share. */
final class Axes {
  private static final int MAX_PIECES = 1024;

  private Axes() {}

  static Value reshape(NodeImport n, Value x, int... dims) {
    Shape s = Shape.of(dims);
    return x.type().shape().equals(s) ? x : n.emit(new Reshape(s), x);
  }

  static Value transpose(NodeImport n, Value x, int... permutation) {
    boolean identity = IntStream.range(0, permutation.length).allMatch(i -> permutation[i] == i);
    return identity ? x : n.emit(new Transpose(Arrays.stream(permutation).boxed().toList()), x);
  }

  static Value slice(NodeImport n, Value x, int axis, int begin, int end) {
    return n.emit(Slice.along(x.type().shape(), axis, begin, end), x);
  }

  /** The given indices of an axis, in order: slices of what runs together, joined. */
  static Value gather(NodeImport n, Value x, int axis, int[] indices) {
    List<Value> pieces = new ArrayList<>();
    for (int i = 0; i < indices.length; ) {
      int end = i + 1;
      while (end < indices.length && indices[end] == indices[end - 1] + 1) {
        end++;
      }
      pieces.add(slice(n, x, axis, indices[i], indices[i] + end - i));
      if (pieces.size() > MAX_PIECES) {
        throw n.unsupported("picks more than " + MAX_PIECES + " separate places of an axis");
      }
      i = end;
    }
    if (pieces.isEmpty()) {
      return slice(n, x, axis, 0, 0);
    }
    return pieces.size() == 1 ? pieces.get(0) : n.emit(new Concat(axis), pieces.toArray(Value[]::new));
  }

  /** The permutation that moves the given axes behind the others; the order within both is kept. */
  static int[] last(int rank, List<Integer> axes) {
    return IntStream.concat(IntStream.range(0, rank).filter(i -> !axes.contains(i)), axes.stream().mapToInt(i -> i)).toArray();
  }

  static int[] inverse(int[] permutation) {
    int[] p = new int[permutation.length];
    for (int i = 0; i < p.length; i++) {
      p[permutation[i]] = i;
    }
    return p;
  }

  static int size(int[] dims, int from, int to) {
    long p = 1;
    for (int i = from; i < to; i++) {
      p = Math.multiplyExact(p, dims[i]);
    }
    return Math.toIntExact(p);
  }
}
