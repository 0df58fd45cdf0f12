package dev.cardinal.cpu.onednn.machine;

/**
 * Instructions on vectors of 512 bits (AVX-512 with bfloat16), by the fields of their encoding: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, section 2.7 and the page of each.
 */
public enum VectorOp {
  /** Loads 16 floats from memory that need not be aligned. */
  LOAD(0, 1, false, 0x10),
  /** Stores 16 floats. */
  STORE(0, 1, false, 0x11),
  /** Stores 16 floats past the caches, to an address that is a multiple of 64. */
  STREAM(0, 1, false, 0x2B),
  /** Sum of floats. */
  ADD(0, 1, false, 0x58),
  /** Difference of floats. */
  SUBTRACT(0, 1, false, 0x5C),
  /** Adds the product of both operands to the destination. */
  MULTIPLY_ADD(1, 2, false, 0xB8),
  /** Product of floats. */
  MULTIPLY(0, 1, false, 0x59),
  /** The larger of floats. */
  MAXIMUM(0, 1, false, 0x5F),
  /** The smaller of floats. */
  MINIMUM(0, 1, false, 0x5D),
  /** 32 floats of two vectors rounded to bfloat16, the second operand's in the lower half. */
  ROUND_PAIR(3, 2, false, 0x72),
  /** Words of the last operand at the places that the first source names. */
  PERMUTE_WORDS(1, 2, true, 0x8D),
  /** Bits that both have. */
  AND(1, 1, false, 0xDB),
  /** Bits that one of both has. */
  EXCLUSIVE_OR(1, 1, false, 0xEF),
  /** Interleaves the low halves of each 128 bits, float by float. */
  INTERLEAVE_LOW(0, 1, false, 0x14),
  /** The high halves. */
  INTERLEAVE_HIGH(0, 1, false, 0x15),
  /** Interleaves the low halves of each 128 bits, two floats by two. */
  INTERLEAVE_LOW_PAIRS(1, 1, true, 0x14),
  /** The high halves. */
  INTERLEAVE_HIGH_PAIRS(1, 1, true, 0x15),
  /** Floats of each 128 bits of the only operand, chosen by an immediate. */
  CHOOSE_IN_QUARTERS(1, 3, false, 0x04),
  /** Pairs of floats of each 256 bits of the only operand, chosen by an immediate. */
  CHOOSE_PAIRS(1, 3, true, 0x01),
  /** Floats of the last operand at the places that the first source names. */
  PERMUTE(1, 2, false, 0x16),
  /** Chooses 128 bits twice from each operand by an immediate. */
  CHOOSE_QUARTERS(1, 3, false, 0x23),
  /** Floats of each 128 bits of both operands, chosen by an immediate: two of the first, then two of the second. */
  CHOOSE_OF_BOTH(0, 1, false, 0xC6),
  /** Shifts each 32 bits by an immediate, left or right; the first operand is part of the operation, the destination takes its place. */
  SHIFT(1, 1, false, 0x72),
  /** Sum of whole numbers of 32 bits. */
  ADD_INTEGERS(1, 1, false, 0xFE),
  /** Sum of whole numbers of 64 bits. */
  ADD_LONGS(1, 1, true, 0xD4),
  /** Products, 64 bits wide, of the lower halves of each 64 bits as numbers without a sign. */
  MULTIPLY_UNSIGNED(1, 1, true, 0xF4),
  /** A function, given by an immediate, of each bit of the destination, the first and the second operand. */
  COMBINE(1, 3, false, 0x25),
  /** Quotient of doubles. */
  DIVIDE_DOUBLES(1, 1, true, 0x5E),
  /** Doubles of the 8 floats in the lower half. */
  WIDEN(0, 1, false, 0x5A),
  /** Floats of 8 doubles in the lower half, zeros in the upper. */
  NARROW(1, 1, true, 0x5A);

  final int prefix;
  final int map;
  final boolean wide;
  final int code;

  VectorOp(int prefix, int map, boolean wide, int code) {
    this.prefix = prefix;
    this.map = map;
    this.wide = wide;
    this.code = code;
  }
}
