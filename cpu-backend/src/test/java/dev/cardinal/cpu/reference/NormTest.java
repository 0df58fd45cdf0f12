package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.OneOp.run;
import static dev.cardinal.cpu.reference.OneOp.runAll;
import static dev.cardinal.cpu.reference.OneOp.tensor;
import static dev.cardinal.cpu.reference.OneOp.vector;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormInferenceBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Normalisations in closed form where there is one, and gradients against central differences. */
class NormTest {
  private static final double EPSILON = 0.25;

  @Test
  void batchStatistics() {
    // Channel 0 has 1, 3, 5, 7: mean 4, biased variance 5, unbiased 20 / 3. Channel 1 is constant.
    HostTensor x = tensor(Shape.of(2, 2, 2), 1, 3, 2, 2, 5, 7, 2, 2);
    List<HostTensor> out = runAll(new BatchNormTraining(EPSILON, 0.1), x, vector(2, 3), vector(10, 20), vector(1, 1), vector(1, 1));
    double inverse = 1 / Math.sqrt(5.25);
    double[] y = {10 - 6 * inverse, 10 - 2 * inverse, 20, 20, 10 + 2 * inverse, 10 + 6 * inverse, 20, 20};
    assertArrayEquals(y, out.get(0).doubles(), 1e-14);
    assertArrayEquals(new double[] {0.9 + 0.4, 0.9 + 0.2}, out.get(1).doubles(), 1e-15);
    assertArrayEquals(new double[] {0.9 + 0.1 * 20 / 3, 0.9}, out.get(2).doubles(), 1e-15);
    assertArrayEquals(new double[] {4, 2}, out.get(3).doubles(), 0);
    assertArrayEquals(new double[] {inverse, 2}, out.get(4).doubles(), 1e-15);
  }

  @Test
  void residualAndReluComeLast() {
    HostTensor x = tensor(Shape.of(2, 1), 1, 3);
    HostTensor residual = tensor(Shape.of(2, 1), 0.5, -9);
    BatchNormInference op = new BatchNormInference(0, Activation.Kind.RELU);
    assertArrayEquals(new double[] {1 - 0.5 + 0.5, 0}, run(op, x, vector(2), vector(1), vector(2), vector(16), residual).doubles(), 1e-15);
    BatchNormTraining training = new BatchNormTraining(0.5, 0, Activation.Kind.RELU);
    double y = 2 / Math.sqrt(1.5);
    HostTensor trained = run(training, x, vector(2), vector(1), vector(0), vector(1), tensor(Shape.of(2, 1), 5.5, -9));
    assertArrayEquals(new double[] {1 - y + 5.5, 0}, trained.doubles(), 1e-15);
  }

  @Test
  void batchNormGradients() {
    Random random = new Random(3);
    HostTensor x = random(random, Shape.of(3, 2, 2, 2));
    HostTensor dy = random(random, x.shape());
    HostTensor gamma = vector(1.5, -0.5);
    HostTensor[] rest = {gamma, vector(0.3, 0.1), vector(0, 0), vector(1, 1)};
    BatchNormTraining op = new BatchNormTraining(EPSILON, 0.1, Activation.Kind.RELU);
    List<HostTensor> out = runAll(op, x, rest[0], rest[1], rest[2], rest[3]);
    List<HostTensor> d = runAll(new BatchNormTrainingBackward(Activation.Kind.RELU), dy, x, gamma, out.get(3), out.get(4), out.get(0));
    assertGradient(x, dy, v -> run(op, v, rest[0], rest[1], rest[2], rest[3]), d.get(0));
    assertGradient(gamma, dy, v -> run(op, x, v, rest[1], rest[2], rest[3]), d.get(1));
    assertGradient(rest[1], dy, v -> run(op, x, gamma, v, rest[2], rest[3]), d.get(2));
    for (int i = 0; i < dy.size(); i++) {
      assertEquals(out.get(0).get(i) > 0 ? dy.get(i) : 0, d.get(3).get(i));
    }

    Op fixed = new BatchNormInference(EPSILON);
    HostTensor mean = vector(0.2, -0.1);
    HostTensor variance = vector(0.7, 1.3);
    List<HostTensor> df = runAll(new BatchNormInferenceBackward(EPSILON), dy, x, gamma, mean, variance);
    assertGradient(x, dy, v -> run(fixed, v, gamma, rest[1], mean, variance), df.get(0));
    assertGradient(gamma, dy, v -> run(fixed, x, v, rest[1], mean, variance), df.get(1));
    assertGradient(rest[1], dy, v -> run(fixed, x, gamma, v, mean, variance), df.get(2));
  }

  @Test
  void responseNormalisationSeesItsGroupOnly() {
    // Window of 4 over channels c - 1 to c + 2, two groups of 2, k 1, alpha 4 so that the sum has weight 1, beta 1.
    HostTensor x = tensor(Shape.of(1, 4), 1, 2, 3, 4);
    assertArrayEquals(new double[] {1 / 6.0, 2 / 6.0, 3 / 26.0, 4 / 26.0}, run(new Lrn(4, 4, 1, 1, 2), x).doubles(), 1e-15);
    assertArrayEquals(new double[] {1 / 15.0, 2 / 31.0, 3 / 30.0, 4 / 26.0}, run(new Lrn(4, 4, 1, 1, 1), x).doubles(), 1e-15);
  }

  @Test
  void responseNormalisationGradient() {
    Random random = new Random(5);
    for (Lrn op : List.of(new Lrn(5, 1, 0.75, 2, 1), new Lrn(4, 2, 0.5, 1, 2), new Lrn(1, 1, 1, 1, 6))) {
      HostTensor x = random(random, Shape.of(2, 6, 3));
      HostTensor dy = random(random, x.shape());
      assertGradient(x, dy, v -> run(op, v), run(new LrnBackward(op), dy, x));
    }
  }

  private static HostTensor random(Random random, Shape shape) {
    return tensor(shape, random.doubles(shape.size(), -2, 2).toArray());
  }

  /** Central differences of dy · f(x) along every axis. */
  static void assertGradient(HostTensor x, HostTensor dy, UnaryOperator<HostTensor> f, HostTensor dx) {
    double h = 1e-6;
    for (int i = 0; i < x.size(); i++) {
      HostTensor high = x.copy();
      HostTensor low = x.copy();
      high.doubles()[i] += h;
      low.doubles()[i] -= h;
      double[] a = f.apply(high).doubles();
      double[] b = f.apply(low).doubles();
      double expected = 0;
      for (int j = 0; j < a.length; j++) {
        expected += dy.get(j) * (a[j] - b[j]) / (2 * h);
      }
      assertEquals(expected, dx.get(i), 1e-7, "element " + i);
    }
  }
}
