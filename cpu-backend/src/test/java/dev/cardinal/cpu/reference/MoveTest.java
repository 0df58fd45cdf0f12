package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.OneOp.run;
import static dev.cardinal.cpu.reference.OneOp.tensor;
import static dev.cardinal.cpu.reference.OneOp.vector;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PadBackward;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.op.Transpose;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Operations that move elements, on numbered elements of every type. */
class MoveTest {
  private static HostTensor numbered(DType type, int... dims) {
    return HostTensor.generate(new TensorType(type, Shape.of(dims)), i -> i);
  }

  @Test
  void everyElementTypeMoves() {
    for (DType type : DType.values()) {
      HostTensor t = run(new Transpose(List.of(1, 0)), numbered(type, 2, 3));
      assertEquals(new TensorType(type, Shape.of(3, 2)), t.type());
      assertArrayEquals(new double[] {0, 3, 1, 4, 2, 5}, Values.of(t), type.toString());
    }
    HostTensor big = HostTensor.of(Shape.of(1, 2), Long.MAX_VALUE, Long.MIN_VALUE + 1);
    assertArrayEquals(new long[] {Long.MIN_VALUE + 1}, run(Slice.along(big.shape(), 1, 1, 2), big).longs());
    assertArrayEquals(big.longs(), run(new Reshape(Shape.of(2)), big).longs());
  }

  @Test
  void transposeOfThreeAxes() {
    // Output [4, 2, 3] from [2, 3, 4]: element (k, i, j) is 12 i + 4 j + k.
    HostTensor t = run(new Transpose(List.of(2, 0, 1)), numbered(DType.F32, 2, 3, 4));
    assertEquals(Shape.of(4, 2, 3), t.shape());
    assertEquals(12 + 4 * 2 + 3, t.get(3 * 6 + 3 + 2));
    assertEquals(4 + 1, t.get(6 + 1));
  }

  @Test
  void slicesWithSteps() {
    Slice s = new Slice(List.of(0, 1), List.of(2, 5), List.of(1, 2));
    HostTensor y = run(s, numbered(DType.I32, 2, 5));
    assertArrayEquals(new int[] {1, 3, 6, 8}, y.ints());
    assertArrayEquals(new int[] {0, 1, 0, 3, 0, 0, 6, 0, 8, 0}, run(new SliceBackward(s, Shape.of(2, 5)), y).ints());
    assertEquals(Shape.of(0, 2), run(new Slice(List.of(1, 0), List.of(1, 2), List.of(1, 1)), numbered(DType.F32, 2, 2)).shape());
  }

  @Test
  void concatenation() {
    HostTensor a = tensor(Shape.of(2, 1), 1, 2);
    HostTensor b = tensor(Shape.of(2, 2), 3, 4, 5, 6);
    assertArrayEquals(new double[] {1, 3, 4, 2, 5, 6}, run(new Concat(1), a, b).doubles());
    assertArrayEquals(new double[] {1, 2, 1, 2}, run(new Concat(-2), a, a).doubles());
  }

  @Test
  void shuffleTransposesTheMatrixOfChannels() {
    // ShuffleNet's figure 1: three groups of two, a1 a2 b1 b2 c1 c2, become a1 b1 c1 a2 b2 c2.
    HostTensor x = numbered(DType.F32, 1, 6, 2);
    HostTensor y = run(new ChannelShuffle(3), x);
    assertArrayEquals(new float[] {0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11}, y.floats());
    assertArrayEquals(x.floats(), run(new ChannelShuffle(2), y).floats());
  }

  @Test
  void paddingInEveryMode() {
    HostTensor x = vector(1, 2, 3);
    Pad constant = new Pad(List.of(1), List.of(2), Pad.Mode.CONSTANT, 9);
    Pad reflect = new Pad(List.of(2), List.of(1), Pad.Mode.REFLECT, 0);
    Pad edge = new Pad(List.of(2), List.of(1), Pad.Mode.EDGE, 0);
    assertArrayEquals(new double[] {9, 1, 2, 3, 9, 9}, run(constant, x).doubles());
    assertArrayEquals(new double[] {3, 2, 1, 2, 3, 2}, run(reflect, x).doubles());
    assertArrayEquals(new double[] {1, 1, 1, 2, 3, 3}, run(edge, x).doubles());
    HostTensor dy = vector(1, 10, 100, 1000, 10000, 100000);
    assertArrayEquals(new double[] {100, 101010, 10001}, run(new PadBackward(reflect, x.shape()), dy).doubles());
    assertArrayEquals(new double[] {111, 1000, 110000}, run(new PadBackward(edge, x.shape()), dy).doubles());
    HostTensor plane = run(new Pad(List.of(1, 0), List.of(0, 1), Pad.Mode.CONSTANT, -1), tensor(Shape.of(1, 2), 5, 6));
    assertArrayEquals(new double[] {-1, -1, -1, 5, 6, -1}, plane.doubles());
  }

  @Test
  void broadcasting() {
    assertArrayEquals(new double[] {1, 1, 2, 2}, run(new BroadcastTo(Shape.of(2, 2)), tensor(Shape.of(2, 1), 1, 2)).doubles());
  }
}
