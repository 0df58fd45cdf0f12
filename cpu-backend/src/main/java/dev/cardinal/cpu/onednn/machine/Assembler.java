package dev.cardinal.cpu.onednn.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes x86-64 machine code: the few instructions on general registers that loops and addresses need, vectors of 512 bits, and tiles (AMX). Encodings follow the Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2. Every address is written with an offset of 32 bits, every jump with a distance of 32 bits: kernels are short.
 */
public final class Assembler extends Encoder {
  /** A place to jump to, which may be known later. */
  public static final class Label {
    private int at = -1;
    private final List<Integer> users = new ArrayList<>();

    private Label() {}
  }

  /** When a jump is taken, after a comparison of unsigned numbers. */
  public enum Condition {
    /** First below second. */
    BELOW(2),
    /** First at least second. */
    AT_LEAST(3),
    /** Equal, or the last result was zero. */
    ZERO(4),
    /** Not equal, or the last result was not zero. */
    NOT_ZERO(5);

    private final int code;

    Condition(int code) {
      this.code = code;
    }
  }

  private static final int ZEROING = 0x80;
  /** The mask that stands for all elements. */
  private static final int ALL = 0;
  /** Ordered, without an exception for what is no number. */
  private static final int GREATER = 0x1E;
  private static final int BELOW = 1;
  private static final int NOT_BELOW = 5;

  private final List<Label> labels = new ArrayList<>();

  /** The code, jumps resolved. */
  public byte[] code() {
    byte[] code = written();
    for (Label l : labels) {
      if (l.at < 0) {
        throw new IllegalStateException("a jump leads to a label that was never placed");
      }
      for (int user : l.users) {
        int distance = l.at - (user + Integer.BYTES);
        for (int i = 0; i < Integer.BYTES; i++) {
          code[user + i] = (byte) (distance >> 8 * i);
        }
      }
    }
    return code;
  }

  /** A label for {@link #place}. */
  public Label label() {
    Label l = new Label();
    labels.add(l);
    return l;
  }

  /** Puts a label here. */
  public Label place(Label l) {
    l.at = position();
    return l;
  }

  /** A label here, to jump back to. */
  public Label here() {
    return place(label());
  }

  // General registers.

  /** {@code to = from}. */
  public void move(Register to, Register from) {
    general(0x8B, to, from);
  }

  /** {@code to = number}, which must not be negative. */
  public void move(Register to, int number) {
    rex(false, 0, -1, to.ordinal());
    bytes(0xB8 | to.ordinal() & 7);
    number(number);
  }

  /** {@code to = [from]}. */
  public void load(Register to, Memory from) {
    general(0x8B, to, from);
  }

  /** {@code [to] = from}. */
  public void store(Memory to, Register from) {
    general(0x89, from, to);
  }

  /** {@code to = } the address of {@code from}. */
  public void address(Register to, Memory from) {
    general(0x8D, to, from);
  }

  /** {@code to += by}. */
  public void add(Register to, Register by) {
    general(0x03, to, by);
  }

  /** {@code to += [by]}. */
  public void add(Register to, Memory by) {
    general(0x03, to, by);
  }

  /** {@code to += number}. */
  public void add(Register to, int number) {
    rex(true, 0, -1, to.ordinal());
    bytes(0x81, REGISTER_FORM | to.ordinal() & 7);
    number(number);
  }

  /** {@code to -= by}. */
  public void subtract(Register to, Register by) {
    general(0x2B, to, by);
  }

  /** {@code to -= number}. */
  public void subtract(Register to, int number) {
    add(to, -number);
  }

  /** {@code to &= by}. */
  public void and(Register to, Register by) {
    general(0x23, to, by);
  }

  /** {@code to &= number}. */
  public void and(Register to, int number) {
    rex(true, 0, -1, to.ordinal());
    bytes(0x81, REGISTER_FORM | 4 << 3 | to.ordinal() & 7);
    number(number);
  }

  /** {@code to *= [by]}. */
  public void multiply(Register to, Memory by) {
    rex(true, to.ordinal(), index(by), by.base().ordinal());
    bytes(0x0F, 0xAF);
    operand(to.ordinal(), by);
  }

  /** Compares {@code a} with {@code b} for a conditional jump. */
  public void compare(Register a, Register b) {
    general(0x3B, a, b);
  }

