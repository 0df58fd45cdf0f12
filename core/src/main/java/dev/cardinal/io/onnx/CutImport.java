package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Pad;
import dev.cardinal.op.Slice;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operations that take parts of a tensor or surround it: Slice, Split, Gather, Pad. */
final class CutImport {
  private CutImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("Slice", CutImport::slice);
    map.put("Split", CutImport::split);
    map.put("Gather", CutImport::gather);
    map.put("Pad", CutImport::pad);
    map.put("CenterCropPad", CutImport::centre);
  }

  /** First index, number of elements and step of a slice, per axis. */
  record Range(int begin, int count, int step) {
    int[] indices() {
      return IntStream.range(0, count).map(i -> begin + i * step).toArray();
    }
  }

  static Range[] ranges(NodeImport n) {
    boolean attributes = n.opset() < 10;
    Shape x = n.shape(0);
    long[] starts = attributes ? n.attributes().longs("starts") : n.longs(1);
    long[] ends = attributes ? n.attributes().longs("ends") : n.longs(2);
    long[] axes = attributes ? n.attributes().longs("axes") : n.has(3) ? n.longs(3) : null;
    long[] steps = !attributes && n.has(4) ? n.longs(4) : null;
    if (starts == null || ends == null || starts.length != ends.length || axes != null && axes.length != starts.length || steps != null && steps.length != starts.length) {
      throw n.broken("has starts, ends, axes and steps of different lengths");
    }
    Range[] r = new Range[x.rank()];
    for (int i = 0; i < r.length; i++) {
      r[i] = new Range(0, x.dim(i), 1);
    }
    for (int i = 0; i < starts.length; i++) {
      int axis = n.axis(axes == null ? i : axes[i], x.rank());
      r[axis] = range(n, x.dim(axis), starts[i], ends[i], steps == null ? 1 : steps[i]);
    }
    return r;
  }

  /** Indices beyond an end are taken back to it, as the specification and numpy have it. */
  private static Range range(NodeImport n, int d, long start, long end, long step) {
    if (step == 0) {
      throw n.broken("has a step of 0");
    }
    long s = start < 0 ? start + d : start;
    long e = end < 0 ? end + d : end;
    if (step > 0) {
      s = Math.max(0, Math.min(s, d));
      e = Math.max(0, Math.min(e, d));
    } else {
      s = Math.max(-1, Math.min(s, d - 1));
      e = Math.max(-1, Math.min(e, d - 1));
    }
    long st = Math.max(-(long) d - 1, Math.min(step, (long) d + 1));
    long count = st > 0 ? (e - s + st - 1) / st : (s - e - st - 1) / -st;
    return new Range((int) s, (int) Math.max(0, count), (int) st);
  }

  private static void slice(NodeImport n) {
    Range[] ranges = ranges(n);
    List<Integer> begin = new ArrayList<>();
    List<Integer> end = new ArrayList<>();
    List<Integer> step = new ArrayList<>();
    for (int i = 0; i < ranges.length; i++) {
      boolean forward = ranges[i].step > 0;
      int first = forward ? Math.min(ranges[i].begin, n.shape(0).dim(i)) : 0;
      begin.add(first);
      end.add(!forward ? n.shape(0).dim(i) : ranges[i].count == 0 ? first : ranges[i].begin + (ranges[i].count - 1) * ranges[i].step + 1);
      step.add(forward ? ranges[i].step : 1);
    }
    Value y = n.emit(new Slice(begin, end, step), n.value(0));
    for (int i = 0; i < ranges.length; i++) {
      y = ranges[i].step > 0 ? y : Axes.gather(n, y, i, ranges[i].indices());
    }
    n.out(y);
  }

  /** The sizes of the pieces. */
  static int[] pieces(NodeImport n, int axis) {
    int d = n.shape(0).dim(axis);
    long[] sizes = n.opset() >= 13 ? n.has(1) ? n.longs(1) : null : n.attributes().longs("split");
    int outputs = n.node().outputs().size();
    if (sizes != null) {
      if (sizes.length != outputs || Arrays.stream(sizes).anyMatch(s -> s < 0) || Arrays.stream(sizes).sum() != d) {
        throw n.broken("splits " + d + " elements into " + Arrays.toString(sizes) + " for " + outputs + " outputs");
      }
      return Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
    }
    int count = n.opset() >= 18 ? n.attributes().integer("num_outputs", outputs) : outputs;
    if (count != outputs || count < 1 || n.opset() < 18 && d % count != 0) {
      throw n.broken("splits " + d + " elements into " + count + " parts for " + outputs + " outputs");
    }
    int each = (d + count - 1) / count;
    return IntStream.range(0, count).map(i -> Math.max(0, Math.min(each, d - i * each))).toArray();
  }

  private static void split(NodeImport n) {
    int axis = n.axis(n.attributes().integer("axis", 0), n.rank(0));
    int at = 0;
    int[] pieces = pieces(n, axis);
    for (int i = 0; i < pieces.length; i++) {
      n.out(i, Axes.slice(n, n.value(0), axis, at, at + pieces[i]));
      at += pieces[i];
    }
  }

  /** Indices of a Gather, counted from the front. */
  static int[] indices(NodeImport n, int axis) {
    int d = n.shape(0).dim(axis);
    return Arrays.stream(n.longs(1)).mapToInt(i -> {
      if (i < -d || i >= d) {
        throw n.broken("takes index " + i + " of an axis of " + d);
      }
      return (int) (i < 0 ? i + d : i);
    }).toArray();
  }

  /** The output's sizes: those of the indices in place of the axis. */
  static int[] gathered(NodeImport n, int axis) {
    int[] x = n.shape(0).dims();
    int[] i = n.shape(1).dims();
    return IntStream.concat(IntStream.concat(Arrays.stream(x, 0, axis), Arrays.stream(i)), Arrays.stream(x, axis + 1, x.length)).toArray();
  }

  private static void gather(NodeImport n) {
    int axis = n.axis(n.attributes().integer("axis", 0), n.rank(0));
    n.out(Axes.reshape(n, Axes.gather(n, n.value(0), axis, indices(n, axis)), gathered(n, axis)));
  }

  private static void pad(NodeImport n) {
    int rank = n.rank(0);
    boolean attributes = n.opset() < 11;
    String mode = n.attributes().oneOf("mode", "constant", List.of("constant", "reflect", "edge", "wrap"));
    long[] pads = attributes ? n.attributes().longs("pads") : n.longs(1);
    double value = attributes ? n.attributes().number("value", 0) : n.has(2) ? n.scalar(2) : 0;
    long[] axes = !attributes && n.has(3) ? n.longs(3) : IntStream.range(0, rank).asLongStream().toArray();
    if (pads == null || pads.length != 2 * axes.length) {
      throw n.broken("has pads " + Arrays.toString(pads) + " for " + axes.length + " axes");
    }
    int[] all = new int[2 * rank];
    for (int i = 0; i < axes.length; i++) {
      int axis = n.axis(axes[i], rank);
      all[axis] = Math.toIntExact(pads[i]);
      all[axis + rank] = Math.toIntExact(pads[i + axes.length]);
    }
    if (mode.equals("wrap")) {
      n.out(wrap(n, n.value(0), all));
    } else {
      n.out(pad(n, n.value(0), all, Pad.Mode.valueOf(mode.toUpperCase(java.util.Locale.ROOT)), value));
    }
  }

  /** Pads, low sizes of all axes then high ones; a negative size removes elements. */
  static Value pad(NodeImport n, Value x, int[] pads, Pad.Mode mode, double value) {
    int rank = pads.length / 2;
    List<Integer> low = new ArrayList<>();
    List<Integer> high = new ArrayList<>();
    List<Integer> begin = new ArrayList<>();
    List<Integer> end = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      low.add(Math.max(0, pads[i]));
      high.add(Math.max(0, pads[i + rank]));
      begin.add(Math.max(0, -pads[i]));
      end.add(x.type().shape().dim(i) - Math.max(0, -pads[i + rank]));
    }
    boolean cuts = Arrays.stream(pads).anyMatch(p -> p < 0);
    boolean grows = Arrays.stream(pads).anyMatch(p -> p > 0);
    Value y = cuts ? n.emit(new Slice(begin, end, Collections.nCopies(rank, 1)), x) : x;
    return grows ? n.emit(new Pad(low, high, mode, mode == Pad.Mode.CONSTANT ? value : 0), y) : y;
  }

  /** Cuts from both sides or adds zeros on both, the odd one behind. */
  private static void centre(NodeImport n) {
    int rank = n.rank(0);
    long[] to = n.longs(1);
    long[] given = n.attributes().longs("axes");
    long[] axes = given == null ? IntStream.range(0, rank).asLongStream().toArray() : given;
    if (to.length != axes.length) {
      throw n.broken("has " + to.length + " sizes for " + axes.length + " axes");
    }
    int[] pads = new int[2 * rank];
    for (int i = 0; i < axes.length; i++) {
      int axis = n.axis(axes[i], rank);
      int more = Math.toIntExact(Math.subtractExact(to[i], n.shape(0).dim(axis)));
      pads[axis] = more / 2;
      pads[axis + rank] = more - more / 2;
    }
    n.out(pad(n, n.value(0), pads, Pad.Mode.CONSTANT, 0));
  }

  private static Value wrap(NodeImport n, Value x, int[] pads) {
    Value y = x;
    int rank = pads.length / 2;
    for (int i = 0; i < rank; i++) {
      int d = x.type().shape().dim(i);
      int low = pads[i];
      int count = Math.addExact(d, Math.addExact(low, pads[i + rank]));
      if (d == 0 || count < 0) {
        throw n.broken("wraps an axis of " + d + " by " + low + " and " + pads[i + rank]);
      }
      y = Axes.gather(n, y, i, IntStream.range(0, count).map(k -> Math.floorMod(k - low, d)).toArray());
    }
    return y;
  }
}
