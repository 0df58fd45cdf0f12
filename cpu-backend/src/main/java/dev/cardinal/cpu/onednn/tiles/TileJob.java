package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.Register;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of items that the threads of a team take one after the other. An item is a chain of operations on one thread; it may need all items before a certain one to be done. Which thread takes which item
 * differs from run to run, what it writes does not.
 */
final class TileJob implements AutoCloseable {
  // The job as machine code sees it: offsets in bytes. What threads write is apart from what they only read.
  static final int NEXT = 0;
  static final int ARRIVED = 8;
  static final int DONE = 64;
  static final int COUNT = 128;
  static final int ITEMS = 136;
  static final int SCRATCH = 144;
  static final int SCRATCH_STEP = 152;
  static final int TILES = 192;
  static final int INTERLEAVING = 256;
  static final int UPPER = 320;
  private static final int ZEROS = 384;
  private static final int HEADER_BYTES = 512;

  // An operation.
  static final int ROUTINE = 0;
  static final int MORE = 8;
  static final int NEEDS = 16;
  private static final int OWN = 24;
  private static final int ADDRESSES = 3;
  private static final int ARGUMENTS = OWN + 8 * ADDRESSES;
  private static final int MOST_ARGUMENTS = 36;
  static final int OPERATION_BYTES = (ARGUMENTS + 8 * MOST_ARGUMENTS + 63) / 64 * 64;

  private static final int WORDS = 32;
  private static final int TILE_COUNT = 8;

  /** An argument of an operation, by its place: a number, or one of the first three, which are addresses that may lie in the thread's own scratch memory. */
  record Argument(int place) {
    /** Where it is. */
    Memory memory() {
      return Memory.at(Register.R14, ARGUMENTS + 8 * place);
    }

    /** All ones if it is an offset within the thread's own scratch memory, else zero. */
    Memory own() {
      return Memory.at(Register.R14, OWN + 8 * place);
    }
  }

  /** Copies rows of {@code BYTES}, {@code SOURCE_STEP} apart, to rows {@code TARGET_STEP} apart, each followed by {@code ZERO_BYTES}. All multiples of 64, at least one row. */
  static final class Pad {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument ROWS = new Argument(2);
    static final Argument BYTES = new Argument(3);
    static final Argument ZERO_BYTES = new Argument(4);
    static final Argument SOURCE_STEP = new Argument(5);
    static final Argument TARGET_STEP = new Argument(6);

    private Pad() {}
  }

  /**
   * What goes through {@code ROWS} rows of {@code BYTES} of one to three maps, those of the source {@code SOURCE_STEP} apart. Masks have a bit for each float. {@code COEFFICIENTS} are rows of {@code BYTES}, some of them sums that are added to.
   */
  static final class Rows {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument SECOND = new Argument(2);
    static final Argument MASK = new Argument(3);
    static final Argument ROWS = new Argument(4);
    static final Argument BYTES = new Argument(5);
    static final Argument COEFFICIENTS = new Argument(6);
    static final Argument THIRD = new Argument(7);
    static final Argument SOURCE_STEP = new Argument(8);

    private Rows() {}
  }

  /**
   * Drops some of {@code COUNT} elements, which are words {@code PLACE}, not above zero, and so on of so many chunks of random words from {@code BLOCK} on; source and target are where the first word's element
   * would be. An element is kept if the upper 24 bits of its word are at least {@code LEAST}, and divided by {@code KEEP}, a double. {@code TABLE} is a {@link PhiloxTable}.
   */
  static final class Drop {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument TABLE = new Argument(2);
    static final Argument CHUNKS = new Argument(3);
    static final Argument BLOCK = new Argument(4);
    static final Argument PLACE = new Argument(5);
    static final Argument COUNT = new Argument(6);
    static final Argument LEAST = new Argument(7);
    static final Argument KEEP = new Argument(8);

    private Drop() {}
  }

  /** Adds {@code BYTES} of floats. */
  static final class Add {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument BYTES = new Argument(2);

    private Add() {}
  }

  /** Limits rows of {@code BYTES}, one after the other, to {@code LEAST} and {@code MOST}, floats. */
  static final class Limit {
    static final Argument TARGET = new Argument(0);
    static final Argument ROWS = new Argument(1);
    static final Argument BYTES = new Argument(2);
    static final Argument LEAST = new Argument(3);
    static final Argument MOST = new Argument(4);

    private Limit() {}
  }

