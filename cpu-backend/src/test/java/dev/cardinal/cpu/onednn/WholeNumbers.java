package dev.cardinal.cpu.onednn;

import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;

/** Random sizes, and tensors of small whole numbers, of which every sum is exact. */
record WholeNumbers(PhiloxRandom random) {
  /** One size for each axis. */
  int[] sizes(int axes, int least, int range) {
    int[] v = new int[axes];
    for (int a = 0; a < axes; a++) {
      v[a] = least + random.nextInt(range);
    }
    return v;
  }

  static int[] dims(int n, int c, int... spatial) {
    int[] d = new int[2 + spatial.length];
    d[0] = n;
    d[1] = c;
    System.arraycopy(spatial, 0, d, 2, spatial.length);
    return d;
  }

  HostTensor tensor(TensorType type) {
    return HostTensor.generate(type, i -> random.nextInt(9) - 4);
  }

  HostTensor tensor(int... dims) {
    return tensor(TensorType.f32(dims));
  }
}
