package dev.cardinal.cuda.plan;

/** Device memory of a value: in the program's arena, at an address that is known once all steps are, or fixed from the start. */
public final class Slot {
  private final long bytes;
  private final boolean fixed;
  private long address;
  private int first = Integer.MAX_VALUE;
  private int last = -1;

  private Slot(long bytes, boolean fixed, long address) {
    this.bytes = bytes;
    this.fixed = fixed;
    this.address = address;
  }

  static Slot inArena(long bytes) {
    return new Slot(bytes, false, 0);
  }

  static Slot fixed(long address, long bytes) {
    return new Slot(bytes, true, address);
  }

  /** Its size. */
  public long bytes() {
    return bytes;
  }

  /** Whether it is the memory of a variable or constant. */
  public boolean isFixed() {
    return fixed;
  }

  /** Where it is; only steps that are being bound may ask. */
  public long address() {
    if (address == 0 && bytes > 0) {
      throw new IllegalStateException("a slot of " + bytes + " bytes has no address before the arena is planned; ask for it in the step's binding");
    }
    return address;
  }

  /** That a step uses it. */
  void touch(int step) {
    first = Math.min(first, step);
    last = Math.max(last, step);
  }

  int first() {
    return first;
  }

  int last() {
    return last;
  }

  void place(long at) {
    address = at;
  }
}
