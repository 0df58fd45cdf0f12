package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;

/**
 * A dense convolution at stride 1 of maps that are channels last, in at most two dimensions.
 *
 * @param samples in the batch
 * @param in channels read
 * @param out channels written
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
 */
public record TileShape(int samples, int in, int out, int height, int width, int kernelRows, int kernelColumns, int rowStep, int columnStep, int top, int left, int bottom, int right) {
  /** Places of a sum that a block of tiles takes at a time. */
  static final int DEPTH = 32;
  /** Channels of half a block. */
  static final int HALF = 16;

  /**
   * Of a convolution of {@code x} to {@code y}, or {@code null} where tiles do not fit.
   *
   * @param w the weights' shape
   */
  public static TileShape of(ConvGeometry g, Shape x, Shape w) {
    if (g.groups() != 1 || !g.stride().isAll(1) || g.rank() > 2 || x.size() == 0) {
      return null;
    }
    boolean plane = g.rank() == 2;
    int last = g.rank() - 1;
    Spatial one = g.padLow();
    TileShape s = new TileShape(x.dim(0), w.dim(1), w.dim(0), plane ? x.dim(2) : 1, x.dim(x.rank() - 1), plane ? w.dim(2) : 1, w.dim(w.rank() - 1), plane ? g.dilation().at(0) : 1,
        g.dilation().at(last), plane ? one.at(0) : 0, one.at(last), plane ? g.padHigh().at(0) : 0, g.padHigh().at(last));
    boolean pads = Math.min(Math.min(s.top, s.left), Math.min(s.bottom, s.right)) >= 0;
    return pads && s.outHeight() > 0 && s.outWidth() > 0 ? s.flat() : null;
  }

  /** The convolution that gives the gradient of the input from the output's, or {@code null}: with the window turned round. */
  public TileShape mirrored() {
    int fullRows = (kernelRows - 1) * rowStep;
    int fullColumns = (kernelColumns - 1) * columnStep;
    boolean fits = Math.max(top, bottom) <= fullRows && Math.max(left, right) <= fullColumns;
    return fits ? new TileShape(samples, out, in, outHeight(), outWidth(), kernelRows, kernelColumns, rowStep, columnStep, fullRows - top, fullColumns - left, fullRows - bottom, fullColumns - right)
        : null;
  }

  /** Positions of all samples in one column where none depends on its neighbours. */
  private TileShape flat() {
    return isPointwise() ? new TileShape(1, in, out, samples * height * width, 1, 1, 1, 1, 1, 0, 0, 0, 0) : this;
  }

  /** Whether every output depends on one position only. */
  boolean isPointwise() {
    return kernelRows * kernelColumns == 1 && top + left + bottom + right == 0;
  }

  /** Rows of the output. */
  int outHeight() {
    return height + top + bottom - (kernelRows - 1) * rowStep;
  }

  /** Columns of the output. */
  int outWidth() {
    return width + left + right - (kernelColumns - 1) * columnStep;
  }

  /** Places of the window. */
  public int taps() {
    return kernelRows * kernelColumns;
  }

  /** Multiply-adds. */
  public long macs() {
    return (long) samples * outHeight() * outWidth() * taps() * in * out;
  }

  /** Positions of the input. */
  long positions() {
    return (long) samples * height * width;
  }

  /** Columns of a row with the zeros after it, which are those before the next one, too. */
  int padded() {
    return Math.max(width + Math.max(left, right), outWidth());
  }

  /** Rows from one sample to the next with the zeros between them. */
  int paddedHeight() {
    return Math.max(height + Math.max(top, bottom), outHeight());
  }

  /** How far a tap's first position is behind the first one's, in positions of padded rows. */
  int shift(int tap) {
    return tap / kernelColumns * rowStep * padded() + tap % kernelColumns * columnStep;
  }

  /** Positions between the first and the last tap. */
  int reach() {
    return shift(taps() - 1);
  }
}