  /**
   * Splits {@code SLABS} times {@code ROWS} times {@code BLOCKS} pairs of vectors of 16 floats, the second of each {@code SECOND} bytes after the first, into 16 pairs of words for each of three parts, {@code PART_STEP} apart.
   */
  static final class Split {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument SLABS = new Argument(2);
    static final Argument ROWS = new Argument(3);
    static final Argument BLOCKS = new Argument(4);
    static final Argument SECOND = new Argument(5);
    static final Argument SOURCE_SLAB_STEP = new Argument(6);
    static final Argument TARGET_SLAB_STEP = new Argument(7);
    static final Argument SOURCE_STEP = new Argument(8);
    static final Argument TARGET_STEP = new Argument(9);
    static final Argument SOURCE_BLOCK_STEP = new Argument(10);
    static final Argument TARGET_BLOCK_STEP = new Argument(11);
    static final Argument PART_STEP = new Argument(12);
    /** Of what is normalised first: means, factors, shifts and the most of the first row of pairs, and the bytes from one of the four to the next. */
    static final Argument COEFFICIENTS = new Argument(13);
    static final Argument COEFFICIENT_STEP = new Argument(14);
    /** Where it is kept whether the normalised are neither 0 nor the most, a bit for each. */
    static final Argument MASK = new Argument(15);

    private Split() {}
  }

  /**
   * Transposes and splits {@code SLABS} times {@code BLOCKS} blocks of two times 16 rows of 16 floats, {@code ROW_STEP} apart, the second 16 rows {@code SECOND} bytes after the first. Each block gives 16 rows of
   * 16 pairs of words in each of three parts, {@code TARGET_STEP} apart; those of the next slab are beside them.
   */
  static final class Across {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument SLABS = new Argument(2);
    static final Argument BLOCKS = new Argument(3);
    static final Argument ROW_STEP = new Argument(4);
    static final Argument SECOND = new Argument(5);
    static final Argument SOURCE_SLAB_STEP = new Argument(6);
    static final Argument SOURCE_BLOCK_STEP = new Argument(7);
    static final Argument TARGET_STEP = new Argument(8);
    static final Argument TARGET_BLOCK_STEP = new Argument(9);
    static final Argument PART_STEP = new Argument(10);

    private Across() {}
  }

  /**
   * {@code ROWS} by {@code COLUMNS} blocks of sums of products. The sum runs over {@code SHIFT_COUNT} offsets of {@code A}, listed at {@code SHIFTS}, and for each over {@code BLOCKS} blocks of 32 places;
   * {@code B} goes on from shift to shift. Every block begins with what is at {@code INITIAL}.
   */
  static final class Product {
    static final Argument A = new Argument(0);
    static final Argument A_PART = new Argument(3);
    static final Argument A_BLOCK = new Argument(4);
    static final Argument A_ROW = new Argument(5);
    static final Argument A_STEP = new Argument(6);
    static final Argument SHIFTS = new Argument(7);
    static final Argument SHIFT_COUNT = new Argument(8);
    static final Argument BLOCKS = new Argument(9);
    static final Argument B = new Argument(2);
    static final Argument B_PART = new Argument(10);
    /** From the first 16 columns of a block to the others. */
    static final Argument B_HALF = new Argument(11);
    static final Argument B_STEP = new Argument(12);
    static final Argument TARGET = new Argument(1);
    /** Offsets of rows from the target, where they do not lie at the same distance: of the first block. */
    static final Argument PLACES = new Argument(13);
    static final Argument TARGET_ROW = new Argument(13);
    /** To the next block below, or its part of the table. */
    static final Argument TARGET_ROW_STEP = new Argument(14);
    static final Argument TARGET_COLUMN_STEP = new Argument(15);
    static final Argument INITIAL = new Argument(16);
    static final Argument INITIAL_ROW = new Argument(17);
    static final Argument INITIAL_ROW_STEP = new Argument(18);
    static final Argument INITIAL_COLUMN_STEP = new Argument(19);
    static final Argument ROWS = new Argument(20);
    static final Argument COLUMNS = new Argument(21);
    /** Sums over rows, as {@link MomentParts} has them: of the first block's columns, and the bytes of one of their three rows. */
    static final Argument SUMS = new Argument(22);
    static final Argument SUMS_STEP = new Argument(23);
    /** Rows of a block's results that go to memory in each slice of the next block's sum, {@link TileProducts#SLICES} for every 32 places: all of them within it. */
    static final Argument SLICE = new Argument(24);
    /** Blocks left with the one that begins sums; 0 if they go on. */
    static final Argument FRESH = new Argument(25);

    private Product() {}
  }

  /**
   * What a product splits for the next one meanwhile: {@code PAIRS} of vectors, one behind the other, {@code SLICE} of them in each slice of the sum. {@code BLOCKS} make a row, whose parts go to places
   * {@code BLOCK_STEP} apart, those of the next row 64 bytes further. {@code TARGET} is an offset within the thread's own scratch memory.
   */
  static final class Ahead {
    static final Argument SOURCE = new Argument(26);
    static final Argument TARGET = new Argument(27);
    static final Argument PAIRS = new Argument(28);
    static final Argument SLICE = new Argument(29);
    static final Argument BLOCKS = new Argument(30);
    static final Argument BLOCK_STEP = new Argument(31);
    static final Argument PART_STEP = new Argument(32);
    /** As with {@link Split}. */
    static final Argument COEFFICIENTS = new Argument(33);
    static final Argument COEFFICIENT_STEP = new Argument(34);
    static final Argument MASK = new Argument(35);

