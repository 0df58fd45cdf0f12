package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A map in strips that fit into a processor's own cache: some rows of a sample, or some whole samples. Within a strip all positions lie in one line: every row is followed by zeros that serve as padding on both
 * sides, samples are apart by rows of zeros, so that a tap of the window is the same distance away at every position. Results at positions of padding are thrown away. With a stride the strip holds the maps of all
 * remainders, one behind the other: see {@link TilePhases}.
 */
final class TileStrips {
  /**
   * One strip.
   *
   * @param sample the first
   * @param samples how many
   * @param row the first one of the output
   * @param rows of the output in each sample
   */
  record Strip(int sample, int samples, int row, int rows) {}

  private final TileShape s;
  private final List<Strip> strips = new ArrayList<>();
  private final List<Integer> remainders;
  /** Positions from one remainder's map to the next one's. */
  private final int plane;

  /**
   * Divides a map.
   *
   * @param most positions of a strip, about
   * @param threads that share the work
   */
  TileStrips(TileShape s, long most, int threads) {
    this.s = s;
    this.remainders = s.hasStride() ? TilePhases.remainders(s) : List.of(0);
    int whole = s.paddedHeight() * s.padded();
    if (whole <= most) {
      int count = (int) Math.max(Math.min(threads, s.samples()), (s.samples() + most / whole - 1) / (most / whole));
      count = Math.min(s.samples(), (count + threads - 1) / threads * threads);
      for (int i = 0; i < count; i++) {
        int first = (int) ((long) s.samples() * i / count);
        strips.add(new Strip(first, (int) ((long) s.samples() * (i + 1) / count) - first, 0, s.outHeight()));
      }
    } else {
      // Positions that do not depend on each other are divided by whole blocks.
      int unit = s.isPointwise() ? TileShape.DEPTH : 1;
      int units = (s.outHeight() + unit - 1) / unit;
      int parts = (int) Math.min(units, (whole + most - 1) / most);
      for (int n = 0; n < s.samples(); n++) {
        for (int i = 0; i < parts; i++) {
          int first = (int) ((long) units * i / parts) * unit;
          strips.add(new Strip(n, 1, first, (int) Math.min(s.outHeight(), (long) units * (i + 1) / parts * unit) - first));
        }
      }
    }
    this.plane = strips.stream().mapToInt(p -> lines(p) * s.padded()).max().orElseThrow();
  }

  List<Strip> all() {
    return strips;
  }

  /** Input rows that a strip takes, of each remainder, with padding. */
  private int lines(Strip p) {
    return (p.samples - 1) * s.paddedHeight() + p.rows + s.rowOf(s.kernelRows() * s.kernelColumns() - 1) / s.down();
  }

  /** Positions of the input that a strip takes, with padding. */
  int stored(Strip p) {
    return s.hasStride() ? (remainders.size() - 1) * plane + lines(p) * s.padded() : s.left() + lines(p) * s.padded();
  }

  /** How far a tap's first position is behind the first one's, in positions of a strip. */
  int shift(int tap) {
    int map = s.hasStride() ? remainders.indexOf(TilePhases.remainder(s, tap)) * plane : 0;
    return map + shift(s.rowOf(tap) / s.down(), s.columnOf(tap) / s.across());
  }

  /** The same of so many rows and columns. */
  int shift(int rows, int columns) {
    return rows * s.padded() + columns;
  }

  /** Positions between the first and the farthest tap. */
  int reach() {
    return IntStream.range(0, s.kernelRows() * s.kernelColumns()).map(this::shift).max().orElseThrow();
  }

  /** Positions of the output from a strip's first to its last, those of padding between them. */
  int results(Strip p) {
    return ((p.samples - 1) * s.paddedHeight() + p.rows - 1) * s.padded() + s.outWidth();
  }

  /** The same for the strip that has most. */
  int mostStored() {
    return strips.stream().mapToInt(this::stored).max().orElseThrow();
  }

