package dev.cardinal.cuda.api;

/**
 * Blocks of a launch and threads of a block.
 *
 * @param gridX blocks, at most 2³¹−1
 * @param gridY blocks, at most 65535
 * @param gridZ blocks, at most 65535
 * @param blockX threads
 * @param blockY threads
 * @param blockZ threads, at most 64; at most 1024 in all
 * @param sharedBytes dynamic shared memory of a block
 */
public record LaunchShape(int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ, int sharedBytes) {
  private static final int MAX_GRID_YZ = 65535;
  private static final int MAX_THREADS = 1024;
  private static final int MAX_BLOCK_Z = 64;

  public LaunchShape {
    long threads = (long) blockX * blockY * blockZ;
    if (gridX < 1 || gridY < 1 || gridZ < 1 || gridY > MAX_GRID_YZ || gridZ > MAX_GRID_YZ || blockX < 1 || blockY < 1 || blockZ < 1 || blockZ > MAX_BLOCK_Z || threads > MAX_THREADS
        || sharedBytes < 0) {
      throw new IllegalArgumentException("no GPU can launch a grid of " + gridX + "x" + gridY + "x" + gridZ + " blocks of " + blockX + "x" + blockY + "x" + blockZ + " threads with " + sharedBytes
          + " bytes of shared memory; grids are 1 to 65535 in y and z, blocks at most 1024 threads and 64 in z");
    }
  }

  /** A row of blocks, without dynamic shared memory. */
  public static LaunchShape of(int blocks, int threads) {
    return new LaunchShape(blocks, 1, 1, threads, 1, 1, 0);
  }

  /** One thread per element, rounded up to whole blocks, but at most {@code maxBlocks}: for kernels that stride over what remains. */
  public static LaunchShape over(long elements, int threads, int maxBlocks) {
    return of((int) Math.max(1, Math.min(maxBlocks, (elements + threads - 1) / threads)), threads);
  }
}
