package dev.cardinal.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.autodiff.Differentiation;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Linear;
import dev.cardinal.op.Op;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the standard passes leave of a graph; the conformance suite checks that they keep its meaning. */
class PassesTest {
  private static final Activation RELU = new Activation(Activation.Kind.RELU);
  private static final Binary ADD = new Binary(Binary.Kind.ADD);
  private final Graph g = new Graph();
  private final Value x = g.input("x", TensorType.f32(2, 4, 6));

  private List<Op> after() {
    return Pipeline.standard().run(g).nodes().stream().map(n -> n.op()).toList();
  }

  private Value conv(Value in, String w) {
    return g.add(new Conv(ConvGeometry.of(1)), in, g.variable(w, TensorType.f32(4, 4, 1)));
  }

  private List<Value> norm(Value in, String name) {
    TensorType c = TensorType.f32(4);
    return g.addAll(new BatchNormTraining(1e-5, 0.1), List.of(in, g.variable(name + ".g", c), g.variable(name + ".b", c), g.variable(name + ".m", c), g.variable(name + ".v", c)));
  }

  @Test
  void whatChangesNothingGoes() {
    Value v = g.add(new Reshape(x.type().shape()), x);
    v = g.add(new Cast(DType.F32), v);
    v = g.add(new Activation(Activation.Kind.IDENTITY), v);
    v = g.add(new Scale(1, 0), v);
    g.output("y", v);
    assertEquals(List.of(), after());
  }

  @Test
  void whatNobodyNeedsGoes() {
    conv(x, "unused");
    g.output("y", g.add(RELU, x));
    assertEquals(List.of(RELU), after());
    assertEquals(List.of("unused"), List.copyOf(Pipeline.standard().run(g).variables().keySet()), "variables stay");
  }

  @Test
  void theSameComputationIsDoneOnce() {
    Activation tanh = new Activation(Activation.Kind.TANH);
    g.output("y", g.add(new Binary(Binary.Kind.MULTIPLY), g.add(tanh, x), g.add(tanh, x)));
    assertEquals(2, after().size());
  }

  @Test
  void differentComputationsStay() {
    g.output("a", g.add(new Scale(2, 0), x));
    g.output("b", g.add(new Scale(2, 1), x));
    assertEquals(2, after().size());
  }

  @Test
  void anActivationJoinsWhatComesBefore() {
    g.output("y", g.add(RELU, conv(x, "w")));
    assertEquals(List.of(new Conv(ConvGeometry.of(1), Activation.Kind.RELU)), after());
  }

  @Test
  void anActivationOfSomethingReadTwiceStays() {
    Value c = conv(x, "w");
    g.output("y", g.add(RELU, c));
    g.output("c", c);
    assertEquals(List.of(new Conv(ConvGeometry.of(1)), RELU), after());
  }

  @Test
  void activationsWithAParameterOrNeedingTheirInputStay() {
    Value flat = g.add(new Reshape(Shape.of(2, 24)), x);
    for (Activation a : List.of(new Activation(Activation.Kind.LEAKY_RELU, 0.1), new Activation(Activation.Kind.HARD_SWISH))) {
      g.output(a.kind().name(), g.add(a, g.add(new Linear(), flat, g.variable(a.kind() + "w", TensorType.f32(3, 24)))));
    }
    assertEquals(5, after().size());
  }

  @ParameterizedTest
  @EnumSource(names = {"RELU", "RELU6"})
  void normalisationTakesResidualAndRectifier(Activation.Kind kind) {
    g.output("y", g.add(new Activation(kind), g.add(ADD, norm(conv(x, "w"), "bn").get(0), x)));
    Graph h = Pipeline.standard().run(g);
    assertEquals(2, h.nodes().size());
    assertEquals(new BatchNormTraining(1e-5, 0.1, kind), h.nodes().get(1).op());
    assertEquals(6, h.nodes().get(1).inputs().size());
  }

  @Test
  void ofTwoNormalisationsOneTakesTheSum() {
    Value a = norm(conv(x, "w1"), "bn1").get(0);
    Value b = norm(conv(x, "w2"), "bn2").get(0);
    g.output("y", g.add(RELU, g.add(ADD, a, b)));
    List<Op> ops = after();
    assertEquals(4, ops.size(), ops.toString());
    assertEquals(1, ops.stream().filter(o -> o.equals(new BatchNormTraining(1e-5, 0.1, Activation.Kind.RELU))).count());
  }

