package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.convTranspose2d;
import static dev.cardinal.nn.Layers.crelu;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Blocks;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Activation;
import java.util.ArrayList;
import java.util.List;

/**
 * Real-time segmentation: the layers of MobileNet v1 (Howard et al. 2017) as encoder, and five blocks that double the picture. A block is a transposed convolution that makes half of its channels, concatenated
 * ReLU that makes the other half from their negatives (Shang et al., "Understanding and improving convolutional neural networks via concatenated rectified linear units", 2016), the encoder's map of that size
 * joined as in U-Net, and a depthwise-separable convolution that mixes them.
 */
final class MobileSegmenter extends Module {
  private static final int[] CHANNELS = {64, 128, 256, 512, 1024};
  private static final int[] PAIRS = {1, 2, 2, 6, 2};

  private final Module stem;
  private final List<Module> encoder = new ArrayList<>();
  private final List<Module> rise = new ArrayList<>();
  private final List<Module> mix = new ArrayList<>();
  private final Module head;

  MobileSegmenter(int classes, int channels, double multiplier) {
    int in = MobileNet.scaled(32, multiplier);
    stem = child("stem", Blocks.normed(channels, in, 3, 2, 1));
    int[] widths = new int[5];
    for (int stage = 0; stage < 5; stage++) {
      Sequential pairs = new Sequential();
      widths[stage] = MobileNet.scaled(CHANNELS[stage], multiplier);
      for (int i = 0; i < PAIRS[stage]; i++) {
        pairs.add(MobileNet.pair(in, widths[stage], i == 0 && stage > 0 ? 2 : 1, Activation.Kind.RELU));
        in = widths[stage];
      }
      encoder.add(child("stage" + (stage + 1), pairs));
    }
    for (int block = 1; block <= 5; block++) {
      int skip = block < 5 ? widths[4 - block] : 0;
      int out = block < 5 ? skip : in / 2;
      rise.add(child("rise" + block, new Sequential(
          convTranspose2d(in, out / 2, 4).stride(2).padding(1).noBias().init(Initializer.heNormal()), batchNorm(out / 2), crelu())));
      mix.add(child("mix" + block, Blocks.depthwiseSeparable(out + skip, out, 3, 1)));
      in = out;
    }
    head = child("head", conv2d(in, classes, 1));
  }

  @Override
  protected Value build(Trace t, Value x) {
    for (int size : x.type().shape().spatial()) {
      require(size % 32 == 0, "five halvings need sizes divisible by 32, got %s; resize the pictures", x.type().shape());
    }
    List<Value> maps = new ArrayList<>();
    Value v = stem.apply(t, x);
    for (Module m : encoder) {
      v = m.apply(t, v);
      maps.add(v);
    }
    for (int block = 0; block < 5; block++) {
      v = rise.get(block).apply(t, v);
      v = mix.get(block).apply(t, block < 4 ? t.concat(v, maps.get(3 - block)) : v);
    }
    return head.apply(t, v);
  }
}
