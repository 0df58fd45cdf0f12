package dev.cardinal.conformance;

import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of oneDNN's test-driver shape files, as in {@code g2ic96ih27oc256oh27kh5ph2n"alexnet:conv2"}, always as the forward convolution: a transposed convolution is the convolution whose input is
 * its output. Sizes are longs, because some lines describe tensors larger than an array.
 *
 * @param text the line
 * @param transposed whether the line describes a transposed convolution
 * @param groups channel groups
 * @param cin channels of the convolution's input
 * @param cout channels of its output
 * @param in input size per axis
 * @param out output size per axis
 * @param kernel kernel size per axis
 * @param stride per axis
 * @param dilation per axis, 1 for none
 * @param padLow per axis
 * @param padHigh per axis: what the output size needs, at least 0
 */
record ConvShape(String text, boolean transposed, long groups, long cin, long cout, long[] in, long[] out, long[] kernel, long[] stride, long[] dilation, long[] padLow, long[] padHigh) {
  private static final Pattern FIELD = Pattern.compile("(mb|g|[io]c|[iokspd][dhw])(\\d+)");

  /** Reads a line; what it leaves out takes the defaults of the format. */
  static ConvShape parse(String line, boolean transposed) {
    String body = line.replaceFirst("n\".*", "").replace("_", "");
    Map<String, Long> f = new HashMap<>();
    Matcher m = FIELD.matcher(body);
    int read = 0;
    while (m.find()) {
      f.put(m.group(1), Long.parseLong(m.group(2)));
      read += m.group().length();
    }
    if (read != body.length()) {
      throw new IllegalArgumentException("cannot read all of the shape " + line);
    }
    String axes = f.containsKey("id") || f.containsKey("kd") ? "dhw" : f.containsKey("ih") || f.containsKey("kh") ? "hw" : "w";
    int rank = axes.length();
    long[][] v = new long[7][rank];
    for (int a = 0; a < rank; a++) {
      String axis = axes.substring(a, a + 1);
      long i = get(f, "i", axes, a, 0);
      long k = get(f, "k", axes, a, 0);
      long s = get(f, "s", axes, a, 1);
      long p = get(f, "p", axes, a, 0);
      long d = get(f, "d", axes, a, 0) + 1;
      long span = d * (k - 1) + 1;
      boolean follows = !f.containsKey("o" + axis) && (f.containsKey("i" + axis) || f.containsKey("k" + axis));
      long o = follows ? 0 : get(f, "o", axes, a, 0);
      if (o == 0) {
        o = transposed ? (i - 1) * s - 2 * p + span : (i + 2 * p - span) / s + 1;
      }
      long x = transposed ? o : i;
      long y = transposed ? i : o;
      long[] values = {x, y, k, s, d, p, Math.max(0, (y - 1) * s + span - x - p)};
      for (int q = 0; q < values.length; q++) {
        v[q][a] = values[q];
      }
    }
    long ic = f.get("ic");
    long oc = f.get("oc");
    return new ConvShape(line, transposed, f.getOrDefault("g", 1L), transposed ? oc : ic, transposed ? ic : oc, v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
  }

  /** A field of an axis; a missing one repeats the axis before. */
  private static long get(Map<String, Long> f, String field, String axes, int axis, long otherwise) {
    for (int a = axis; a >= 0; a--) {
      Long value = f.get(field + axes.charAt(a));
      if (value != null) {
        return value;
      }
    }
    return otherwise;
  }

  int rank() {
    return in.length;
  }

  private static long product(long[] v) {
    long p = 1;
    for (long x : v) {
      p *= x;
    }
    return p;
  }

  /** Elements of the input at mini-batch 1. */
  long inputSize() {
    return cin * product(in);
  }

  /** Elements of the output at mini-batch 1. */
  long outputSize() {
    return cout * product(out);
  }

  long weightsSize() {
    return cout * (cin / groups) * product(kernel);
  }

  /** Multiply-adds of one direction at mini-batch 1. */
  long macs() {
    return outputSize() * (cin / groups) * product(kernel);
  }

  private static Spatial spatial(long[] v) {
    int[] s = new int[v.length];
    for (int i = 0; i < s.length; i++) {
      s[i] = Math.toIntExact(v[i]);
    }
    return Spatial.of(s);
  }

  ConvGeometry geometry() {
    return new ConvGeometry(spatial(stride), spatial(padLow), spatial(padHigh), spatial(dilation), Math.toIntExact(groups));
  }

  Spatial inputSpatial() {
    return spatial(in);
  }

  Spatial outputSpatial() {
    return spatial(out);
  }

  Spatial kernelSpatial() {
    return spatial(kernel);
  }

  @Override
  public String toString() {
    return text + String.format(Locale.ROOT, " (%.1f MMAC)", macs() / 1e6);
  }
}
