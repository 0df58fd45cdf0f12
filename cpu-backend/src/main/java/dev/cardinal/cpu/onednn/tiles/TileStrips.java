package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * A map in strips that fit into a processor's own cache: some rows of a sample, or some whole samples. Within a strip all positions lie in one line: every row is followed by zeros that serve as padding on both
 * sides, samples are apart by rows of zeros, so that a tap of the window is the same distance away at every position. Results at positions of padding are thrown away.
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

  /**
   * Divides a map.
   *
   * @param most positions of a strip, about
   * @param threads that share the work
   */
  TileStrips(TileShape s, long most, int threads) {
    this.s = s;
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
  }

  List<Strip> all() {
    return strips;
  }

  /** Input rows that a strip takes, with padding. */
  private int lines(Strip p) {
    return (p.samples - 1) * s.paddedHeight() + p.rows + (s.kernelRows() - 1) * s.rowStep();
  }

  /** Positions of the input that a strip takes, with padding. */
  int stored(Strip p) {
    return s.left() + lines(p) * s.padded();
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
    if (s.grid() != null) {
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

  /** Of the larger map's positions those that count. */
  private void gather(TileJob job, Strip p, long source, int pixel, Place to) {
    Place at = to;
    for (int n = p.sample; n < p.sample + p.samples; n++) {
      for (int y = p.row; y < p.row + p.rows; y++) {
        job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, source + ((long) n * s.grid().sample() + (long) y * s.grid().row()) * pixel).with(TileJob.Pad.TARGET, at)
            .with(TileJob.Pad.ROWS, s.width()).with(TileJob.Pad.BYTES, pixel).with(TileJob.Pad.SOURCE_STEP, (long) s.grid().column() * pixel).with(TileJob.Pad.TARGET_STEP, pixel);
        at = at.plus((long) s.width() * pixel);
      }
    }
  }

  /** Positions of the larger map from a strip's first row to the next strip's. */
  long spread(Strip p) {
    TileShape.Grid g = s.grid();
    return p.row + p.rows == s.height() ? (long) p.samples * g.sample() - (long) p.row * g.row() : (long) p.rows * g.row();
  }

  /** Where a strip's first result goes in the larger map, in positions. */
  long spreadPlace(Strip p) {
    return (long) p.sample * s.grid().sample() + (long) p.row * s.grid().row();
  }

  /** As {@link #places}, in the larger map. */
  long[] spreadPlaces(Strip p, int count) {
    long[] to = new long[count];
    for (int m = 0; m < count; m++) {
      int line = m / s.width();
      boolean real = line < p.samples * p.rows;
      to[m] = real ? (long) (line / p.rows) * s.grid().sample() + (long) (line % p.rows) * s.grid().row() + (long) (m % s.width()) * s.grid().column() : to[m - 1];
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
