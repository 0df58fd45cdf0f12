package dev.cardinal.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Scale;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ProgramTest {
  private static final TensorType PAIR = TensorType.f32(2);

  private static HostTensor pair(float a, float b) {
    return HostTensor.of(Shape.of(2), a, b);
  }

  @Test
  void isFoundByName() {
    try (Device d = Devices.open("cpu:reference")) {
      assertTrue(d.info().usable());
    }
    assertThrows(DeviceException.class, () -> new ReferenceProvider().open("cpu:other", null));
  }

  @Test
  void variablesChangeAtTheEndOfARun() {
    Graph g = new Graph();
    Value a = g.variable("a", PAIR);
    Value b = g.variable("b", PAIR);
    Value x = g.input("x", PAIR);
    g.assign(a, b);
    g.assign(b, a);
    Value sum = g.add(new Binary(Binary.Kind.ADD), a, x);
    g.output("sum", sum);
    g.output("old a", a);
    g.output("x", x);
    try (Device d = OneOp.open(); Variables v = d.newVariables(); Program p = d.compile(g, v, CompileOptions.defaults())) {
      v.write("a", pair(1, 2));
      v.write("b", pair(3, 4));
      HostTensor given = pair(10, 20);
      p.run(Map.of("x", given));
      given.floats()[0] = -1;
      assertArrayEquals(new float[] {11, 22}, p.read("sum").floats());
      assertArrayEquals(new float[] {1, 2}, p.read("old a").floats());
      assertArrayEquals(new float[] {10, 20}, p.read("x").floats());
      assertArrayEquals(new float[] {3, 4}, v.read("a").floats());
      assertArrayEquals(new float[] {1, 2}, v.read("b").floats());
      p.read("old a").floats()[0] = 99;
      v.read("b").floats()[0] = 99;
      assertEquals(1, p.read("old a").floats()[0]);
      assertEquals(1, v.read("b").floats()[0]);
      assertEquals(16, v.bytes());
    }
  }

  @Test
  void anInputAssignedToAVariableIsCopied() {
    Graph g = new Graph();
    g.assign(g.variable("a", PAIR), g.input("x", PAIR));
    try (Device d = OneOp.open(); Variables v = d.newVariables(); Program p = d.compile(g, v, CompileOptions.defaults())) {
      assertArrayEquals(new float[] {0, 0}, v.read("a").floats());
      HostTensor x = pair(5, 6);
      p.run(Map.of("x", x));
      x.floats()[0] = 0;
      assertArrayEquals(new float[] {5, 6}, v.read("a").floats());
    }
  }

  @Test
  void valuesDieAfterTheirLastReader() {
    Graph g = new Graph();
    Value v = g.input("x", PAIR);
    for (int i = 0; i < 10; i++) {
      v = g.add(new Scale(2, 0), v);
    }
    g.output("y", v);
    try (Device d = OneOp.open(); Variables none = d.newVariables(); Program p = d.compile(g, none, new CompileOptions(true))) {
      assertEquals(2 * 8, p.info().arenaBytes());
      assertEquals(10 * 8, p.info().unsharedBytes());
      p.run(Map.of("x", pair(1, -1)));
      p.run(Map.of("x", pair(1, -1)));
      assertArrayEquals(new float[] {1024, -1024}, p.read("y").floats());
      assertEquals(10, p.profile().size());
      assertEquals(2, p.profile().get(0).runs());
      assertEquals("Scale", p.profile().get(0).op());
    }
  }

  private static void fails(Class<? extends Exception> type, String part, Executable body) {
    String message = assertThrows(type, body).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void wrongUseIsNamed() {
    Graph g = new Graph();
    g.output("y", g.add(new Binary(Binary.Kind.ADD), g.input("x", PAIR), g.variable("w", PAIR)));
    Device d = OneOp.open();
    Device other = OneOp.open();
    Variables v = d.newVariables();
    fails(DeviceException.class, "another device", () -> d.compile(g, other.newVariables(), CompileOptions.defaults()));
    v.write("w", HostTensor.zeros(TensorType.f32(3)));
    fails(DeviceException.class, "variable w is f32[3]", () -> d.compile(g, v, CompileOptions.defaults()));
    fails(DeviceException.class, "variable w is f32[3]", () -> v.write("w", pair(0, 0)));
    fails(DeviceException.class, "no variable u", () -> v.read("u"));
    Variables w = d.newVariables();
    Program p = d.compile(g, w, CompileOptions.defaults());
    assertTrue(p.profile().isEmpty());
    fails(IllegalStateException.class, "run the program first", () -> p.read("y"));
    fails(IllegalArgumentException.class, "no output z", () -> p.read("z"));
    fails(IllegalArgumentException.class, "input x", () -> p.run(Map.of()));
    fails(IllegalArgumentException.class, "must be f32[2], got f32[1]", () -> p.run(Map.of("x", HostTensor.zeros(TensorType.f32(1)))));
    fails(IllegalArgumentException.class, "no input q", () -> p.run(Map.of("x", pair(0, 0), "q", pair(0, 0))));
    w.close();
    fails(IllegalStateException.class, "closed", () -> p.run(Map.of("x", pair(0, 0))));
    p.close();
    fails(IllegalStateException.class, "closed", () -> p.read("y"));
    d.close();
    fails(IllegalStateException.class, "closed", d::newVariables);
    other.close();
  }
}
