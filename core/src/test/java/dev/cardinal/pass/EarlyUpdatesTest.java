package dev.cardinal.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.graph.Verifier;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.Op;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where updates come to stand. */
class EarlyUpdatesTest {
  private static final TensorType TYPE = TensorType.f32(4);
  private final Graph g = new Graph();
  private final Value rate = g.input("rate", TensorType.f32());
  private final Value x = g.input("x", TYPE);

  private Value named(String name, Op op, Value... in) {
    try (Graph.Scope scope = g.absoluteScope(name)) {
      return g.add(op, in);
    }
  }

  private Value relu(String name, Value v) {
    return named(name, new Activation(Activation.Kind.RELU), v);
  }

  private Value sgd(String name, Value parameter, Value gradient) {
    Value velocity = g.variable("velocity of " + parameter.name(), TYPE);
    Node n = named(name, new SgdUpdate(0.9, 0, false), rate, rate, parameter, gradient, velocity).node();
    g.assign(parameter, n.output(0));
    g.assign(velocity, n.output(1));
    return n.output(0);
  }

  private List<String> order() {
    Graph after = new EarlyUpdates().run(g);
    Verifier.verify(after, "early updates");
    assertEquals(g.assignments().size(), after.assignments().size());
    return after.nodes().stream().map(Node::name).toList();
  }

  @Test
  void anUpdateWaitsForItsGradientAndForReadersOfItsParameterOnly() {
    Value p = g.variable("p", TYPE);
    Value gradient = relu("gradient", x);
    g.output("y", named("reader", new Binary(Binary.Kind.ADD), x, p));
    g.output("z", relu("other", x));
    sgd("update", p, gradient);
    assertEquals(List.of("gradient", "reader", "update", "other"), order());
  }

  @Test
  void whatFollowsAnUpdateFollowsItWhereverItGoes() {
    Value p = g.variable("p", TYPE);
    Value q = g.variable("q", TYPE);
    Value first = relu("first", x);
    Value second = relu("second", first);
    g.output("z", relu("other", second));
    List<Value> updated = new ArrayList<>(List.of(sgd("update of q", q, second), sgd("update of p", p, first)));
    Value decay = g.input("decay", TensorType.f32());
    Value averageOfP = g.variable("average of p", TYPE);
    Value averageOfQ = g.variable("average of q", TYPE);
    Node average = named("average", new EmaUpdate(), decay, averageOfP, averageOfQ, updated.get(1), updated.get(0)).node();
    g.assign(averageOfP, average.output(0));
    g.assign(averageOfQ, average.output(1));
    // The average is the last that waits for the update of p, which now comes first.
    assertEquals(List.of("first", "update of p", "second", "update of q", "average", "other"), order());
  }

  @Test
  void anUpdateOfWhatIsThereAlreadyStaysWhereItIs() {
    Value p = g.variable("p", TYPE);
    sgd("update", p, x);
    g.output("z", relu("other", x));
    assertEquals(List.of("update", "other"), order());
  }

  @Test
  void aGraphWithoutUpdatesStaysAsItIs() {
    g.output("z", relu("other", x));
    assertSame(g, new EarlyUpdates().run(g));
  }
}
