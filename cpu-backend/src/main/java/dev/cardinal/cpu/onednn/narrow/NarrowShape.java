package dev.cardinal.cpu.onednn.narrow;

import dev.cardinal.cpu.onednn.binding.ConvShape;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.Shape;

/**
 * A grouped convolution over rows and columns, with few channels per group, as depthwise convolutions see it.
 *
 * <p>The channels of a map are sorted by their places within their groups, first all those that stand first in their groups: a channel of every group then fills a vector, where one group would leave
 * most lanes idle. An input map has each row followed by the same row of the next channel of the group, {@code [samples, rows, in, columns, groups]}: a kernel of {@code in} times the rows that moves
 * {@code in} rows at a time sums over the input channels, so that one depthwise convolution gives one output channel of every group. Output maps are {@code [out, samples, rows, columns, groups]}.
 *
 * @param samples handled at once
 * @param groups handled at once
 * @param allGroups that maps have
 * @param in channels per group of the input
 * @param out channels per group of the output
 * @param dilation of columns; rows have none
 */
public record NarrowShape(int samples, int groups, int allGroups, int in, int out, int inRows, int inColumns, int outRows, int outColumns, int kernelRows, int kernelColumns, int strideRows,
    int strideColumns, int top, int bottom, int left, int right, int dilation) {
  /** Bytes of both maps up to which several samples make a round: what stays in a core's second-level cache. */
  private static final long FEW = 7L << 18;
  /** Bytes of both maps of one sample up to which all groups are handled at once: somewhat more, because fewer groups would read maps in pieces. */
  private static final long MANY = 7L << 19;
  private static final int VECTOR = 16;

  /** Of a convolution x → y; {@code null} if rows are dilated or there are more than two spatial axes. */
  public static NarrowShape of(ConvGeometry g, Shape x, Shape y, Shape w) {
    int rank = g.rank();
    if (rank > 2 || rank == 2 && g.dilation().at(0) != 1) {
      return null;
    }
    int[] from = plane(x.spatial(), 1);
    int[] to = plane(y.spatial(), 1);
    int[] kernel = plane(w.spatial(), 1);
    int[] stride = plane(g.stride().toArray(), 1);
    int[] low = plane(g.padLow().toArray(), 0);
    int[] high = plane(g.padHigh().toArray(), 0);
    return new NarrowShape(x.dim(0), g.groups(), g.groups(), w.dim(1), w.dim(0) / g.groups(), from[0], from[1], to[0], to[1], kernel[0], kernel[1], stride[0], stride[1], low[0],
        high[0], low[1], high[1], g.dilation().at(rank - 1));
  }

  /** Rows and columns; a line is one row. */
  private static int[] plane(int[] sizes, int missing) {
    return sizes.length == 2 ? sizes : new int[] {missing, sizes[0]};
  }

  /** The convolution that gives the gradient of this one's input, or {@code null} if it is none: it has stride 1 and no negative padding. */
  public NarrowShape mirrored() {
    int rows = kernelRows - 1;
    int columns = dilation * (kernelColumns - 1);
    if (strideRows != 1 || strideColumns != 1 || Math.max(top, bottom) > rows || Math.max(left, right) > columns) {
      return null;
    }
    return new NarrowShape(samples, groups, allGroups, out, in, outRows, outColumns, inRows, inColumns, kernelRows, kernelColumns, 1, 1, rows - top, rows - bottom, columns - left,
        columns - right, dilation);
  }

  /** The same for so many samples. */
  public NarrowShape of(int n) {
    return of(n, groups);
  }

  private NarrowShape of(int n, int g) {
    return new NarrowShape(n, g, allGroups, in, out, inRows, inColumns, outRows, outColumns, kernelRows, kernelColumns, strideRows, strideColumns, top, bottom, left, right, dilation);
  }

  /** What a thread handles at once: as much as stays in its cache, and no more than its share. Samples and groups are divisors of all. */
  NarrowShape round(int threads) {
    int n = 1;
    int g = groups;
    while ((of(n, g).bytes() > MANY || groups / g * samples < threads) && g % (2 * VECTOR) == 0) {
      g /= 2;
    }
    for (int more = 2; more <= samples; more++) {
      if (samples % more == 0 && of(more, g).bytes() <= FEW && groups / g * (samples / more) >= threads) {
        n = more;
      }
    }
    return of(n, g);
  }

  private long bytes() {
    return inBytes() + outBytes();
  }

  long inBytes() {
    return (long) samples * groups * in * inRows * inColumns * Float.BYTES;
  }

  long outBytes() {
    return (long) samples * groups * out * outRows * outColumns * Float.BYTES;
  }

  /** Where a round's part of the input begins, in bytes. */
  long inputAt(int sample, int group) {
    return ((long) sample * inRows * inColumns * allGroups + group) * in * Float.BYTES;
  }

  /** Where a round's part of the output begins, in bytes. */
  long outputAt(int sample, int group) {
    return ((long) sample * outRows * outColumns * allGroups + group) * out * Float.BYTES;
  }

  /** Bytes of the stacked weights of one depthwise convolution. */
  long weightBytes() {
    return (long) groups * in * kernelRows * kernelColumns * Float.BYTES;
  }

  /** The input as it is kept: channels last. */
  MemoryDesc input() {
    return natural(inRows, inColumns, in);
  }

  /** The output as it is kept: channels last. */
  MemoryDesc output() {
    return natural(outRows, outColumns, out);
  }

  private MemoryDesc natural(long rows, long columns, long perGroup) {
    long c = allGroups * perGroup;
    return MemoryDesc.strided(new long[] {samples, rows, columns, groups, perGroup}, new long[] {rows * columns * c, columns * c, c, perGroup, 1});
  }

  /** The input, sorted. */
  MemoryDesc sortedInput() {
    long row = (long) inColumns * groups;
    return MemoryDesc.strided(new long[] {samples, inRows, inColumns, groups, in}, new long[] {inRows * in * row, in * row, groups, 1, row});
  }

  /** The output, sorted. */
  MemoryDesc sortedOutput() {
    long plane = (long) outRows * outColumns * groups;
    return MemoryDesc.strided(new long[] {samples, outRows, outColumns, groups, out}, new long[] {plane, (long) outColumns * groups, groups, 1, samples * plane});
  }

  /** The sorted input as a depthwise convolution sees it. */
  MemoryDesc stackedInput() {
    return channelsLast(samples, groups, (long) inRows * in, inColumns);
  }

  /** One channel per group of the sorted output. */
  MemoryDesc outputPlane() {
    return channelsLast(samples, groups, outRows, outColumns);
  }

  private static MemoryDesc channelsLast(long n, long c, long rows, long columns) {
    return MemoryDesc.strided(new long[] {n, c, rows, columns}, new long[] {rows * columns * c, 1, columns * c, c});
  }

  /** Sizes of the stacked weights. */
  long[] weights() {
    return new long[] {groups, 1, 1, (long) kernelRows * in, kernelColumns};
  }

  /** How a stacked kernel moves. */
  ConvShape moves() {
    return new ConvShape(new long[] {(long) strideRows * in, strideColumns}, new long[] {0, dilation - 1L}, new long[] {(long) top * in, left}, new long[] {(long) bottom * in, right}, false, false);
  }
}
