package dev.cardinal.cpu.onednn.binding;

/**
 * What is applied to a result r before it is written: {@code then(r scale + shift + residual)}. The operands are arguments of the primitive, in this order at {@link Primitives#following}.
 *
 * @param channels describes scale and shift, one value per channel; {@code null} for neither
 * @param residual describes the residual; {@code null} for none
 * @param then {@code null} for nothing
 */
public record Following(MemoryDesc channels, MemoryDesc residual, Elementwise then) {
  /** Where the residual stands among the operands. */
  public int residualPlace() {
    return channels == null ? 0 : 2;
  }

  /** A function alone; {@code null} for nothing. */
  public static Following only(Elementwise then) {
    return new Following(null, null, then);
  }
}
