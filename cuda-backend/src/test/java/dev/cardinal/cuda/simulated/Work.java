package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.simulated.Memory.Range;
import java.util.List;

/**
 * Something issued to a stream.
 *
 * @param what for messages
 * @param reads memory it reads, of devices or pinned
 * @param writes memory it writes
 * @param body does it
 */
record Work(String what, List<Range> reads, List<Range> writes, Runnable body) {}
