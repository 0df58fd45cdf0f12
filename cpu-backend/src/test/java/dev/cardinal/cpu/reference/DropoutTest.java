package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.OneOp.run;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.Dropout;
import dev.cardinal.op.Slice;
import dev.cardinal.random.Philox;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class DropoutTest {
  private static final long KEY = 0x0123456789abcdefL;
  private static final HostTensor STATE = HostTensor.of(Shape.of(2), KEY, 5L);
  private static final HostTensor X = HostTensor.generate(TensorType.f32(3, 8, 5, 5), i -> i + 1);

  @Test
  void keepsWhatPhiloxSays() {
    HostTensor y = run(new Dropout(0.25, 3), X, STATE);
    int kept = 0;
    for (int i = 0; i < y.size(); i++) {
      boolean keep = Philox.toUniform(Philox.word(KEY, (3L << 32) + 5, i)) >= 0.25;
      assertEquals(keep ? (float) ((i + 1) / 0.75) : 0, y.get(i));
      kept += keep ? 1 : 0;
    }
    // 600 draws with probability 3/4: four standard deviations are 42.
    assertEquals(450, kept, 42);
  }

  @Test
  void aPartDrawsTheNumbersOfItsPlace() {
    HostTensor whole = run(new Dropout(0.5, 1), X, STATE);
    Slice part = new Slice(List.of(1, 4, 0, 0), List.of(3, 6, 5, 5), List.of(1, 1, 1, 1));
    HostTensor y = run(new Dropout(0.5, 1, 8, 4, 1), run(part, X), STATE);
    HostTensor expected = run(part, whole);
    for (int i = 0; i < y.size(); i++) {
      assertEquals(expected.get(i), y.get(i));
    }
  }
}
