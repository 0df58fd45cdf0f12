package dev.cardinal.cuda.plan;

import dev.cardinal.backend.Precision;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.Op;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import java.util.HashMap;
import java.util.Map;

/**
 * The form that each value of a program should have. All feature maps of a program have one form, so that nothing is converted between its layers: channels last in the precision's storage type where
 * products go to the tensor cores, rows of float32 where they do not. Vectors, matrices, weights, their gradients and optimiser state are rows of their own type always: sums and updates stay float32.
 */
final class Forms {
  private static final int MAP_RANK = 3;
  private final Map<Value, Form> preferred = new HashMap<>();
  private final Form map;

  Forms(Graph graph, Precision precision) {
    map = new Form(precision == Precision.FLOAT32 ? Order.ROWS : Order.CHANNELS_LAST, storage(precision));
    graph.nodes().forEach(n -> n.outputs().forEach(v -> preferred.put(v, isMap(n, v) ? map : Form.rows(v.type().dtype()))));
  }

  /** The form of feature maps. */
  Form maps() {
    return map;
  }

  /** In what type feature maps are kept. */
  static DType storage(Precision precision) {
    return switch (precision) {
      case FLOAT32, TF32 -> DType.F32;
      case BFLOAT16 -> DType.BF16;
      case FLOAT16 -> DType.F16;
    };
  }

  private boolean isMap(Node n, Value v) {
    int index = v.index();
    if (v.type().dtype() != DType.F32 || v.type().shape().rank() < MAP_RANK || n.op() instanceof ConvBackwardWeights || n.op().overwrites(index, n.inputs().size()) >= 0) {
      return false;
    }
    // What is computed element by element from weights alone, as in clipping their gradients, is no map.
    return !elementwise(n.op()) || n.inputs().stream().anyMatch(i -> i.source() == Value.Source.INPUT || i.isComputed() && preferred.get(i).order() == Order.CHANNELS_LAST);
  }

  private static boolean elementwise(Op op) {
    return op instanceof Activation || op instanceof ActivationBackward || op instanceof Binary || op instanceof Cast || op instanceof Scale || op instanceof Unary;
  }

  /** The form that a value should have. */
  Form of(Value v) {
    return preferred.getOrDefault(v, Form.rows(v.type().dtype()));
  }
}