  @ParameterizedTest
  @EnumSource(names = {"RELU", "RELU6"})
  void rectifiersGradientJoinsThatOfNormalisation(Activation.Kind kind) {
    List<Value> n = norm(conv(x, "w"), "bn");
    Value y = g.add(new Activation(kind), n.get(0));
    Value loss = g.add(Reduce.toScalar(Reduce.Kind.SUM, 3), y);
    List<Value> d = Differentiation.gradients(g, loss, List.of(g.variable("w", TensorType.f32(4, 4, 1)), g.variable("bn.g", TensorType.f32(4))));
    g.output("dw", d.get(0));
    g.output("dg", d.get(1));
    List<Op> ops = after();
    assertTrue(ops.contains(new BatchNormTrainingBackward(kind)), ops.toString());
    assertTrue(ops.stream().noneMatch(o -> o.opName().equals("ActivationBackward")), ops.toString());
  }

  @Test
  void whatIsReadFromOutsideStays() {
    List<Value> n = norm(conv(x, "w"), "bn");
    g.assign(g.variable("bn.m", TensorType.f32(4)), n.get(1));
    g.assign(g.variable("bn.v", TensorType.f32(4)), n.get(2));
    g.output("y", g.add(RELU, n.get(0)));
    Graph h = Pipeline.standard().run(g);
    assertEquals(g.inputs().keySet(), h.inputs().keySet());
    assertEquals(g.variables().keySet(), h.variables().keySet());
    assertEquals(g.outputs().keySet(), h.outputs().keySet());
    assertEquals(2, h.assignments().size());
    assertNotEquals(g, h);
  }

  @Test
  void aPassThatBreaksTheGraphIsNamed() {
    Pass wrong = new Pass() {
      @Override
      public String name() {
        return "wrong";
      }

      @Override
      public Graph run(Graph graph) {
        // The old graph's node stands in the new one as an output: nothing computes it there.
        Graph other = new Graph();
        Value in = other.input("x", x.type());
        Value relu = other.add(RELU, in);
        other.output("y", relu);
        try {
          java.lang.reflect.Field f = Graph.class.getDeclaredField("nodes");
          f.setAccessible(true);
          ((List<?>) f.get(other)).clear();
        } catch (ReflectiveOperationException e) {
          throw new AssertionError(e);
        }
        return other;
      }
    };
    g.output("y", g.add(RELU, x));
    String message = assertThrows(IllegalStateException.class, () -> new Pipeline(List.of(wrong)).run(g)).getMessage();
    assertTrue(message.startsWith("the graph is broken after pass wrong: output y"), message);
  }

  private Value fill(Value v, int from, int to, int whole) {
    Shape s = Shape.of(2, whole, 6);
    return g.add(new SliceBackward(Slice.along(s, 1, from, to), s), v);
  }

  @Test
  void gradientsOfTwoHalvesAreJoined() {
    Value y = g.input("other", TensorType.f32(2, 3, 6));
    g.output("sum", g.add(ADD, fill(y, 4, 7, 7), fill(x, 0, 4, 7)));
    Graph joined = Pipeline.standard().run(g);
    assertEquals(List.of(new Concat(1)), joined.nodes().stream().map(n -> n.op()).toList());
    assertEquals(List.of("x", "other"), joined.nodes().get(0).inputs().stream().map(Value::name).toList());
  }

  @Test
  void gradientsThatLeaveAGapOrMeetOrAreReadElsewhereAreAdded() {
    g.output("gap", g.add(ADD, fill(x, 0, 4, 9), fill(x, 5, 9, 9)));
    g.output("overlap", g.add(ADD, fill(x, 0, 4, 7), fill(x, 3, 7, 7)));
    Value read = fill(x, 0, 4, 8);
    g.output("read", g.add(RELU, read));
    g.output("sum", g.add(ADD, read, fill(x, 4, 8, 8)));
    assertEquals(3, after().stream().filter(ADD::equals).count());
  }
}
