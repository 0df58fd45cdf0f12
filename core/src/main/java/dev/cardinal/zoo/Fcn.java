package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.convTranspose2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.maxPoolCeil;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Slice;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/**
 * FCN-32s, 16s and 8s (Long, Shelhamer and Darrell, "Fully convolutional networks for semantic segmentation", 2015, figure 3): VGG-16 with its classifier as convolutions, coarse scores up-sampled by
 * transposed convolutions and summed with those of finer layers. As in the authors' nets the first layer pads by 100 and scores are cropped, so that any input size gives scores of that size. Layers
 * have the authors' names with {@code score_fr} and {@code upscore…} for the scores.
 */
final class Fcn extends Module {
  private final Module[][] stages = new Module[5][];
  private final Module pool;
  private final Module fc6;
  private final Module drop6;
  private final Module fc7;
  private final Module drop7;
  private final Module score;
  private final Module score4;
  private final Module score3;
  private final Module up2;
  private final Module up4;
  private final Module upLast;
  private final int stride;

  /**
   * The network.
   *
   * @param stride 32, 16 or 8: of the finest scores
   * @param divisor divides the channels of every layer; 1 in the paper
   */
  Fcn(int classes, int channels, int stride, int divisor) {
    this.stride = stride;
    int[] layers = Vgg.stages(16);
    int in = channels;
    for (int s = 0; s < 5; s++) {
      stages[s] = new Module[layers[s]];
      int out = Math.min(512, 64 << s) / divisor;
      for (int i = 0; i < layers[s]; i++) {
        stages[s][i] = child("conv" + (s + 1) + "_" + (i + 1), conv2d(in, out, 3).padding(s + i == 0 ? 100 : 1).init(Initializer.heNormal(), Initializer.constant(0)));
        in = out;
      }
    }
    int hidden = 4096 / divisor;
    pool = maxPoolCeil(2, 2, 0);
    fc6 = child("fc6", conv2d(in, hidden, 7).init(Initializer.heNormal(), Initializer.constant(0)));
    drop6 = child("drop6", dropout(0.5));
    fc7 = child("fc7", conv2d(hidden, hidden, 1).init(Initializer.heNormal(), Initializer.constant(0)));
    drop7 = child("drop7", dropout(0.5));
    score = child("score_fr", zeroed(hidden, classes));
    score4 = stride < 32 ? child("score_pool4", zeroed(512 / divisor, classes)) : null;
    score3 = stride < 16 ? child("score_pool3", zeroed(256 / divisor, classes)) : null;
    up2 = stride < 32 ? child("upscore2", up(classes, 2)) : null;
    up4 = stride < 16 ? child("upscore_pool4", up(classes, 2)) : null;
    upLast = child(stride == 32 ? "upscore" : "upscore" + stride, up(classes, stride));
  }

  /** Section 4.2: scoring layers begin at zero. */
  private static Module zeroed(int in, int classes) {
    return conv2d(in, classes, 1).init(Initializer.constant(0), Initializer.constant(0));
  }

  private static Module up(int classes, int factor) {
    return convTranspose2d(classes, classes, 2 * factor).stride(factor).noBias().init(bilinear());
  }

  /** Section 3.3: up-sampling begins as bilinear interpolation, class by class. */
  static Initializer bilinear() {
    return (type, random) -> {
      Shape s = type.shape();
      int k = s.dim(2);
      double factor = (k + 1) / 2;
      double centre = k % 2 == 1 ? factor - 1 : factor - 0.5;
      return i -> {
        long tap = i % ((long) k * k);
        long pair = i / ((long) k * k);
        double weight = (1 - Math.abs(tap / k - centre) / factor) * (1 - Math.abs(tap % k - centre) / factor);
        return pair / s.dim(1) == pair % s.dim(1) ? weight : 0;
      };
    };
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value v = x;
    Value pool3 = null;
    Value pool4 = null;
    for (int s = 0; s < 5; s++) {
      for (Module m : stages[s]) {
        v = t.relu(m.apply(t, v));
      }
      v = pool.apply(t, v);
      pool3 = s == 2 ? v : pool3;
      pool4 = s == 3 ? v : pool4;
    }
    v = drop6.apply(t, t.relu(fc6.apply(t, v)));
    v = drop7.apply(t, t.relu(fc7.apply(t, v)));
    v = score.apply(t, v);
    // The offsets follow from the padding of 100: each is where the coarse map's first position lies on the finer one.
    if (stride < 32) {
      v = up2.apply(t, v);
      v = t.sum(v, crop(t, score4.apply(t, pool4), 5, v));
    }
    if (stride < 16) {
      v = up4.apply(t, v);
      v = t.sum(v, crop(t, score3.apply(t, pool3), 9, v));
    }
    return crop(t, upLast.apply(t, v), stride == 32 ? 19 : stride == 16 ? 27 : 31, x);
  }

  private static Value crop(Trace t, Value v, int offset, Value like) {
    Shape s = like.type().shape();
    Value rows = t.add(Slice.along(v.type().shape(), 2, offset, offset + s.dim(2)), v);
    return t.add(Slice.along(rows.type().shape(), 3, offset, offset + s.dim(3)), rows);
  }
}
