package dev.cardinal.cpu.onednn.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes x86-64 machine code: the few instructions on general registers that loops and addresses need, vectors of 512 bits, and tiles (AMX). Encodings follow the Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2. Every address is written with an offset of 32 bits, every jump with a distance of 32 bits: kernels are short.
 */
public final class Assembler extends VectorAssembler {
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
