package dev.cardinal.conformance;

import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.Shape;

/** Single elements of the three results, from the definition: slow, and sharing nothing with {@link Rows}. */
final class ExactElement {
  private final ExactConv c;
  private final ConvGeometry g;
  private final Shape x;
  private final Shape w;
  private final Shape y;
  private final int outPerGroup;

  ExactElement(ExactConv c) {
    this.c = c;
    g = c.shape.geometry();
    x = c.x.shape();
    w = c.w.shape();
    y = c.dy.shape();
    outPerGroup = w.dim(0) / g.groups();
  }

  private static int[] position(Shape s, int linear) {
    int[] p = new int[s.rank()];
    for (int a = p.length - 1; a >= 0; a--) {
      p[a] = linear % s.dim(a);
      linear /= s.dim(a);
    }
    return p;
  }

  private int inputAt(int axis, int out, int tap) {
    return out * g.stride().at(axis) - g.padLow().at(axis) + tap * g.dilation().at(axis);
  }

  long forward(int index) {
    int[] o = position(y, index);
    long[] sum = {0};
    Index.forEach(Shape.of(w.dim(1), 1, w.spatial()), k -> {
      int[] p = new int[g.rank()];
      int[] tap = new int[g.rank()];
      boolean inside = true;
      for (int a = 0; a < p.length; a++) {
        tap[a] = k[a + 2];
        p[a] = inputAt(a, o[a + 2], tap[a]);
        inside &= p[a] >= 0 && p[a] < x.dim(a + 2);
      }
      if (inside) {
        int channel = o[1] / outPerGroup * w.dim(1) + k[0];
        sum[0] += (long) c.x.floats()[Index.of(x, o[0], channel, p)] * (long) c.w.floats()[Index.of(w, o[1], k[0], tap)];
      }
    });
    return sum[0];
  }

  long data(int index) {
    int[] i = position(x, index);
    int group = i[1] / w.dim(1);
    long[] sum = {0};
    Index.forEach(Shape.of(outPerGroup, 1, w.spatial()), k -> {
      int[] p = new int[g.rank()];
      int[] tap = new int[g.rank()];
      boolean inside = true;
      for (int a = 0; a < p.length; a++) {
        tap[a] = k[a + 2];
        int scaled = i[a + 2] + g.padLow().at(a) - tap[a] * g.dilation().at(a);
        p[a] = Math.floorDiv(scaled, g.stride().at(a));
        inside &= Math.floorMod(scaled, g.stride().at(a)) == 0 && p[a] >= 0 && p[a] < y.dim(a + 2);
      }
      if (inside) {
        int channel = group * outPerGroup + k[0];
        sum[0] += (long) c.dy.floats()[Index.of(y, i[0], channel, p)] * (long) c.w.floats()[Index.of(w, channel, i[1] % w.dim(1), tap)];
      }
    });
    return sum[0];
  }

  long weight(int index) {
    int[] k = position(w, index);
    int channel = k[0] / outPerGroup * w.dim(1) + k[1];
    long[] sum = {0};
    Index.forEach(y.with(1, 1), o -> {
      int[] p = new int[g.rank()];
      int[] out = new int[g.rank()];
      boolean inside = true;
      for (int a = 0; a < p.length; a++) {
        out[a] = o[a + 2];
        p[a] = inputAt(a, out[a], k[a + 2]);
        inside &= p[a] >= 0 && p[a] < x.dim(a + 2);
      }
      if (inside) {
        sum[0] += (long) c.x.floats()[Index.of(x, o[0], channel, p)] * (long) c.dy.floats()[Index.of(y, o[0], k[0], out)];
      }
    });
    return sum[0];
  }
}
