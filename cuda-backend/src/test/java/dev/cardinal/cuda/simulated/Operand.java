package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.simulated.Memory.Range;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * An operand of a library's call.
 *
 * @param name as in {@code x}
 * @param address where it was said to be
 * @param bytes that its descriptor spans
 * @param what its descriptor
 */
record Operand(String name, long address, long bytes, Object what) {
  Range range() {
    return Range.of(address, bytes);
  }

  /** Issues a library's call to a stream: each operand lies in memory of the device that is as large as its descriptor says, and what is written overlaps with nothing that is read. */
  static void issue(SimulatedStream stream, String call, List<Operand> reads, List<Operand> writes, Runnable body) {
    SimulatedContext context = stream.context();
    List<Operand> all = new ArrayList<>(reads);
    all.addAll(writes);
    for (Operand o : all) {
      context.requireOwn(o.address, call + "'s " + o.name + ", " + o.what + ",");
      if (o.address % Float.BYTES != 0) {
        throw new SimulatedFault(Kind.MISALIGNED, call + "'s " + o.name + " lies at 0x" + Long.toHexString(o.address));
      }
    }
    for (Operand w : writes) {
      for (Operand o : all) {
        if (o != w && !o.range().equals(w.range()) && w.address < o.address + o.bytes && o.address < w.address + w.bytes) {
          throw new SimulatedFault(Kind.DESCRIPTOR, call + " writes " + w.name + ", " + w.what + ", which overlaps with " + o.name + ", " + o.what + ": one of the buffers is smaller than its descriptor");
        }
      }
    }
    for (Operand o : all) {
      context.cuda().memoryOf(o.address, call).requireSize(o.range(), call + "'s " + o.name, o.what);
    }
    stream.issue(new Work(call, reads.stream().map(Operand::range).toList(), writes.stream().map(Operand::range).toList(), body));
  }
}
