package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.random.Philox;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/** What vectors of Philox blocks ({@link DropoutRoutine}) need, in rows of one vector each: constants, and what the key and the stream make. */
final class PhiloxTable {
  static final int ROW_BYTES = 64;
  /** Vectors of blocks side by side. */
  static final int GROUPS = 2;
  /** Blocks of a vector. */
  static final int BLOCKS = 8;
  /** Words of a chunk: all blocks side by side. */
  static final int CHUNK = GROUPS * BLOCKS * 4;

  // Rows, by the first of each kind.
  /** Both multipliers. */
  static final int MULTIPLIERS = 0;
  /** Which blocks a group's vector has. */
  static final int ORDERS = 2;
  /** The number of blocks of a chunk. */
  static final int STEP = ORDERS + GROUPS;
  /** The numbers from 0 on. */
  static final int PLACES = STEP + 1;
  /** The number of words of a vector. */
  static final int PLACE_STEP = PLACES + 1;
  /** Both words of the stream. */
  static final int STREAM = PLACE_STEP + 1;
  /** Both words of every round's key. */
  static final int KEYS = STREAM + 2;
  private static final int ROWS = KEYS + 2 * Philox.ROUNDS;

  private static final int INTEGERS = ROW_BYTES / Integer.BYTES;
  private static final int LONGS = ROW_BYTES / Long.BYTES;

  private final long address;
  private final IntBuffer integers;

  /** In a job's memory. */
  PhiloxTable(TileJob job) {
    address = job.table(new long[ROWS * LONGS]);
    integers = NativeMemory.view(address, ROWS * (long) ROW_BYTES).asIntBuffer();
    LongBuffer longs = NativeMemory.view(address, ROWS * (long) ROW_BYTES).asLongBuffer();
    fill(MULTIPLIERS, Philox.MULTIPLIER_0);
    fill(MULTIPLIERS + 1, Philox.MULTIPLIER_1);
    fill(PLACE_STEP, INTEGERS);
    for (int i = 0; i < INTEGERS; i++) {
      integers.put(PLACES * INTEGERS + i, i);
    }
    for (int i = 0; i < LONGS; i++) {
      longs.put(STEP * LONGS + i, GROUPS * BLOCKS);
      for (int g = 0; g < GROUPS; g++) {
        // The two blocks of each 128 bits go to vectors of their own, which then hold blocks that follow each other.
        longs.put((ORDERS + g) * LONGS + i, g * BLOCKS + i % 2 * BLOCKS / 2 + i / 2);
      }
    }
  }

  long address() {
    return address;
  }

  /** Sets the key and the stream. */
  void set(long key, long stream) {
    fill(STREAM, (int) stream);
    fill(STREAM + 1, (int) (stream >>> Integer.SIZE));
    for (int r = 0; r < Philox.ROUNDS; r++) {
      fill(KEYS + 2 * r, (int) key + r * Philox.WEYL_0);
      fill(KEYS + 2 * r + 1, (int) (key >>> Integer.SIZE) + r * Philox.WEYL_1);
    }
  }

  private void fill(int row, int value) {
    for (int i = 0; i < INTEGERS; i++) {
      integers.put(row * INTEGERS + i, value);
    }
  }
}
