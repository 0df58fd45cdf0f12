package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;

/**
 * A convolution of maps that are channels last, in at most two dimensions; with a stride only a pointwise one.
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
 * @param grid which positions of the larger map count if there is a stride, {@code null} if there is none; height and width are those of the smaller map then
 */
public record TileShape(int samples, int in, int out, int groups, int height, int width, int kernelRows, int kernelColumns, int rowStep, int columnStep, int top, int left, int bottom, int right, Grid grid) {

  /**
   * Distances in positions of a map: between neighbouring columns that count, between rows that count, and between samples.
   *
   * @param column between columns
   * @param row between rows
   * @param sample between samples
   */
  record Grid(int column, int row, int sample) {}

  /** Places of a sum that a block of tiles takes at a time. */
  static final int DEPTH = 32;
  /** Of larger maps the list of work would be long, too. */
  private static final long MOST_POSITIONS = 1 << 24;
  /** Channels of half a block. */
  static final int HALF = 16;

  /** At stride 1. */
  TileShape(int samples, int in, int out, int groups, int height, int width, int kernelRows, int kernelColumns, int rowStep, int columnStep, int top, int left, int bottom, int right) {
    this(samples, in, out, groups, height, width, kernelRows, kernelColumns, rowStep, columnStep, top, left, bottom, right, null);
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
    if (!g.stride().isAll(1)) {
      boolean pointwise = w.spatialSize() == 1 && g.padLow().isAll(0) && g.padHigh().isAll(0) && g.groups() == 1;
      int height = plane ? x.dim(2) : 1;
      int width = x.dim(x.rank() - 1);
      int down = plane ? g.stride().at(0) : 1;
      int across = g.stride().at(last);
      Grid grid = new Grid(across, down * width, height * width);
      return pointwise ? new TileShape(x.dim(0), x.dim(1), w.dim(0), 1, (height - 1) / down + 1, (width - 1) / across + 1, 1, 1, 1, 1, 0, 0, 0, 0, grid) : null;
    }
    Spatial low = g.padLow();
    Spatial high = g.padHigh();
    TileShape s = new TileShape(x.dim(0), x.dim(1), w.dim(0), g.groups(), plane ? x.dim(2) : 1, x.dim(x.rank() - 1), plane ? w.dim(2) : 1, w.dim(w.rank() - 1), plane ? g.dilation().at(0) : 1,
        g.dilation().at(last), plane ? low.at(0) : 0, low.at(last), plane ? high.at(0) : 0, high.at(last));
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
    return fits ? new TileShape(samples, out, in, groups, outHeight(), outWidth(), kernelRows, kernelColumns, rowStep, columnStep, fullRows - top, fullColumns - left, fullRows - bottom, fullColumns - right, grid)
        : null;
  }

  /** Positions of all samples in one column where none depends on its neighbours. */
  private TileShape flat() {
    return isPointwise() ? new TileShape(1, in, out, groups, samples * height * width, 1, 1, 1, 1, 1, 0, 0, 0, 0) : this;
  }

  /** Whether every output depends on one position only, and every position counts. */
  boolean isPointwise() {
    return grid == null && kernelRows * kernelColumns == 1 && top + left + bottom + right == 0;
  }

  /** Rows of the output. */
  int outHeight() {
    return height + top + bottom - (kernelRows - 1) * rowStep;
  }

  /** Columns of the output. */
  int outWidth() {
    return width + left + right - (kernelColumns - 1) * columnStep;
  }

  /** Whether every position of both maps counts. */
  public boolean isDense() {
    return grid == null;
  }

  /** Places of the window. */
  public int taps() {
    return kernelRows * kernelColumns;
  }

  /** Multiply-adds. */
  public long macs() {
    return (long) samples * outHeight() * outWidth() * taps() * depth() * out;
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
