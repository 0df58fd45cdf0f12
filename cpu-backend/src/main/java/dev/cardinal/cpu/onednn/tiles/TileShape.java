package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;

/**
 * A convolution of maps that are channels last, in at most two dimensions.
 *
 * @param samples in the batch
 * @param in channels read, of all groups
 * @param out channels written, of all groups
 * @param groups which divide both
 * @param height of the input
 * @param width of the input
 * @param kernelRows of the window
 * @param kernelColumns of the window
 * @param rowStep dilation between rows
 * @param columnStep dilation between columns
 * @param top padding
 * @param left padding
 * @param bottom padding
 * @param right padding
 * @param down stride over rows
 * @param across stride over columns
 * @param strided the convolution with a stride whose input's gradient this gives, {@code null} if it is none: the window is then that which each of several interleaved convolutions sees a part of
 */
public record TileShape(int samples, int in, int out, int groups, int height, int width, int kernelRows, int kernelColumns, int rowStep, int columnStep, int top, int left, int bottom, int right, int down,
    int across, TileShape strided) {
  /** Places of a sum that a block of tiles takes at a time. */
  static final int DEPTH = 32;
  /** Of larger maps the list of work would be long, too. */
  private static final long MOST_POSITIONS = 1 << 24;
  /** Channels of half a block. */
  static final int HALF = 16;

  /** With a stride. */
  TileShape(int samples, int in, int out, int groups, int height, int width, int kernelRows, int kernelColumns, int rowStep, int columnStep, int top, int left, int bottom, int right, int down, int across) {
    this(samples, in, out, groups, height, width, kernelRows, kernelColumns, rowStep, columnStep, top, left, bottom, right, down, across, null);
  }

  /** At stride 1. */
  TileShape(int samples, int in, int out, int groups, int height, int width, int kernelRows, int kernelColumns, int rowStep, int columnStep, int top, int left, int bottom, int right) {
    this(samples, in, out, groups, height, width, kernelRows, kernelColumns, rowStep, columnStep, top, left, bottom, right, 1, 1);
  }

  /**
   * Of a convolution of {@code x} to {@code y}, or {@code null} where tiles do not fit.
   *
   * @param w the weights' shape
   */
  public static TileShape of(ConvGeometry g, Shape x, Shape w) {
    long positions = (long) x.dim(0) * x.spatialSize();
    if (g.rank() > 2 || x.size() == 0 || positions > MOST_POSITIONS) {
      return null;
    }
    boolean plane = g.rank() == 2;
    int last = g.rank() - 1;
    Spatial low = g.padLow();
    Spatial high = g.padHigh();
    TileShape s = new TileShape(x.dim(0), x.dim(1), w.dim(0), g.groups(), plane ? x.dim(2) : 1, x.dim(x.rank() - 1), plane ? w.dim(2) : 1, w.dim(w.rank() - 1), plane ? g.dilation().at(0) : 1,
        g.dilation().at(last), plane ? low.at(0) : 0, low.at(last), plane ? high.at(0) : 0, high.at(last), plane ? g.stride().at(0) : 1, g.stride().at(last));
    return s.outHeight() > 0 && s.outWidth() > 0 ? s.flat() : null;
  }

  /** Channels that an output depends on. */
  public int depth() {
    return in / groups;
  }

  /** The convolution that gives the gradient of the input from the output's, or {@code null}: with the window turned round. */
  public TileShape mirrored() {
    int fullRows = (kernelRows - 1) * rowStep;
    int fullColumns = (kernelColumns - 1) * columnStep;
    boolean fits = Math.max(top, bottom) <= fullRows && Math.max(left, right) <= fullColumns;
    if (!fits) {
      return null;
    }
    return hasStride() ? TilePhases.interleaved(this)
        : new TileShape(samples, out, in, groups, outHeight(), outWidth(), kernelRows, kernelColumns, rowStep, columnStep, fullRows - top, fullColumns - left, fullRows - bottom, fullColumns - right);
  }

  /** Positions of all samples in one column where none depends on its neighbours. */
  private TileShape flat() {
    return isPointwise() ? new TileShape(1, in, out, groups, samples * height * width, 1, 1, 1, 1, 1, 0, 0, 0, 0) : this;
  }

  /** Whether every output depends on one position only, and every position counts. */
  boolean isPointwise() {
    return strided == null && !hasStride() && kernelRows * kernelColumns == 1 && !hasPadding();
  }

  boolean hasPadding() {
    return top + left + bottom + right > 0;
  }

  /** Whether neighbouring outputs are several positions of the input apart. */
  boolean hasStride() {
    return down * across > 1;
  }

  /** Rows from the window's first to a tap. */
  int rowOf(int tap) {
    return tap / kernelColumns * rowStep;
  }

  /** Columns from the window's first to a tap. */
  int columnOf(int tap) {
    return tap % kernelColumns * columnStep;
  }

  /** Rows of the output. */
  int outHeight() {
    return Math.floorDiv(height + top + bottom - (kernelRows - 1) * rowStep - 1, down) + 1;
  }

  /** Columns of the output. */
  int outWidth() {
    return Math.floorDiv(width + left + right - (kernelColumns - 1) * columnStep - 1, across) + 1;
  }

  /** Whether every position of the result gets what the same taps give. */
  public boolean isDense() {
    return strided == null;
  }

  /** Places of the window. */
  public int taps() {
    return strided == null ? kernelRows * kernelColumns : strided.taps();
  }

  /** Multiply-adds. */
  public long macs() {
    return strided == null ? (long) samples * outHeight() * outWidth() * taps() * depth() * out : strided.macs();
  }

  /** Positions of the smaller map. */
  long positions() {
    return (long) samples * (hasStride() ? outHeight() * outWidth() : height * width);
  }

  /** Columns of a row with the zeros after it, which are those before the next one, too. */
  int padded() {
    return hasStride() ? outWidth() + (kernelColumns - 1) * columnStep / across : Math.max(width + Math.max(left, right), outWidth());
  }

  /** Rows from one sample to the next with the zeros between them. */
  int paddedHeight() {
    return hasStride() ? outHeight() + (kernelRows - 1) * rowStep / down : Math.max(height + Math.max(top, bottom), outHeight());
  }
}
