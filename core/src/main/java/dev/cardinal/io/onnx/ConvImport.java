package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Parameter.Role;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Conv and ConvTranspose. */
final class ConvImport {
  private static final List<String> AUTO_PADS = List.of("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER");

  private ConvImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("Conv", ConvImport::conv);
    map.put("ConvTranspose", ConvImport::transposed);
  }

  /** A list of one entry per spatial axis. */
  static int[] perAxis(NodeImport n, String attribute, int count, int fallback) {
    long[] v = n.attributes().longs(attribute);
    if (v == null) {
      int[] all = new int[count];
      Arrays.fill(all, fallback);
      return all;
    }
    if (v.length != count) {
      throw n.broken("has " + attribute + " " + Arrays.toString(v) + ", expected " + count + " entries");
    }
    return Arrays.stream(v).mapToInt(Math::toIntExact).toArray();
  }

  private static int[] kernel(NodeImport n, Shape w) {
    int[] k = w.spatial();
    int[] said = perAxis(n, "kernel_shape", k.length, 0);
    if (n.attributes().has("kernel_shape") && !Arrays.equals(k, said)) {
      throw n.broken("has kernel_shape " + Arrays.toString(said) + " but weights " + w);
    }
    return k;
  }

  private static void requireMaps(NodeImport n) {
    Shape x = n.shape(0);
    Shape w = n.shape(1);
    if (x.rank() < 3 || w.rank() != x.rank()) {
      throw n.broken("needs x [N, C, spatial...] and weights of as many axes, got " + x + " and " + w);
    }
    if (x.rank() > 5) {
      throw n.unsupported("has " + (x.rank() - 2) + " spatial axes, at most 3 are supported");
    }
  }

  /** Paddings, low then high, for windows that span {@code span[i]} elements at stride {@code stride[i]}. */
  static int[] pads(NodeImport n, int[] in, int[] span, int[] stride) {
    int r = in.length;
    String auto = n.attributes().oneOf("auto_pad", "NOTSET", AUTO_PADS);
    int[] pads = perAxis(n, "pads", 2 * r, 0);
    if (auto.equals("NOTSET")) {
      for (int p : pads) {
        if (p < 0) {
          throw n.unsupported("has negative pads " + Arrays.toString(pads));
        }
      }
      return pads;
    }
    Arrays.fill(pads, 0);
    if (!auto.equals("VALID")) {
      for (int i = 0; i < r; i++) {
        int out = (in[i] + stride[i] - 1) / stride[i];
        split(pads, i, Math.max(0, (out - 1) * stride[i] + span[i] - in[i]), auto.equals("SAME_UPPER"));
      }
    }
    return pads;
  }

  private static void split(int[] pads, int axis, int total, boolean moreAtEnd) {
    int small = total / 2;
    pads[axis] = moreAtEnd ? small : total - small;
    pads[axis + pads.length / 2] = total - pads[axis];
  }

  static Spatial low(int[] pads) {
    return Spatial.of(Arrays.copyOf(pads, pads.length / 2));
  }

  static Spatial high(int[] pads) {
    return Spatial.of(Arrays.copyOfRange(pads, pads.length / 2, pads.length));
  }

  static int[] spans(int[] kernel, int[] dilation) {
    int[] s = new int[kernel.length];
    for (int i = 0; i < s.length; i++) {
      s[i] = Math.addExact(Math.multiplyExact(dilation[i], kernel[i] - 1), 1);
    }
    return s;
  }

  private static Value[] inputs(NodeImport n) {
    Value x = n.value(0);
    Value w = n.value(1, Role.WEIGHT);
    return n.has(2) ? new Value[] {x, w, n.value(2, Role.BIAS)} : new Value[] {x, w};
  }

  private static void conv(NodeImport n) {
    requireMaps(n);
    int[] kernel = kernel(n, n.shape(1));
    int r = kernel.length;
    int[] stride = positive(n, "strides", r);
    int[] dilation = positive(n, "dilations", r);
    int[] pads = pads(n, n.shape(0).spatial(), spans(kernel, dilation), stride);
    ConvGeometry g = new ConvGeometry(Spatial.of(stride), low(pads), high(pads), Spatial.of(dilation), n.attributes().integer("group", 1));
    n.out(n.emit(new Conv(g), inputs(n)));
  }

  static int[] positive(NodeImport n, String attribute, int count) {
    int[] v = perAxis(n, attribute, count, 1);
    for (int i : v) {
      if (i < 1) {
        throw n.broken("has " + attribute + " " + Arrays.toString(v) + ", which must be positive");
      }
    }
    return v;
  }

  private static void transposed(NodeImport n) {
    requireMaps(n);
    int[] kernel = kernel(n, n.shape(1));
    int r = kernel.length;
    int[] in = n.shape(0).spatial();
    int[] stride = positive(n, "strides", r);
    int[] dilation = positive(n, "dilations", r);
    int[] extra = perAxis(n, "output_padding", r, 0);
    int[] span = spans(kernel, dilation);
    String auto = n.attributes().oneOf("auto_pad", "NOTSET", AUTO_PADS);
    int[] pads = perAxis(n, "pads", 2 * r, 0);
    int[] wanted = perAxis(n, "output_shape", r, 0);
    int[] size = new int[r];
    for (int i = 0; i < r; i++) {
      // With an output shape, or with SAME, which means input times stride, the padding follows from the size (operators' specification, ConvTranspose). Where the taps do not fill it, zeros follow
      // behind, as with output padding; with SAME, ONNX Runtime gives a smaller output there, against the specification.
      boolean fixed = n.attributes().has("output_shape") || auto.startsWith("SAME");
      int full = Math.addExact(Math.multiplyExact(stride[i], in[i] - 1), span[i] + extra[i]);
      if (fixed) {
        int target = n.attributes().has("output_shape") ? wanted[i] : Math.multiplyExact(in[i], stride[i]);
        split(pads, i, Math.max(0, full - target), auto.equals("SAME_UPPER"));
        size[i] = target;
        extra[i] += Math.max(0, target - full);
      } else {
        if (auto.equals("VALID")) {
          pads[i] = 0;
          pads[i + r] = 0;
        }
        size[i] = full - pads[i] - pads[i + r];
      }
    }
    transposed(n, new ConvGeometry(Spatial.of(stride), Spatial.all(r, 0), Spatial.all(r, 0), Spatial.of(dilation), n.attributes().integer("group", 1)), pads, size, extra, span);
  }

  /**
   * A transposed convolution whose output padding is below the stride is one operation. Otherwise the unpadded one is computed and cut, and positions that no kernel reaches are added, which is what
   * the specification says of any padding.
   */
  private static void transposed(NodeImport n, ConvGeometry plain, int[] pads, int[] size, int[] extra, int[] span) {
    int r = size.length;
    int[] in = n.shape(0).spatial();
    boolean direct = true;
    for (int i = 0; i < r; i++) {
      if (size[i] < 1) {
        throw n.broken("would have a size of " + size[i] + " on spatial axis " + i);
      }
      direct &= pads[i] >= 0 && pads[i + r] >= 0 && extra[i] < plain.stride().at(i) && size[i] + pads[i] + pads[i + r] >= span[i];
    }
    if (direct) {
      n.out(n.emit(new ConvBackwardData(plain.withPadding(low(pads), high(pads)), Spatial.of(size)), inputs(n)));
      return;
    }
    int[] full = new int[r];
    for (int i = 0; i < r; i++) {
      full[i] = (in[i] - 1) * plain.stride().at(i) + span[i];
    }
    Value[] inputs = inputs(n);
    Value y = n.emit(new ConvBackwardData(plain, Spatial.of(full)), inputs[0], inputs[1]);
    int[] around = new int[2 * (r + 2)];
    for (int i = 0; i < r; i++) {
      around[i + 2] = -pads[i];
      around[i + 2 + r + 2] = size[i] + pads[i] - full[i];
    }
    y = CutImport.pad(n, y, around, dev.cardinal.op.Pad.Mode.CONSTANT, 0);
    n.out(inputs.length == 3 ? PointwiseImport.addPerChannel(n, y, inputs[2]) : y);
  }
}