  /** The same for the strip that has most. */
  int mostResults() {
    return strips.stream().mapToInt(this::results).max().orElseThrow();
  }

  /** Adds operations that copy a strip's input with its padding; {@code pixel} is the number of bytes of a position. */
  void pad(TileJob job, Strip p, long source, int pixel, Place to) {
    if (s.hasStride()) {
      gather(job, p, source, pixel, to);
      return;
    }
    long line = (long) s.padded() * pixel;
    // A strip may see nothing but padding.
    int top = Math.max(0, Math.min(s.top() - p.row, lines(p)));
    int first = Math.max(0, p.row - s.top());
    int last = Math.min(s.height(), p.row + p.rows + (s.kernelRows() - 1) * s.rowStep() - s.top());
    Place at = to;
    long zeros = (long) s.left() * pixel + top * line;
    for (int n = p.sample; n < p.sample + p.samples; n++) {
      zero(job, at, zeros);
      at = at.plus(zeros);
      if (last > first) {
        job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, source + ((long) n * s.height() + first) * s.width() * pixel).with(TileJob.Pad.TARGET, at)
            .with(TileJob.Pad.ROWS, last - first).with(TileJob.Pad.BYTES, (long) s.width() * pixel).with(TileJob.Pad.ZERO_BYTES, line - (long) s.width() * pixel)
            .with(TileJob.Pad.SOURCE_STEP, (long) s.width() * pixel).with(TileJob.Pad.TARGET_STEP, line);
        at = at.plus((last - first) * line);
      }
      zeros = (s.paddedHeight() - s.height()) * line;
    }
    zero(job, at, to.address() + (long) stored(p) * pixel - at.address());
  }

  /** The map of every remainder, up to the place of the next one. */
  private void gather(TileJob job, Strip p, long source, int pixel, Place to) {
    Zeros zeros = new Zeros(job);
    for (int i = 0; i < remainders.size(); i++) {
      int row = remainders.get(i) / s.across();
      int column = remainders.get(i) % s.across() - s.left();
      int skipped = Math.min(s.padded(), Math.max(0, (s.across() - 1 - column) / s.across()));
      int real = Math.max(0, Math.min(s.padded(), Math.floorDiv(s.width() - 1 - column, s.across()) + 1) - skipped);
      Place at = to.plus((long) i * plane * pixel);
      for (int line = 0; line < lines(p); line++) {
        int n = p.sample + line / s.paddedHeight();
        int y = (p.row + line % s.paddedHeight()) * s.down() + row - s.top();
        Place begin = at.plus((long) line * s.padded() * pixel);
        if (y < 0 || y >= s.height() || real == 0) {
          zeros.add(begin, (long) s.padded() * pixel);
          continue;
        }
        zeros.add(begin, (long) skipped * pixel);
        zeros.write();
        job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, source + (((long) n * s.height() + y) * s.width() + (long) skipped * s.across() + column) * pixel)
            .with(TileJob.Pad.TARGET, begin.plus((long) skipped * pixel)).with(TileJob.Pad.ROWS, real).with(TileJob.Pad.BYTES, pixel).with(TileJob.Pad.SOURCE_STEP, (long) s.across() * pixel)
            .with(TileJob.Pad.TARGET_STEP, pixel);
        zeros.add(begin.plus((long) (skipped + real) * pixel), (long) (s.padded() - skipped - real) * pixel);
      }
      zeros.add(at.plus((long) lines(p) * s.padded() * pixel), i + 1 < remainders.size() ? (long) (plane - lines(p) * s.padded()) * pixel : 0);
    }
    zeros.write();
  }

  /** Zeros that lie one behind the other, written together. */
  private static final class Zeros {
    private final TileJob job;
    private Place begin;
    private long bytes;

    Zeros(TileJob job) {
      this.job = job;
    }

    void add(Place at, long more) {
      begin = bytes == 0 ? at : begin;
      bytes += more;
    }

    void write() {
      zero(job, begin, bytes);
      bytes = 0;
    }
  }

  /** Positions of the larger map from a strip's first row to the next strip's. */
  long spread(Strip p) {
    TileShape larger = s.strided();
    long rows = p.row + p.rows == s.outHeight() ? (long) p.samples * larger.height() - (long) p.row * larger.down() : (long) p.rows * larger.down();
    return rows * larger.width();
  }

  /** Where a strip's first row begins in the larger map, in positions. */
  long spreadPlace(Strip p) {
    TileShape larger = s.strided();
    return ((long) p.sample * larger.height() + (long) p.row * larger.down()) * larger.width();
  }

  /** As {@link #places}, in the larger map after its {@link #spreadPlace}; {@code null} if the strip has no positions of this phase. */
  long[] spreadPlaces(Strip p, TilePhases.Phase phase, int count) {
    TileShape larger = s.strided();
    long[] to = new long[count];
    for (int m = 0; m < count; m++) {
      int line = m / s.padded();
      int n = line / s.paddedHeight();
      int row = line % s.paddedHeight();
      int y = row * larger.down() + phase.row();
      int x = m % s.padded() * larger.across() + phase.column();
      boolean real = n < p.samples && row < p.rows && p.row * larger.down() + y < larger.height() && m % s.padded() < s.outWidth() && x < larger.width();
      if (m == 0 && !real) {
        return null;
      }
      to[m] = real ? ((long) n * larger.height() + y) * larger.width() + x : to[m - 1];
    }
    return to;
  }

  /** Adds operations that copy a strip's part of the output, with zeros at positions of padding; {@code pixel} is the number of bytes of a position. */
  void spread(TileJob job, Strip p, long from, int pixel, Place to) {
    long line = (long) s.padded() * pixel;
    long row = (long) s.outWidth() * pixel;
    for (int i = 0; i < p.samples; i++) {
      boolean last = i == p.samples - 1;
      Place at = to.plus(i * s.paddedHeight() * line);
      long source = from + ((p.sample + i) * (long) s.outHeight() + p.row) * row;
      // Behind the last row comes nothing.
      int rows = last ? p.rows - 1 : p.rows;
      if (rows > 0) {
        job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, source).with(TileJob.Pad.TARGET, at).with(TileJob.Pad.ROWS, rows).with(TileJob.Pad.BYTES, row)
            .with(TileJob.Pad.ZERO_BYTES, line - row).with(TileJob.Pad.SOURCE_STEP, row).with(TileJob.Pad.TARGET_STEP, line);
      }
      if (last) {
        job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, source + rows * row).with(TileJob.Pad.TARGET, at.plus(rows * line)).with(TileJob.Pad.ROWS, 1)
            .with(TileJob.Pad.BYTES, row);
      } else {
        zero(job, at.plus(rows * line), (s.paddedHeight() - rows) * line);
      }
    }
  }

  static void zero(TileJob job, Place at, long bytes) {
    if (bytes > 0) {
      job.operation(TileCode.Routine.PAD).with(TileJob.Pad.TARGET, at).with(TileJob.Pad.ROWS, 1).with(TileJob.Pad.ZERO_BYTES, bytes);
    }
  }

  /**
   * Where the results of a strip go, in positions of the output after the strip's first. Those of padding go where the last one before them goes that is none: whoever writes the last results first writes
   * the true ones over them.
   */
  long[] places(Strip p, int count) {
    long[] to = new long[count];
    for (int m = 0; m < count; m++) {
      int line = m / s.padded();
      int x = m % s.padded();
      int n = line / s.paddedHeight();
      int y = line % s.paddedHeight();
      boolean real = x < s.outWidth() && y < p.rows && n < p.samples;
      to[m] = real ? ((long) n * s.outHeight() + y) * s.outWidth() + x : to[m - 1];
    }
    return to;
  }

  /** Where a strip's first result goes, in positions of the output. */
  long place(Strip p) {
    return ((long) p.sample * s.outHeight() + p.row) * s.outWidth();
  }
}