  /** Compares {@code a} with {@code [b]} for a conditional jump. */
  public void compare(Register a, Memory b) {
    general(0x3B, a, b);
  }

  /** Compares {@code [a]} with {@code number} for a conditional jump. */
  public void compare(Memory a, int number) {
    rex(true, 0, index(a), a.base().ordinal());
    bytes(0x81);
    operand(7, a);
    number(number);
  }

  /** {@code to -= 1}, for a conditional jump. */
  public void decrement(Register to) {
    rex(true, 0, -1, to.ordinal());
    bytes(0xFF, REGISTER_FORM | 1 << 3 | to.ordinal() & 7);
  }

  /** {@code [to] -= 1}, for a conditional jump. */
  public void decrement(Memory to) {
    rex(true, 0, index(to), to.base().ordinal());
    bytes(0xFF);
    operand(1, to);
  }

  /** Adds {@code by} to {@code [to]} for all threads at once; {@code by} takes the value before. */
  public void exchangeAdd(Memory to, Register by) {
    bytes(0xF0);
    rex(true, by.ordinal(), index(to), to.base().ordinal());
    bytes(0x0F, 0xC1);
    operand(by.ordinal(), to);
  }

  /** Adds one to {@code [to]} for all threads at once. */
  public void countUp(Memory to) {
    bytes(0xF0);
    rex(true, 0, index(to), to.base().ordinal());
    bytes(0xFF);
    operand(0, to);
  }

  /** Jumps. */
  public void jump(Label to) {
    bytes(0xE9);
    distance(to);
  }

  /** Jumps on a condition. */
  public void jump(Condition when, Label to) {
    bytes(0x0F, 0x80 | when.code);
    distance(to);
  }

  /** Calls what {@code [at]} holds the address of. */
  public void call(Memory at) {
    rex(false, 0, index(at), at.base().ordinal());
    bytes(0xFF);
    operand(2, at);
  }

  /** Returns. */
  public void ret() {
    bytes(0xC3);
  }

  /** Saves a register. */
  public void push(Register r) {
    rex(false, 0, -1, r.ordinal());
    bytes(0x50 | r.ordinal() & 7);
  }

  /** Restores a register. */
  public void pop(Register r) {
    rex(false, 0, -1, r.ordinal());
    bytes(0x58 | r.ordinal() & 7);
  }

  /** Fetches a line of memory into the caches. */
  public void prefetch(Memory from) {
    prefetch(1, from);
  }

  /** Fetches a line of memory into the cache of the second level. */
  public void prefetchSecond(Memory from) {
    prefetch(2, from);
  }

  private void prefetch(int level, Memory from) {
    rex(false, 0, index(from), from.base().ordinal());
    bytes(0x0F, 0x18);
    operand(level, from);
  }

  /** Tells the processor that this loop waits for another thread. */
  public void pause() {
    bytes(0xF3, 0x90);
  }

  // Vectors.

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

  // Tiles.

  /** Sets all tiles' rows and columns by the 64 bytes at {@code from}, and zeros them. */
  public void configureTiles(Memory from) {
    vex(0, 0, index(from), from.base().ordinal(), 0);
    bytes(0x49);
    operand(0, from);
  }

  /** Ends the use of tiles. */
  public void releaseTiles() {
    vex(0, 0, -1, 0, 0);
    bytes(0x49, REGISTER_FORM);
  }

  /** Loads a tile, its rows a register's number of bytes apart. */
  public void loadTile(int to, Register at, int offset, Register stride) {
    tile(3, 0x4B, to, new Memory(at, stride, offset));
  }

  /** Stores a tile. */
  public void storeTile(Register at, int offset, Register stride, int from) {
    tile(2, 0x4B, from, new Memory(at, stride, offset));
  }

  /** {@code to += a b}, sums of products of bfloat16 pairs in float32. */
  public void multiplyTiles(int to, int a, int b) {
    vex(2, 0, -1, 0, b);
    bytes(0x5C, REGISTER_FORM | to << 3 | a);
  }

  private void tile(int prefix, int code, int tile, Memory m) {
    vex(prefix, 0, index(m), m.base().ordinal(), 0);
    bytes(code);
    operand(tile, m);
  }

  private void distance(Label to) {
    to.users.add(position());
    number(0);
  }
}
