package dev.cardinal.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HostTensorTest {
  @Test
  void theArrayIsShared() {
    float[] a = {1, 2, 3, 4, 5, 6};
    HostTensor t = HostTensor.of(Shape.of(2, 3), a);
    assertSame(a, t.floats());
    assertSame(a, t.reshape(3, 2).floats());
    assertNotSame(a, t.copy().floats());
    t.set(5, 9);
    assertEquals(9f, a[5]);
  }

  @Test
  void everyTypeHoldsAndConverts() {
    HostTensor t = HostTensor.of(Shape.of(4), 0f, 1f, 2f, 100f);
    for (DType d : DType.values()) {
      HostTensor u = t.to(d);
      assertEquals(new TensorType(d, Shape.of(4)), u.type());
      assertTrue(t.sameBits(u.to(DType.F32)), d.toString());
      assertTrue(u.sameBits(u.copy()));
      assertEquals(4L * d.bytes(), u.type().bytes());
    }
    assertEquals(200, HostTensor.of(Shape.of(1), (byte) 200).get(0), "bytes are unsigned");
  }

  @Test
  void sameBitsTellsZerosAndNaNsApart() {
    assertFalse(HostTensor.scalar(0f).sameBits(HostTensor.scalar(-0f)));
    assertTrue(HostTensor.scalar(Float.NaN).sameBits(HostTensor.scalar(Float.NaN)));
    assertFalse(HostTensor.scalar(1f).sameBits(HostTensor.of(Shape.of(1), 1f)));
    assertFalse(HostTensor.of(Shape.of(2), 1.0, 2.0).sameBits(HostTensor.of(Shape.of(2), 1.0, 2.5)));
  }

  @Test
  void errorsNameTypesAndSizes() {
    String length = assertThrows(IllegalArgumentException.class, () -> HostTensor.of(Shape.of(2, 2), 1f, 2f, 3f)).getMessage();
    assertTrue(length.contains("f32[2, 2]") && length.contains("4") && length.contains("3"), length);
    String backing = assertThrows(IllegalStateException.class, () -> HostTensor.scalar(1).doubles()).getMessage();
    assertTrue(backing.contains("float[]") && backing.contains("double[]"), backing);
    assertThrows(IllegalStateException.class, () -> HostTensor.of(Shape.of(2), 1f, 2f).item());
    assertThrows(IllegalArgumentException.class, () -> HostTensor.ofHalf(DType.F32, Shape.of(1), (short) 0));
    assertThrows(IllegalArgumentException.class, () -> HostTensor.zeros(TensorType.f32(1 << 16, 1 << 16)));
  }

  @Test
  void shapes() {
    Shape s = Shape.of(2, 3, new int[] {4, 5});
    assertEquals("[2, 3, 4, 5]", s.toString());
    assertEquals(120, s.size());
    assertEquals(20, s.spatialSize());
    assertEquals(5, s.dim(-1));
    assertArrayEquals(new long[] {60, 20, 5, 1}, s.strides());
    assertArrayEquals(new int[] {4, 5}, s.spatial());
    assertEquals(Shape.of(2, 3, 4, 6), s.with(-1, 6));
    assertEquals(1, Shape.scalar().size());
    assertEquals(1, Shape.of(3, 4).spatialSize());
    assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
    assertThrows(ArithmeticException.class, () -> Shape.of(1 << 30, 1 << 30, 1 << 30));
  }
}
