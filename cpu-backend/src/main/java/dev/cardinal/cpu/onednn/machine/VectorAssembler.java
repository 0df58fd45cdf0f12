package dev.cardinal.cpu.onednn.machine;

/** The part of {@link Assembler} that writes instructions on vectors of 512 bits and on their masks (AVX-512). */
abstract class VectorAssembler extends Encoder {
  private static final int ZEROING = 0x80;
  /** The mask that stands for all elements. */
  private static final int ALL = 0;
  /** Ordered, without an exception for what is no number. */
  private static final int GREATER = 0x1E;
  private static final int BELOW = 1;
  private static final int NOT_BELOW = 5;

  /** {@code to = op(a, b)}, or of {@code b} alone. */
  public void vector(VectorOp op, int to, int a, int b) {
    wide(op, to, a, b >> 3 & 1, b >> 4 & 1);
    bytes(op.code, REGISTER_FORM | (to & 7) << 3 | b & 7);
  }

  /** {@code to = op(a, [b])}. */
  public void vector(VectorOp op, int to, int a, Memory b) {
    wide(op, to, a, b.base().ordinal() >> 3, Math.max(0, index(b)) >> 3);
    bytes(op.code);
    operand(to, b);
  }

  /** The same with an immediate. */
  public void vector(VectorOp op, int to, int a, int b, int immediate) {
    vector(op, to, a, b);
    bytes(immediate);
  }

  /** The same with an operand in memory. */
  public void vector(VectorOp op, int to, int a, Memory b, int immediate) {
    vector(op, to, a, b);
    bytes(immediate);
  }

  /** Loads. */
  public void load(int to, Memory from) {
    moveVector(VectorOp.LOAD, to, from);
  }

  /** Stores. */
  public void store(Memory to, int from) {
    moveVector(VectorOp.STORE, from, to);
  }

  /** {@code to = from << by} in each 32 bits. */
  public void shiftLeft(int to, int from, int by) {
    shift(6, to, from, by);
  }

  /** {@code to = from >>> by} in each 32 bits. */
  public void shiftRight(int to, int from, int by) {
    shift(2, to, from, by);
  }

  private void shift(int way, int to, int from, int by) {
    wide(VectorOp.SHIFT, way, to, from >> 3 & 1, from >> 4 & 1);
    bytes(VectorOp.SHIFT.code, REGISTER_FORM | way << 3 | from & 7, by);
  }

  /** Sets a mask's bits where floats of {@code a} are greater than those of {@code b}. */
  public void greater(int mask, int a, int b) {
    greater(mask, a, b, ALL);
  }

  /** The same of bits that another mask has; all others are cleared. */
  public void greater(int mask, int a, int b, int within) {
    wide(0, 1, false, mask, a, b >> 3 & 1, b >> 4 & 1, within);
    bytes(0xC2, REGISTER_FORM | mask << 3 | b & 7, GREATER);
  }

  /** Sets a mask's bits where 32 bits of {@code a} as a number without a sign are below those of {@code b}. */
  public void below(int mask, int a, int b) {
    compareIntegers(mask, a, b, BELOW, 0);
  }

  /** Sets a mask's bits where another mask has them and {@code a} is not {@link #below} {@code b}. */
  public void notBelow(int mask, int a, int b, int within) {
    compareIntegers(mask, a, b, NOT_BELOW, within);
  }

  private void compareIntegers(int mask, int a, int b, int relation, int within) {
    wide(1, 3, false, mask, a, b >> 3 & 1, b >> 4 & 1, within);
    bytes(0x1E, REGISTER_FORM | mask << 3 | b & 7, relation);
  }

  /** Loads 16 floats, those that a mask leaves out as zeros without reading them. */
  public void load(int to, Memory from, int mask) {
    moveVector(VectorOp.LOAD, to, from, ZEROING | mask);
  }

  /** Stores those of 16 floats that a mask has. */
  public void store(Memory to, int from, int mask) {
    moveVector(VectorOp.STORE, from, to, mask);
  }

  /** Loads 16 bits of a mask. */
  public void loadMask(int to, Memory from) {
    mask(0x90, to, from);
  }

  /** Stores 16 bits of a mask. */
  public void storeMask(Memory to, int from) {
    mask(0x91, from, to);
  }

  private void mask(int code, int mask, Memory m) {
    int extensions = ((index(m) < 0 ? 0 : index(m) >> 3 & 1) << 6 | (m.base().ordinal() >> 3 & 1) << 5) ^ 0xE0;
    bytes(0xC4, extensions | 1, 0x78, code);
    operand(mask, m);
  }

  /** Stores past the caches. */
  public void stream(Memory to, int from) {
    moveVector(VectorOp.STREAM, from, to);
  }

  /** All 16 floats are {@code [from]}. */
  public void broadcast(int to, Memory from) {
    broadcast(false, 0x18, to, from);
  }

  /** All 8 numbers of 64 bits are {@code [from]}. */
  public void broadcastLong(int to, Memory from) {
    broadcast(true, 0x19, to, from);
  }

  private void broadcast(boolean wide, int code, int to, Memory from) {
    wide(1, 2, wide, to, 0, from.base().ordinal() >> 3, Math.max(0, index(from)) >> 3);
    bytes(code);
    operand(to, from);
  }

  /** Ends the use of wide vectors, as the calling convention wants it. */
  public void zeroUpper() {
    bytes(0xC5, 0xF8, 0x77);
  }

  private void moveVector(VectorOp op, int vector, Memory m) {
    moveVector(op, vector, m, 0);
  }

  private void moveVector(VectorOp op, int vector, Memory m, int masking) {
    wide(op.prefix, op.map, op.wide, vector, 0, m.base().ordinal() >> 3, Math.max(0, index(m)) >> 3, masking);
    bytes(op.code);
    operand(vector, m);
  }
}
