package dev.cardinal.cpu.onednn.binding;

import org.bytedeco.javacpp.Pointer;

/** A borrowed raw address as the binding wants it: no deallocator, so neither the garbage collector nor {@link #close} frees it. */
final class Address extends Pointer {
  Address(long at) {
    super((Pointer) null);
    address = at;
  }
}
