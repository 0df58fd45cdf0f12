package dev.cardinal.cpu.onednn.machine;

import java.io.ByteArrayOutputStream;

/** The bytes of instructions: prefixes, registers and addresses in memory (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2). */
abstract class Encoder {
  static final int REGISTER_FORM = 0xC0;
  private static final int OFFSET_FORM = 0x80;
  private static final int BY_INDEX = 4;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Bytes written so far: where the next instruction will be. */
  public final int position() {
    return out.size();
  }

  final byte[] written() {
    return out.toByteArray();
  }

  final void general(int code, Register reg, Register rm) {
    rex(true, reg.ordinal(), -1, rm.ordinal());
    bytes(code, REGISTER_FORM | (reg.ordinal() & 7) << 3 | rm.ordinal() & 7);
  }

  final void general(int code, Register reg, Memory m) {
    rex(true, reg.ordinal(), index(m), m.base().ordinal());
    bytes(code);
    operand(reg.ordinal(), m);
  }

  final void rex(boolean wide, int reg, int index, int base) {
    int rex = 0x40 | (wide ? 8 : 0) | (reg >> 3 & 1) << 2 | (index < 0 ? 0 : index >> 3 & 1) << 1 | base >> 3 & 1;
    if (rex != 0x40) {
      bytes(rex);
    }
  }

  /** Three bytes of VEX for vectors of 128 bits in the map 0F38. */
  final void vex(int prefix, int reg, int index, int base, int second) {
    int extensions = ((reg >> 3 & 1) << 7 | (index < 0 ? 0 : index >> 3 & 1) << 6 | (base >> 3 & 1) << 5) ^ 0xE0;
    bytes(0xC4, extensions | 2, (~second & 15) << 3 | prefix);
  }

  final void wide(VectorOp op, int reg, int second, int base, int index) {
    wide(op.prefix, op.map, op.wide, reg, second, base, index);
  }

  final void wide(int prefix, int map, boolean wide, int reg, int second, int base, int index) {
    wide(prefix, map, wide, reg, second, base, index, 0);
  }

  /** Four bytes of EVEX for vectors of 512 bits; of the last operand the fourth bit of its number, or of its base's, and the fifth, or the fourth of its index's. */
  final void wide(int prefix, int map, boolean wide, int reg, int second, int base, int index, int masking) {
    int first = ((reg >> 3 & 1) << 7 | index << 6 | base << 5 | (reg >> 4 & 1) << 4) ^ 0xF0;
    bytes(0x62, first | map, (wide ? 0x80 : 0) | (~second & 15) << 3 | 4 | prefix, 0x40 | (~second >> 4 & 1) << 3 | masking);
  }

  /** ModRM, SIB and offset. */
  final void operand(int reg, Memory m) {
    int base = m.base().ordinal();
    boolean indexed = m.index() != null || (base & 7) == BY_INDEX;
    bytes(OFFSET_FORM | (reg & 7) << 3 | (indexed ? BY_INDEX : base & 7));
    if (indexed) {
      bytes((m.index() == null ? BY_INDEX : m.index().ordinal() & 7) << 3 | base & 7);
    }
    number(m.offset());
  }

  static int index(Memory m) {
    return m.index() == null ? -1 : m.index().ordinal();
  }

  final void number(int n) {
    for (int i = 0; i < Integer.BYTES; i++) {
      out.write(n >> 8 * i);
    }
  }

  final void bytes(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
  }
}
