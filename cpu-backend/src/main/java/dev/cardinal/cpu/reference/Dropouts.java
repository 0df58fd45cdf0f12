package dev.cardinal.cpu.reference;

import dev.cardinal.op.Dropout;
import dev.cardinal.random.Philox;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/** {@link Dropout}: random words are counted by the element's index in the undivided tensor {@code [N, channels, spatial…]}. */
final class Dropouts {
  private Dropouts() {}

  static void dropout(Dropout op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[0].shape();
    double[] x = Values.of(in[0]);
    double[] y = new double[x.length];
    long key = in[1].longs()[0];
    long stream = op.philoxStream(in[1].longs()[1]);
    int own = shape.rank() < 2 ? 1 : shape.dim(1);
    int channels = op.channels() == 0 ? own : op.channels();
    long plane = shape.spatialSize();
    int[] words = new int[4];
    long block = -1;
    for (int i = 0; i < y.length; i++) {
      long channel = i / plane % own + op.firstChannel();
      long sample = i / plane / own + op.firstSample();
      long index = (sample * channels + channel) * plane + i % plane;
      if (index >>> 2 != block) {
        block = index >>> 2;
        Philox.block(key, stream, block, words, 0);
      }
      y[i] = Philox.toUniform(words[(int) (index & 3)]) >= op.rate() ? x[i] / (1 - op.rate()) : 0;
    }
    Values.store(y, out[0]);
  }
}
