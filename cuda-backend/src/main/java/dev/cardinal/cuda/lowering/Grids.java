package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.tensor.DType;

/** Launches that fill the device and no more: kernels stride over what remains. */
final class Grids {
  /** Threads of a block. */
  static final int THREADS = 256;
  private static final int BLOCKS_PER_MULTIPROCESSOR = 16;
  private static final int PACK_BYTES = 16;

  private Grids() {}

  /** One thread per item, of which there may be none. */
  static LaunchShape over(CudaBuild b, long items) {
    return LaunchShape.over(items, THREADS, most(b));
  }

  /** The number of blocks beyond which more do not help. */
  static int most(CudaBuild b) {
    return BLOCKS_PER_MULTIPROCESSOR * b.session().context().properties().multiprocessors();
  }

  /** How many elements kernels take at a time. */
  static int lanes(DType storage) {
    return PACK_BYTES / storage.bytes();
  }

  /** One thread per sixteen bytes. */
  static LaunchShape overPacks(CudaBuild b, long elements, DType storage) {
    return over(b, (elements + lanes(storage) - 1) / lanes(storage));
  }
}
