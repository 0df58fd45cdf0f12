package dev.cardinal.cpu.onednn.machine;

/**
 * An operand in memory, at {@code base + index + offset}.
 *
 * @param index may be {@code null}, must not be {@code RSP}
 */
public record Memory(Register base, Register index, int offset) {
  public Memory {
    if (index == Register.RSP) {
      throw new IllegalArgumentException("an address at " + base + " + RSP cannot be encoded: the number of RSP says that there is no index; take RSP as the base");
    }
  }

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
