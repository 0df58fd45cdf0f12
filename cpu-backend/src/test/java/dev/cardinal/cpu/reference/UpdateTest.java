package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.OneOp.run;
import static dev.cardinal.cpu.reference.OneOp.runAll;
import static dev.cardinal.cpu.reference.OneOp.scalar;
import static dev.cardinal.cpu.reference.OneOp.vector;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Optimiser steps worked out by hand. */
class UpdateTest {
  private static HostTensor step(long s) {
    return HostTensor.of(Shape.of(1), new long[] {s});
  }

  @Test
  void sgdWithMomentumAndDecay() {
    // g = 2 * 3 + 0.5 * 4 = 8; v = 0.5 * 2 + 8 = 9; p = 4 - 0.1 * 9.
    List<HostTensor> out = runAll(new SgdUpdate(0.5, 0.5, false), scalar(0.1), scalar(2), vector(4), vector(3), vector(2));
    assertEquals(3.1, out.get(0).get(0), 1e-15);
    assertEquals(9, out.get(1).get(0));
    out = runAll(new SgdUpdate(0.5, 0.5, true), scalar(0.1), scalar(2), vector(4), vector(3), vector(2));
    assertEquals(4 - 0.1 * (8 + 4.5), out.get(0).get(0), 1e-15);
  }

  @Test
  void listsKeepTheirOrder() {
    HostTensor[] in = {scalar(1), scalar(1), vector(10), vector(20, 30), vector(1), vector(2, 3), vector(0), vector(0, 0)};
    List<HostTensor> out = runAll(new SgdUpdate(0, 0, false), in);
    assertArrayEquals(new double[] {9}, out.get(0).doubles());
    assertArrayEquals(new double[] {18, 27}, out.get(1).doubles());
    assertArrayEquals(new double[] {1}, out.get(2).doubles());
    assertArrayEquals(new double[] {2, 3}, out.get(3).doubles());
  }

  @Test
  void theFirstAdamStepHasTheLengthOfTheRate() {
    // Bias correction makes the first step rate * g / (|g| + epsilon) whatever the betas (Kingma and Ba 2015, section 2.1).
    HostTensor[] in = {scalar(0.01), scalar(1), step(0), vector(1, 1), vector(5, -0.2), vector(0, 0), vector(0, 0)};
    List<HostTensor> out = runAll(new AdamUpdate(0.9, 0.999, 1e-8, 0, false), in);
    assertArrayEquals(new double[] {0.99, 1.01}, out.get(0).doubles(), 1e-9);
    assertArrayEquals(new double[] {0.5, -0.02}, out.get(1).doubles(), 1e-15);
    assertArrayEquals(new double[] {0.025, 0.00004}, out.get(2).doubles(), 1e-15);
  }

  @Test
  void adamDecayIsCoupledOrNot() {
    // Second step (t = 2) with beta1 = beta2 = 0.5: corrections 3/4. Coupled g = 3 + 0.1 * 10 = 4.
    HostTensor[] in = {scalar(0.3), scalar(1), step(1), vector(10), vector(3), vector(2), vector(8)};
    List<HostTensor> out = runAll(new AdamUpdate(0.5, 0.5, 0, 0.1, false), in);
    assertEquals(3, out.get(1).get(0));
    assertEquals(12, out.get(2).get(0));
    assertEquals(10 - 0.3 * 4 / Math.sqrt(16), out.get(0).get(0), 1e-14);
    out = runAll(new AdamUpdate(0.5, 0.5, 0, 0.1, true), in);
    assertEquals(10 * (1 - 0.03) - 0.3 * (2.5 / 0.75) / Math.sqrt(8.5 / 0.75), out.get(0).get(0), 1e-14);
  }

  @Test
  void aScaleThatIsNotFiniteChangesNothing() {
    for (double scale : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      HostTensor[] in = {scalar(0.1), scalar(scale), vector(4, 5), vector(Double.NaN, 1), vector(2, 3)};
      List<HostTensor> sgd = runAll(new SgdUpdate(0.9, 0.1, true), in);
      assertArrayEquals(new double[] {4, 5}, sgd.get(0).doubles());
      assertArrayEquals(new double[] {2, 3}, sgd.get(1).doubles());
      HostTensor[] adamIn = {scalar(0.1), scalar(scale), step(3), vector(4), vector(1), vector(2), vector(3)};
      List<HostTensor> adam = runAll(new AdamUpdate(0.9, 0.9, 1, 0.1, true), adamIn);
      assertArrayEquals(new double[] {4, 2, 3}, adam.stream().mapToDouble(HostTensor::item).toArray());
    }
  }

  @Test
  void clipsToANorm() {
    List<HostTensor> out = runAll(new ClipFactor(1), vector(3), vector(0, 4));
    assertEquals(0.2, out.get(0).item());
    assertEquals(5, out.get(1).item());
    assertEquals(1, run(new ClipFactor(10), vector(3, 4)).item());
    assertEquals(1, run(new ClipFactor(10), vector(0)).item());
    assertEquals(Double.NaN, run(new ClipFactor(1), vector(Double.NaN)).item());
    assertEquals(Double.NaN, run(new ClipFactor(1), vector(Double.POSITIVE_INFINITY)).item());
  }

  @Test
  void averagesAndCounters() {
    List<HostTensor> out = runAll(new EmaUpdate(), scalar(0.75), vector(4), vector(8), vector(0), vector(4));
    assertEquals(3, out.get(0).item());
    assertEquals(7, out.get(1).item());
    long key = 0x7fffffffffffff01L;
    HostTensor state = run(new AdvanceCounter(), HostTensor.of(Shape.of(2), new long[] {key, (1L << 60) + 1}));
    assertArrayEquals(new long[] {key, (1L << 60) + 2}, state.longs());
  }
}
