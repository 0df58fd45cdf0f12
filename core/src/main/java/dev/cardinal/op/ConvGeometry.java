package dev.cardinal.op;

/**
 * What the three operations of the convolution family share: how a kernel of any spatial rank is moved over a feature map, and the groups.
 *
 * <p>Padding is zeros, {@code padLow} before and {@code padHigh} after each axis. With stride s, dilation d, kernel k and input i an axis has
 * {@code floor((i + padLow + padHigh - (d (k - 1) + 1)) / s) + 1} outputs (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
 * 2016, relationship 15).
 *
 * @param stride step of the kernel, at least 1
 * @param padLow zeros before the first element, at least 0
 * @param padHigh zeros after the last element, at least 0
 * @param dilation distance between kernel taps, at least 1
 * @param groups number of channel groups: output channels of a group see only that group's input channels
 */
public record ConvGeometry(Spatial stride, Spatial padLow, Spatial padHigh, Spatial dilation, int groups) {
  public ConvGeometry {
    int r = stride.rank();
    Expect.that(r >= 1 && r <= 3, "a convolution has 1 to 3 spatial axes, got %d", r);
    Expect.that(padLow.rank() == r && padHigh.rank() == r && dilation.rank() == r,
        "stride %s, padding %s/%s and dilation %s must have the same number of axes", stride, padLow, padHigh, dilation);
    stride.requireAtLeast(1, "stride");
    padLow.requireAtLeast(0, "padding");
    padHigh.requireAtLeast(0, "padding");
    dilation.requireAtLeast(1, "dilation");
    Expect.that(groups >= 1, "groups must be at least 1, got %d", groups);
  }

  /** Stride 1, no padding, no dilation, one group. */
  public static ConvGeometry of(int rank) {
    return new ConvGeometry(Spatial.all(rank, 1), Spatial.all(rank, 0), Spatial.all(rank, 0), Spatial.all(rank, 1), 1);
  }

  /** The common case: the same stride, padding and dilation on every axis and side. */
  public static ConvGeometry of(int rank, int stride, int padding, int dilation, int groups) {
    Spatial p = Spatial.all(rank, padding);
    return new ConvGeometry(Spatial.all(rank, stride), p, p, Spatial.all(rank, dilation), groups);
  }

  /** With another stride. */
  public ConvGeometry withStride(int... s) {
    return new ConvGeometry(spread(s), padLow, padHigh, dilation, groups);
  }

  /** With the same padding before and after. */
  public ConvGeometry withPadding(int... p) {
    return new ConvGeometry(stride, spread(p), spread(p), dilation, groups);
  }

  /** With different paddings before and after. */
  public ConvGeometry withPadding(Spatial low, Spatial high) {
    return new ConvGeometry(stride, low, high, dilation, groups);
  }

  /** With another dilation. */
  public ConvGeometry withDilation(int... d) {
    return new ConvGeometry(stride, padLow, padHigh, spread(d), groups);
  }

  /** With another number of groups. */
  public ConvGeometry withGroups(int g) {
    return new ConvGeometry(stride, padLow, padHigh, dilation, g);
  }

  private Spatial spread(int[] v) {
    return v.length == 1 ? Spatial.all(rank(), v[0]) : Spatial.of(v);
  }

  /** Number of spatial axes. */
  public int rank() {
    return stride.rank();
  }

  /** Whether the kernel touches one element at stride 1 without padding: a matrix product per group. */
  public boolean isPointwise(Spatial kernel) {
    return kernel.isAll(1) && stride.isAll(1) && padLow.isAll(0) && padHigh.isAll(0);
  }

  /** Elements that a kernel of {@code k} taps spans on an axis. */
  public int span(int axis, int k) {
    return dilation.at(axis) * (k - 1) + 1;
  }

  /**
   * Output sizes of a convolution.
   *
   * @throws ShapeException if the kernel does not fit in the padded input
   */
  public Spatial outputSize(Spatial input, Spatial kernel) {
    int[] out = new int[rank()];
    for (int i = 0; i < out.length; i++) {
      int padded = input.at(i) + padLow.at(i) + padHigh.at(i);
      Expect.that(span(i, kernel.at(i)) <= padded,
          "the kernel spans %d elements on spatial axis %d but the padded input has only %d (input %s, kernel %s, dilation %s, padding %s/%s);"
              + " use a larger input or more padding",
          span(i, kernel.at(i)), i, padded, input, kernel, dilation, padLow, padHigh);
      out[i] = (padded - span(i, kernel.at(i))) / stride.at(i) + 1;
    }
    return Spatial.of(out);
  }

  /**
   * Output sizes of the transposed convolution: {@code (i - 1) s - padLow - padHigh + d (k - 1) + 1 + outputPadding} per axis.
   *
   * @throws ShapeException if output padding is not smaller than the stride or the dilation, or a size would not be positive
   */
  public Spatial transposedOutputSize(Spatial input, Spatial kernel, Spatial outputPadding) {
    int[] out = new int[rank()];
    for (int i = 0; i < out.length; i++) {
      int op = outputPadding.at(i);
      Expect.that(op >= 0 && op < Math.max(stride.at(i), dilation.at(i)),
          "output padding must be at least 0 and smaller than stride or dilation, got %s with stride %s and dilation %s", outputPadding, stride, dilation);
      out[i] = (input.at(i) - 1) * stride.at(i) - padLow.at(i) - padHigh.at(i) + span(i, kernel.at(i)) + op;
      Expect.that(out[i] >= 1, "the transposed convolution would have size %d on spatial axis %d (input %s, kernel %s, padding %s/%s); use less padding",
          out[i], i, input, kernel, padLow, padHigh);
    }
    return Spatial.of(out);
  }

  /** As in {@code stride 2x2, pad 1x1, groups 32}; what has its default is left out. */
  @Override
  public String toString() {
    StringBuilder s = new StringBuilder("stride ").append(stride);
    if (!padLow.isAll(0) || !padHigh.isAll(0)) {
      s.append(", pad ").append(padLow).append(padLow.equals(padHigh) ? "" : "/" + padHigh);
    }
    if (!dilation.isAll(1)) {
      s.append(", dilation ").append(dilation);
    }
    return s.append(groups == 1 ? "" : ", groups " + groups).toString();
  }
}
