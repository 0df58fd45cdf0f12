package dev.cardinal.cuda.plan;

import dev.cardinal.cuda.api.KernelArg;

/** An argument of a kernel in a step: a slot, whose address comes later, or a value. */
public sealed interface Arg {
  /** The memory of a slot. */
  record Memory(Slot slot, KernelArg.Access access) implements Arg {}

  /** A value, or a null pointer. */
  record Fixed(KernelArg value) implements Arg {}

  /** A slot that the kernel reads. */
  static Arg in(Slot s) {
    return new Memory(s, KernelArg.Access.READ);
  }

  /** A slot that the kernel writes. */
  static Arg out(Slot s) {
    return new Memory(s, KernelArg.Access.WRITE);
  }

  /** A slot that the kernel reads and writes. */
  static Arg inOut(Slot s) {
    return new Memory(s, KernelArg.Access.READ_WRITE);
  }

  /** An {@code int} parameter. */
  static Arg of(int v) {
    return new Fixed(KernelArg.of(v));
  }

  /** A {@code long long} parameter. */
  static Arg of(long v) {
    return new Fixed(KernelArg.of(v));
  }

  /** A {@code float} parameter. */
  static Arg of(float v) {
    return new Fixed(KernelArg.of(v));
  }

  /** A null pointer, for an optional operand that is absent. */
  static Arg none() {
    return new Fixed(KernelArg.none());
  }
}
