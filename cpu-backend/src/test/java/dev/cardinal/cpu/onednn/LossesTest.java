package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.op.Op;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** Cross-entropy of so many labels that a task reads their logits in several pieces, against the reference engine. */
class LossesTest {
  private static final int IGNORED = -1;
  private final PhiloxRandom random = new PhiloxRandom(5, 9);

  @Test
  void ofManyPixels() {
    check(Shape.of(2, 3, 90, 70), 0.1);
    check(Shape.of(3, 21, 41, 37), 0);
  }

  @Test
  void ofManyClasses() {
    check(Shape.of(50, 1500), 0.1);
    check(Shape.of(700, 10), 0);
  }

  /** A third of the labels do not count. */
  private void check(Shape logits, double smoothing) {
    int classes = logits.dim(1);
    int[] dims = logits.dims();
    Shape pixels = dims.length == 2 ? Shape.of(dims[0]) : Shape.of(dims[0], dims[2], dims[3]);
    HostTensor x = HostTensor.generate(TensorType.f32(dims), i -> 3 * random.nextGaussian());
    HostTensor labels = HostTensor.generate(TensorType.i32(pixels.dims()), i -> random.nextInt(3) == 0 ? IGNORED : random.nextInt(classes));
    try (Device cpu = Devices.open("cpu"); Device reference = Devices.open("cpu:reference")) {
      same(cpu, reference, new CrossEntropy(smoothing, IGNORED), 1e-5f, x, labels);
      same(cpu, reference, new CrossEntropyBackward(smoothing, IGNORED), 1e-9f, HostTensor.scalar(0.7f), x, labels);
    }
  }

  private static void same(Device cpu, Device reference, Op op, float tolerance, HostTensor... in) {
    float[] want = SingleOp.run(reference, op, in).get(0).floats();
    float most = 0;
    for (float w : want) {
      most = Math.max(most, Math.abs(w));
    }
    assertTrue(most > 1e-6, "there is something to compare");
    assertArrayEquals(want, SingleOp.run(cpu, op, in).get(0).floats(), tolerance, () -> op + " of " + in[in.length - 2].shape());
  }
}