    private Ahead() {}
  }

  /** An operation in the making. */
  static final class Operation {
    private final ByteBuffer words = ByteBuffer.allocate(OPERATION_BYTES).order(ByteOrder.nativeOrder());

    /** Sets an argument. */
    Operation with(Argument a, long value) {
      words.putLong(ARGUMENTS + 8 * a.place, value);
      return this;
    }

    /** Sets an argument to an address. */
    Operation with(Argument a, Place at) {
      words.putLong(OWN + 8 * a.place, at.own ? -1 : 0);
      return with(a, at.address);
    }

    /** Sets an argument to a float. */
    Operation with(Argument a, float value) {
      return with(a, Float.floatToRawIntBits(value) & 0xFFFFFFFFL);
    }
  }

  /**
   * An address.
   *
   * @param own whether it counts from the beginning of the thread's own scratch memory
   */
  record Place(long address, boolean own) {
    static Place at(long address) {
      return new Place(address, false);
    }

    static Place own(long offset) {
      return new Place(offset, true);
    }

    Place plus(long bytes) {
      return new Place(address + bytes, own);
    }
  }

  private final NativeMemory header = NativeMemory.allocate(HEADER_BYTES, "a list of work");
  private final List<List<Operation>> items = new ArrayList<>();
  private final List<Integer> needs = new ArrayList<>();
  private final List<NativeMemory> owned = new ArrayList<>();
  private int needed;

  /** Items from here on need all before to be done. */
  void afterAll() {
    needed = items.size();
  }

  /** Begins an item. */
  void item() {
    items.add(new ArrayList<>());
    needs.add(needed);
  }

  /** Adds an operation to the last item. */
  Operation operation(TileCode.Routine r) {
    return operation(TileCode.address(r));
  }

  /** The same of a routine at an address. */
  Operation operation(long routine) {
    Operation o = new Operation();
    o.words.putLong(ROUTINE, routine);
    items.get(items.size() - 1).add(o);
    return o;
  }

  /** 128 bytes of zeros. */
  long zeros() {
    return header.address() + ZEROS;
  }

  /** Numbers in native memory. */
  long table(long[] numbers) {
    NativeMemory m = NativeMemory.allocate(numbers.length * 8L, "a list of work");
    owned.add(m);
    NativeMemory.view(m.address(), numbers.length * 8L).asLongBuffer().put(numbers);
    return m.address();
  }

  /**
   * Writes the job down: what runs it.
   *
   * @param scratch {@code threads} times {@code scratchStep} bytes of memory
   */
  Runnable written(int threads, long scratch, long scratchStep) {
    int operations = items.stream().mapToInt(List::size).sum();
    NativeMemory list = NativeMemory.allocate(items.size() * 8L + operations * (long) OPERATION_BYTES, "a list of work");
    owned.add(list);
    ByteBuffer all = NativeMemory.view(list.address(), list.bytes());
    int at = items.size() * 8;
    for (int i = 0; i < items.size(); i++) {
      List<Operation> chain = items.get(i);
      all.putLong(i * 8, list.address() + at);
      for (int k = 0; k < chain.size(); k++) {
        ByteBuffer words = chain.get(k).words;
        words.putLong(MORE, k == chain.size() - 1 ? 0 : 1);
        words.putLong(NEEDS, needs.get(i));
        all.put(at, words.array(), 0, OPERATION_BYTES);
        at += OPERATION_BYTES;
      }
    }
    ByteBuffer h = NativeMemory.view(header.address(), HEADER_BYTES);
    h.putLong(COUNT, items.size());
    h.putLong(ITEMS, list.address());
    h.putLong(SCRATCH, scratch);
    h.putLong(SCRATCH_STEP, scratchStep);
    // The layout of tiles: palette 1, then at 16 the bytes of each one's rows, at 48 the number of rows.
    h.put(TILES, (byte) 1);
    for (int t = 0; t < TILE_COUNT; t++) {
      h.putShort(TILES + 16 + 2 * t, (short) 64);
      h.put(TILES + 48 + t, (byte) 16);
    }
    for (int w = 0; w < WORDS; w++) {
      h.putShort(INTERLEAVING + 2 * w, (short) (w / 2 + w % 2 * WORDS / 2));
      h.putShort(UPPER + 2 * w, (short) (w % 2 == 0 ? 0 : -1));
    }
    items.clear();
    long job = header.address();
    return () -> {
      h.putLong(NEXT, 0);
      h.putLong(ARRIVED, 0);
      h.putLong(DONE, 0);
      OpenMp.call(TileCode.address(TileCode.Routine.THREAD), job, threads);
    };
  }

  @Override
  public void close() {
    owned.forEach(NativeMemory::close);
    header.close();
  }
}
