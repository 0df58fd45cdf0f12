package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.Shape;

/**
 * A convolution in groups of few channels, of maps that are channels last, in at most two dimensions, with as many outputs as inputs.
 *
 * @param maps both maps, and how places meet
 * @param width channels of a group: a power of two
 */
public record GroupedShape(DepthwiseShape maps, int width) {
  /** Channels of a vector. */
  static final int VECTOR = TileShape.HALF;
  /** The first axes of weights that are not along inputs: together the outputs. */
  public static final int OUTPUT_AXES = 2;
  private static final int NARROWEST = 2;
  private static final int WIDEST = 32;

  /**
   * Of a convolution, or {@code null} where it is another kind or does not fit.
   *
   * @param x the input's shape
   * @param w the weights' shape
   */
  public static GroupedShape of(ConvGeometry g, Shape x, Shape w) {
    int width = x.dim(1) / g.groups();
    // All channels of one wide group are what tiles are for.
    boolean fits = width >= NARROWEST && width <= WIDEST && Integer.bitCount(width) == 1 && (g.groups() > 1 || width < TileShape.DEPTH);
    DepthwiseShape maps = fits ? DepthwiseShape.grouped(g, x, w) : null;
    return maps == null || maps.channels() % Math.max(width, VECTOR) != 0 ? null : new GroupedShape(maps, width);
  }

  /** Multiply-adds, but for those at borders. */
  public long macs() {
    return (long) maps.samples() * maps.rows().out() * maps.columns().out() * maps.channels() * width * maps.taps();
  }

  /** Vectors of a position. */
  int vectors() {
    return maps.channels() / VECTOR;
  }

  /** Bytes of a group of a position. */
  long groupBytes() {
    return (long) width * Float.BYTES;
  }

  /** Bytes of the weights of 16 channels. */
  long vectorBytes() {
    return tapBytes() * maps.taps();
  }

  /** Bytes of the weights of 16 channels for one tap: a vector for each channel of a group. */
  long tapBytes() {
    return (long) width * VECTOR * Float.BYTES;
  }

  /** Bytes of all weights. */
  public long weightBytes() {
    return vectors() * vectorBytes();
  }

  /**
   * How weights lie, for {@link #arranged}.
   *
   * @param inputs whether vectors are along the inputs, not the outputs
   */
  public MemoryDesc lying(boolean inputs) {
    long taps = maps.taps();
    long row = width * taps;
    if (!inputs) {
      return MemoryDesc.rowMajor(dims(false));
    }
    long group = width * row;
    return MemoryDesc.strided(dims(true), width < VECTOR ? new long[] {VECTOR * row, group, taps, row, 1} : new long[] {group, VECTOR * taps, taps, row, 1});
  }

  /** How the machine code wants weights: for every 16 channels, tap and channel of the other map's group a vector. */
  public MemoryDesc arranged(boolean inputs) {
    long tap = (long) width * VECTOR;
    long vector = tap * maps.taps();
    if (!inputs) {
      return MemoryDesc.strided(dims(false), new long[] {vector, 1, VECTOR, tap});
    }
    return MemoryDesc.strided(dims(true), width < VECTOR ? new long[] {vector, width, 1, VECTOR, tap} : new long[] {width / VECTOR * vector, vector, 1, VECTOR, tap});
  }

  private long[] dims(boolean inputs) {
    if (!inputs) {
      return new long[] {vectors(), VECTOR, width, maps.taps()};
    }
    int groups = maps.channels() / width;
    return width < VECTOR ? new long[] {vectors(), VECTOR / width, width, width, maps.taps()} : new long[] {groups, width / VECTOR, VECTOR, width, maps.taps()};
  }
}
