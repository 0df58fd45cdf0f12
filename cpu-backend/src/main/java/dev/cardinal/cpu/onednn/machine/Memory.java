package dev.cardinal.cpu.onednn.machine;

/**
 * An operand in memory, at {@code base + index + offset}.
 *
 * @param index may be {@code null}
 */
public record Memory(Register base, Register index, int offset) {
  /** At a register. */
  public static Memory at(Register base) {
    return new Memory(base, null, 0);
  }

  /** Some bytes after a register. */
  public static Memory at(Register base, int offset) {
    return new Memory(base, null, offset);
  }

  /** At the sum of two registers. */
  public static Memory at(Register base, Register index) {
    return new Memory(base, index, 0);
  }
}
