package dev.cardinal.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The 16-bit types through {@link HostTensor}, over all of their 65,536 values, against the definition of IEEE 754 in double precision. */
class HalfFloatsTest {
  private static HostTensor one(DType type, int bits) {
    return HostTensor.ofHalf(type, Shape.of(1), (short) bits);
  }

  private static short rounded(DType type, double v) {
    HostTensor t = one(type, 0);
    t.set(0, v);
    return t.halfBits()[0];
  }

  /** (-1)^s 2^(e - bias) 1.f, or 2^(1 - bias) 0.f. */
  private static double value(int bits, int exponentBits, int fractionBits) {
    int e = bits >>> fractionBits & (1 << exponentBits) - 1;
    int f = bits & (1 << fractionBits) - 1;
    int bias = (1 << exponentBits - 1) - 1;
    if (e == (1 << exponentBits) - 1) {
      return f != 0 ? Double.NaN : (bits & 0x8000) != 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    double magnitude = e == 0 ? Math.scalb((double) f, 1 - bias - fractionBits) : Math.scalb((double) ((1 << fractionBits) + f), e - bias - fractionBits);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }

  private static void everyValue(DType type, int exponentBits, int fractionBits) {
    for (int bits = 0; bits < 0x10000; bits++) {
      double v = value(bits, exponentBits, fractionBits);
      double read = one(type, bits).get(0);
      assertEquals(Double.doubleToLongBits(v), Double.doubleToLongBits(read), type + " " + Integer.toHexString(bits));
      if (Double.isNaN(v)) {
        assertTrue(Double.isNaN(one(type, rounded(type, v)).get(0)));
      } else {
        assertEquals((short) bits, rounded(type, v), type + " " + v);
      }
    }
  }

  /** Between every two neighbours: the midpoint goes to the even one, anything nearer to one goes to it. */
  private static void everyGap(DType type, int largest, int exponentBits, int fractionBits) {
    for (int bits = 0; bits < largest; bits++) {
      double low = value(bits, exponentBits, fractionBits);
      double high = value(bits + 1, exponentBits, fractionBits);
      float middle = (float) ((low + high) / 2);
      for (int sign : new int[] {0, 0x8000}) {
        float s = sign == 0 ? 1 : -1;
        assertEquals((short) (sign | bits + (bits & 1)), rounded(type, s * middle), type + " at " + middle);
        assertEquals((short) (sign | bits), rounded(type, s * Math.nextDown(middle)), type + " below " + middle);
        assertEquals((short) (sign | bits + 1), rounded(type, s * Math.nextUp(middle)), type + " above " + middle);
      }
    }
  }

  @Test
  void float16() {
    everyValue(DType.F16, 5, 10);
    everyGap(DType.F16, 0x7bff, 5, 10);
    assertEquals((short) 0x7bff, rounded(DType.F16, Math.nextDown(65520f)));
    assertEquals((short) 0x7c00, rounded(DType.F16, 65520f));
    assertEquals((short) 0xfc00, rounded(DType.F16, -1e9));
  }

  @Test
  void bfloat16() {
    everyValue(DType.BF16, 8, 7);
    // The gap below 2^-126 / 2^7 has midpoints that are themselves float32 subnormals; they are exact.
    everyGap(DType.BF16, 0x7f7f, 8, 7);
    assertEquals((short) 0x7f80, rounded(DType.BF16, Float.MAX_VALUE));
  }
}
