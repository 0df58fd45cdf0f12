package dev.cardinal.cpu.onednn.plan;

/** Memory that a step reads or writes: a part of the arena, from the first step that touches it to the last, or memory with an address of its own (a variable or constant). */
public final class Slot {
  final long bytes;
  final boolean fixed;
  private long address;
  private Slot home = this;
  int first = Integer.MAX_VALUE;
  int last = -1;

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

  /** The slot whose memory this one shares; itself if it shares none. */
  Slot home() {
    while (home != home.home) {
      home = home.home;
    }
    return home;
  }

  void share(Slot with) {
    home().home = with.home();
  }

  void touch(int step) {
    first = Math.min(first, step);
    last = Math.max(last, step);
  }

  void place(long at) {
    address = at;
  }

  /** Where it is; known once the arena is placed. */
  public long address() {
    return home().address;
  }
}
