package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A depthwise convolution of maps that are channels last, in at most two dimensions: every channel is convolved with a window of its own.
 *
 * @param samples in the batch
 * @param channels of both maps
 * @param rows how places meet from top to bottom
 * @param columns how they meet from left to right
 */
public record DepthwiseShape(int samples, int channels, Axis rows, Axis columns) {
  /** Of larger maps the list of work would be long. */
  private static final long MOST_POSITIONS = 1 << 24;
  private static final int MOST_COLUMNS = 1 << 16;

  /**
   * One direction.
   *
   * @param size of the input
   * @param kernel places of the window
   * @param stride between outputs
   * @param step dilation
   * @param low padding before the first
   * @param high padding after the last
   */
  record Axis(int size, int kernel, int stride, int step, int low, int high) {
    /** Places of the output. */
    int out() {
      int room = size + low + high - (kernel - 1) * step - 1;
      return room < 0 ? 0 : room / stride + 1;
    }

    /** Places of the map that is written. */
    int written(boolean backward) {
      return backward ? size : out();
    }

    /** How many neighbours of the map that is written have other taps each. */
    int period(boolean backward) {
      return backward ? stride : 1;
    }

    /** The place of the map that is read from which distances count for a place of the one that is written. */
    int base(boolean backward, int place) {
      return backward ? place / stride : place * stride;
    }

    /** The taps that meet the map that is read. */
    List<Tap> taps(boolean backward, int place) {
      List<Tap> taps = new ArrayList<>();
      for (int k = 0; k < kernel; k++) {
        int at = backward ? place + low - k * step : place * stride - low + k * step;
        if (at >= 0 && (backward ? at % stride == 0 && at / stride < out() : at < size)) {
          taps.add(new Tap(k, (backward ? at / stride : at) - base(backward, place)));
        }
      }
      return taps;
    }

    /** Places of the map that is written, in blocks of at most so many that are {@link #period} apart and have the same taps; in order. */
    List<Block> blocks(boolean backward, int most) {
      List<Block> blocks = new ArrayList<>();
      int period = period(backward);
      for (int p = 0; p < period; p++) {
        for (int begin = p; begin < written(backward);) {
          List<Tap> taps = taps(backward, begin);
          int count = 1;
          while (begin + count * period < written(backward) && taps(backward, begin + count * period).equals(taps)) {
            count++;
          }
          int parts = (count + most - 1) / most;
          for (int i = 0; i < parts; i++) {
            int first = count * i / parts;
            int place = begin + first * period;
            blocks.add(new Block(place, base(backward, place), count * (i + 1) / parts - first, taps));
          }
          begin += count * period;
        }
      }
      blocks.sort(Comparator.comparingInt(Block::first));
      return blocks;
    }
  }

  /**
   * A place of the window.
   *
   * @param tap its number
   * @param place what it meets, counted from the base
   */
  record Tap(int tap, int place) {}

  /**
   * Neighbours with the same taps.
   *
   * @param first place of the map that is written
   * @param base place of the map that is read
   * @param count of places
   * @param taps of each
   */
  record Block(int first, int base, int count, List<Tap> taps) {}

  /**
   * Of a convolution, or {@code null} where it is another kind or does not fit.
   *
   * @param x the input's shape
   * @param w the weights' shape
   */
  public static DepthwiseShape of(ConvGeometry g, Shape x, Shape w) {
    return g.groups() == x.dim(1) ? grouped(g, x, w) : null;
  }

  /** The same of any convolution that gives as many channels as it takes. */
  static DepthwiseShape grouped(ConvGeometry g, Shape x, Shape w) {
    int channels = x.dim(1);
    if (w.dim(0) != channels || g.rank() > 2 || channels % TileShape.HALF != 0 || x.size() == 0 || (long) x.dim(0) * x.spatialSize() > MOST_POSITIONS) {
      return null;
    }
    int last = g.rank() - 1;
    DepthwiseShape s = new DepthwiseShape(x.dim(0), channels, g.rank() == 1 ? new Axis(1, 1, 1, 1, 0, 0) : axis(g, x, w, 0), axis(g, x, w, last));
    boolean wide = Math.max(s.columns.size, s.columns.out()) > MOST_COLUMNS;
    return s.rows.out() > 0 && s.columns.out() > 0 && s.outputs() <= MOST_POSITIONS && !wide ? s : null;
  }

  private static Axis axis(ConvGeometry g, Shape x, Shape w, int i) {
    Spatial low = g.padLow();
    return new Axis(x.dim(2 + i), w.dim(2 + i), g.stride().at(i), g.dilation().at(i), low.at(i), g.padHigh().at(i));
  }

  /** Places of the window. */
  public int taps() {
    return rows.kernel * columns.kernel;
  }

  /** Positions of the output. */
  private long outputs() {
    return (long) samples * rows.out() * columns.out();
  }

  /** Rows that threads can share: those of the smaller map. */
  public long shared() {
    return (long) samples * Math.min(rows.size, rows.out());
  }

  /** Elements of both maps. */
  public long elements() {
    return ((long) samples * rows.size * columns.size + outputs()) * channels;
  }

  /** Bytes of a position. */
  long position() {
    return (long) channels * Float.BYTES;
  }

  /** Bytes of a row of the input, or of the output. */
  long row(boolean output) {
    return (output ? columns.out() : columns.size) * position();
  }

  /** Bytes of a sample of the input, or of the output. */
  long sample(boolean output) {
    return (output ? rows.out() : rows.size) * row(output);
  }

  /** Copies a matrix of so many rows so that its columns become rows: a few numbers, for which the library wakes threads. */
  static Runnable turned(Floats from, int rows, int columns, Floats to) {
    float[] given = new float[rows * columns];
    float[] turned = new float[rows * columns];
    return () -> {
      from.get(0, given, 0, given.length);
      for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
          turned[c * rows + r] = given[r * columns + c];
        }
      }
      to.put(0, turned, 0, turned.length);
    };
  }
}
