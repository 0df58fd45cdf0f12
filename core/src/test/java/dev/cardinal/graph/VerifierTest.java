package dev.cardinal.graph;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.lang.reflect.Field;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Faults that the public methods do not allow are planted with the package's own. */
class VerifierTest {
  private final Graph g = new Graph();
  private final Value x = g.input("x", TensorType.f32(2));
  private final Value y = g.add(new Activation(Activation.Kind.RELU), x);
  private final Value z = g.add(new Activation(Activation.Kind.TANH), y);

  private void broken(String... words) {
    String message = assertThrows(IllegalStateException.class, () -> Verifier.verify(g, "pass test")).getMessage();
    assertTrue(message.startsWith("the graph is broken after pass test: "), message);
    for (String w : words) {
      assertTrue(message.contains(w), message);
    }
  }

  @SuppressWarnings("unchecked")
  private <T> T inside(String field) {
    try {
      Field f = Graph.class.getDeclaredField(field);
      f.setAccessible(true);
      return (T) f.get(g);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSoundGraphPasses() {
    g.output("z", z);
    assertSame(g, Verifier.verify(g, "construction"));
  }

  @Test
  void nodesOutOfOrder() {
    Collections.swap(this.<List<Node>>inside("nodes"), 0, 1);
    broken("before it is computed", "TANH");
  }

  @Test
  void aMissingNode() {
    this.<List<Node>>inside("nodes").remove(0);
    broken("before it is computed");
  }

  @Test
  void aTypeThatTheRuleDoesNotGive() {
    Node n = y.node();
    n.outputs(List.of(new Value(y.id(), "y", TensorType.f32(3), Value.Source.NODE, n, 0)));
    broken("its shape rule says", "f32[3]", "f32[2]");
  }

  @Test
  void anOutputOfNoNode() {
    Value stray = new Value(99, "stray", TensorType.f32(2), Value.Source.NODE, y.node(), 1);
    this.<Map<String, Value>>inside("outputs").put("o", stray);
    broken("output o", "not in the graph");
  }

  @Test
  void anAssignmentOfAnotherType() {
    Value v = g.variable("v", TensorType.f32(3));
    this.<Map<Value, Value>>inside("assignments").put(v, z);
    broken("variable v", "f32[2]");
  }

  @Test
  void aReaderAfterTheUpdateInPlace() {
    Value p = g.variable("p", TensorType.f32(2));
    Value velocity = g.variable("velocity", TensorType.f32(2));
    Value one = g.constant("one", HostTensor.scalar(1));
    Value before = g.add(new Binary(Binary.Kind.ADD), p, z);
    List<Value> out = g.addAll(new SgdUpdate(0.9, 0, false), List.of(one, one, p, before, velocity));
    g.assign(p, out.get(0));
    g.assign(velocity, out.get(1));
    g.output("sum", before);
    assertSame(g, Verifier.verify(g, "construction"));
    g.output("after", g.add(new Binary(Binary.Kind.ADD), p, z));
    broken("after it was overwritten", "p f32[2]");
  }
}
