package dev.cardinal.tensor;

/** Conversions of the 16-bit floating-point types, round to nearest even. Java 20's {@code Float.float16ToFloat} is too young for us. */
final class HalfFloats {
  private HalfFloats() {}

  static float fromBf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  static short toBf16(float v) {
    int b = Float.floatToRawIntBits(v);
    if (Float.isNaN(v)) {
      return (short) ((b >>> 16) | 0x40);
    }
    return (short) ((b + 0x7fff + ((b >>> 16) & 1)) >>> 16);
  }

  static float fromF16(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
    }
    if (exponent == 0) {
      float v = fraction * 0x1p-24f;
      return sign == 0 ? v : -v;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }

  static short toF16(float v) {
    int b = Float.floatToRawIntBits(v);
    int sign = (b >>> 16) & 0x8000;
    float a = Math.abs(v);
    if (Float.isNaN(v)) {
      return (short) (sign | 0x7e00);
    }
    if (a >= 65520f) {
      return (short) (sign | 0x7c00);
    }
    if (a < 0x1p-14f) {
      return (short) (sign | (int) Math.rint(a * 0x1p24f));
    }
    int m = b & 0x7fffffff;
    int rounded = m + 0xfff + ((m >>> 13) & 1);
    return (short) (sign | (rounded - (112 << 23)) >>> 13);
  }
}
