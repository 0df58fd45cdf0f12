package dev.cardinal.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.graph.Verifier;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Reduce;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The structure of what differentiation appends; the conformance suite checks the numbers. */
class DifferentiationTest {
  private final Graph g = new Graph();

  private Value sum(Value v) {
    return g.add(Reduce.toScalar(Reduce.Kind.SUM, v.type().shape().rank()), v);
  }

  private long count(Class<?> op) {
    return g.nodes().stream().filter(n -> op.isInstance(n.op())).count();
  }

  @Test
  void theFamilyDifferentiatesIntoItself() {
    Value x = g.input("x", TensorType.f32(2, 4, 8, 8));
    Value w = g.variable("w", TensorType.f32(6, 2, 3, 3));
    Value b = g.variable("b", TensorType.f32(6));
    Value y = g.add(new Conv(ConvGeometry.of(2, 2, 1, 1, 2)), x, w, b);
    List<Value> d = Differentiation.gradients(g, sum(y), List.of(x, w, b));
    assertEquals(List.of(x.type(), w.type(), b.type()), d.stream().map(Value::type).toList());
    assertTrue(d.get(0).node().op() instanceof ConvBackwardData);
    assertTrue(d.get(1).node().op() instanceof ConvBackwardWeights);
    Verifier.verify(g, "differentiation");
  }

  @Test
  void whatIsFrozenCostsNothing() {
    Value x = g.input("x", TensorType.f32(1, 2, 5));
    Value frozen = g.variable("frozen", TensorType.f32(2, 2, 3));
    Value w = g.variable("w", TensorType.f32(2, 2, 3));
    Conv conv = new Conv(ConvGeometry.of(1));
    Value y = g.add(conv, g.add(conv, x, frozen), w);
    Differentiation.gradients(g, sum(y), List.of(w));
    assertEquals(1, count(ConvBackwardWeights.class), "only the weights that learn");
    assertEquals(0, count(ConvBackwardData.class), "nothing before the last layer that learns");
  }

  @Test
  void aSharedValueCollectsTheSum() {
    Value w = g.variable("w", TensorType.f32(3));
    Value square = g.add(new Binary(Binary.Kind.MULTIPLY), w, w);
    int before = g.nodes().size();
    Value d = Differentiation.gradients(g, sum(g.add(new Binary(Binary.Kind.ADD), square, w)), List.of(w)).get(0);
    assertTrue(d.node().op() instanceof Binary a && a.kind() == Binary.Kind.ADD, "the last addition joins the paths");
    assertEquals(2, g.nodes().subList(before, g.nodes().size()).stream().filter(n -> n.op().equals(new Binary(Binary.Kind.ADD))).count() - 1,
        "two additions join three paths (the other is the forward one)");
  }

  @Test
  void theGradientOfTheLossItselfIsOne() {
    Value loss = sum(g.input("x", TensorType.f32(3)));
    Value d = Differentiation.gradients(g, loss, List.of(loss)).get(0);
    assertEquals(1, g.constants().get(d).item());
  }

  @Test
  void aSeedMakesAVectorJacobianProduct() {
    Value x = g.input("x", TensorType.f32(3, 2));
    Value y = g.add(new Activation(Activation.Kind.TANH), x);
    Value seed = g.input("seed", y.type());
    Value d = Differentiation.gradients(g, y, seed, List.of(x)).get(0);
    assertSame(seed, d.node().input(0));
  }

  @Test
  void gradientsCarryTheirLayersPath() {
    Value x = g.input("x", TensorType.f32(3));
    Value y;
    try (Graph.Scope s = g.scope("layer1.act")) {
      y = g.add(new Activation(Activation.Kind.TANH), x);
    }
    Node n = Differentiation.gradients(g, sum(y), List.of(x)).get(0).node();
    assertEquals("~layer1.act", n.name());
    assertEquals("", g.path(), "no scope stays open");
  }

  @Test
  void integerOutputsTakeNoGradient() {
    Value x = g.input("x", TensorType.f32(1, 1, 4));
    List<Value> pool = g.addAll(new MaxPool(PoolGeometry.of(1, 2, 2, 0)), List.of(x));
    Differentiation.gradients(g, sum(pool.get(0)), List.of(x));
    Verifier.verify(g, "differentiation");
  }

  @Test
  void errorsSayWhatToDo() {
    Value x = g.input("x", TensorType.f32(2, 4, 3));
    Value other = g.variable("other", TensorType.f32(2));
    Value y = g.add(new Lrn(3, 1, 0.75, 1, 1), x);
    String notScalar = assertThrows(IllegalArgumentException.class, () -> Differentiation.gradients(g, y, List.of(x))).getMessage();
    assertTrue(notScalar.contains("f32[2, 4, 3]") && notScalar.contains("reduce it to a scalar"), notScalar);
    Value loss = sum(y);
    String apart = assertThrows(IllegalArgumentException.class, () -> Differentiation.gradients(g, loss, List.of(x, other))).getMessage();
    assertEquals("the loss does not depend on other (f32[2]); leave it out, or freeze it", apart);
    Value first = Differentiation.gradients(g, loss, List.of(x)).get(0);
    assertTrue(first.node().op() instanceof LrnBackward);
    String second = assertThrows(IllegalStateException.class, () -> Differentiation.gradients(g, sum(first), List.of(x))).getMessage();
    assertTrue(second.contains("LrnBackward has no gradient"), second);
  }
}
