package dev.cardinal.cpu.onednn.narrow;

/** One of the two kinds of work on narrow groups: described first, then bound to addresses once, then run many times. */
public interface NarrowWork extends AutoCloseable {
  /** Whether the library has fast kernels for all of it. */
  boolean possible();

  /** What runs it. */
  String detail();

  /** Memory that a run needs beside its operands. */
  long workBytes();

  /** Makes the launch; {@code bias} is 0 where there is none. */
  Runnable bind(long input, long weights, long bias, long output, long work);

  @Override
  void close();
}
