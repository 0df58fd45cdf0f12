package dev.cardinal.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.ShapeException;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static final Binary ADD = new Binary(Binary.Kind.ADD);
  private final Graph g = new Graph();

  @Test
  void errorsBeginWithThePathOfTheLayer() {
    Value x = g.input("x", TensorType.f32(1, 96, 8, 8));
    Value w = g.variable("conv3.weight", TensorType.f32(8, 64, 3, 3));
    try (Graph.Scope block = g.scope("layer1"); Graph.Scope conv = g.scope("conv3")) {
      ShapeException e = assertThrows(ShapeException.class, () -> g.add(new Conv(ConvGeometry.of(2).withGroups(2)), x, w));
      assertEquals("layer1.conv3: expected 48 input channels per group (96 / groups 2), got weights [8, 64, 3, 3] with 64; set inChannels = 96 or groups = a divisor of 96",
          e.getMessage());
    }
    assertEquals(0, g.nodes().size(), "a refused node leaves nothing behind");
    assertEquals(2, g.values().size());
  }

  @Test
  void scopesNest() {
    try (Graph.Scope a = g.scope("a")) {
      assertEquals("a", g.path());
      try (Graph.Scope b = g.scope("b"); Graph.Scope none = g.scope("")) {
        assertEquals("a.b", g.path());
      }
      try (Graph.Scope z = g.absoluteScope("z")) {
        assertEquals("z", g.path());
      }
      assertEquals("a", g.path());
    }
    assertEquals("", g.path());
    Graph.Scope outer = g.scope("outer");
    Graph.Scope inner = g.scope("inner");
    assertThrows(IllegalStateException.class, outer::close);
    inner.close();
    outer.close();
  }

  @Test
  void namesAreUniqueAndVariablesShared() {
    Value v = g.variable("v", TensorType.f32(2));
    assertSame(v, g.variable("v", TensorType.f32(2)));
    assertTrue(assertThrows(ShapeException.class, () -> g.variable("v", TensorType.f32(3))).getMessage().contains("give it another name"));
    assertThrows(IllegalArgumentException.class, () -> g.input("v", TensorType.f32(2)));
    g.output("y", v);
    assertThrows(IllegalArgumentException.class, () -> g.output("y", v));
  }

  @Test
  void assignmentsFit() {
    Value v = g.variable("v", TensorType.f32(2));
    Value x = g.input("x", TensorType.f32(2));
    assertThrows(IllegalArgumentException.class, () -> g.assign(x, v));
    assertThrows(ShapeException.class, () -> g.assign(v, g.constant("c", HostTensor.scalar(1))));
    g.assign(v, x);
    assertTrue(assertThrows(IllegalStateException.class, () -> g.assign(v, x)).getMessage().contains("assigned twice"));
  }

  @Test
  void valuesBelongToTheirGraph() {
    Value foreign = new Graph().input("x", TensorType.f32(2));
    Value mine = g.input("y", TensorType.f32(2));
    assertThrows(IllegalArgumentException.class, () -> g.add(ADD, mine, foreign));
    assertThrows(IllegalArgumentException.class, () -> g.output("o", foreign));
  }

  @Test
  void textShowsEverything() {
    Value x = g.input("x", TensorType.f32(2));
    Value v = g.variable("v", TensorType.f32(2));
    Value c = g.constant("c", HostTensor.scalar(1));
    Value y;
    try (Graph.Scope s = g.scope("sum")) {
      y = g.add(ADD, g.add(ADD, x, v), c);
    }
    g.output("result", y);
    g.assign(v, y);
    assertEquals("""
        input    x f32[2]
        variable v f32[2]
        constant c f32[]
        %3 f32[2] = Binary[kind=ADD](x, v)  # sum
        %4 f32[2] = Binary[kind=ADD](%3, c)  # sum
        output   result = %4
        assign   v = %4
        """, g.toString());
  }

  @Test
  void dotIsWellFormed() {
    Value x = g.input("x", TensorType.f32(2));
    Value y;
    try (Graph.Scope s = g.scope("a \"quoted\" \\ name")) {
      y = g.add(new Activation(Activation.Kind.RELU), g.add(ADD, x, x));
    }
    g.output("y", y);
    String dot = DotPrinter.print(g);
    assertTrue(dot.startsWith("digraph ") && dot.stripTrailing().endsWith("}"), dot);
    assertTrue(dot.contains("n0 -> n1"), "the edge between the nodes: " + dot);
    assertTrue(dot.contains("v0 -> n0"), "the edge from the input: " + dot);
    assertTrue(dot.contains("a \\\"quoted\\\" \\\\ name"), "quotes and backslashes are escaped: " + dot);
    assertEquals(dot.chars().filter(ch -> ch == '{').count(), dot.chars().filter(ch -> ch == '}').count());
  }
}
