package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.PinnedMemory;
import dev.cardinal.cuda.simulated.Clock.Stamp;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Pinned memory. A copy from it is done when issued, and until the host has waited for it the bytes must stay as they were; a copy to it shows only once the host has waited.
 */
final class SimulatedPinnedMemory implements PinnedMemory {
  private final SimulatedCuda cuda;
  private final long address;
  private final long bytes;
  private final List<Pending> pending = new ArrayList<>();
  private boolean closed;

  /** A copy under way: what the host must see at that place, before it is done or once it is. */
  private record Pending(Stamp stamp, long at, byte[] content, boolean arriving) {}

  SimulatedPinnedMemory(SimulatedCuda cuda, long bytes) {
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("pinned memory comes in pieces of less than 2 GiB, got " + bytes + " bytes; use several");
    }
    this.cuda = cuda;
    this.address = cuda.pinned().allocate(bytes, "cuMemHostAlloc");
    this.bytes = bytes;
  }

  boolean contains(long at) {
    return at >= address && at < address + bytes;
  }

  /** A copy from here was issued. */
  void leaving(Stamp stamp, long at, long length) {
    pending.add(new Pending(stamp, at, contents(at, Math.toIntExact(length)), false));
  }

  /** A copy to here was issued. */
  void arriving(Stamp stamp, long at, byte[] content) {
    pending.add(new Pending(stamp, at, content, true));
    NativeHost.fill(at, -1, content.length);
  }

  /** Lets copies that arrive here, and that the reader's stream has waited for, show at the place that the bytes were copied to. */
  void forward(long from, long to, long length) {
    for (Pending p : pending) {
      long first = Math.max(from, p.at);
      long last = Math.min(from + length, p.at + p.content.length);
      if (p.arriving && first < last) {
        NativeHost.buffer(to + first - from, last - first).put(p.content, Math.toIntExact(first - p.at), Math.toIntExact(last - first));
      }
    }
  }

  private static byte[] contents(long at, int length) {
    byte[] b = new byte[length];
    NativeHost.buffer(at, length).get(b);
    return b;
  }

  /** Ends the copies that the host has waited for. */
  void settle(Clock host) {
    for (Iterator<Pending> i = pending.iterator(); i.hasNext();) {
      Pending p = i.next();
      if (!p.arriving && !Arrays.equals(p.content, contents(p.at, p.content.length))) {
        i.remove();
        throw new SimulatedFault(Kind.RACE, "the host wrote to pinned memory from which " + p.stamp.what() + " was under way; wait for it first");
      }
      if (host.hasSeen(p.stamp)) {
        i.remove();
        if (p.arriving) {
          NativeHost.buffer(p.at, p.content.length).put(p.content);
        }
      }
    }
  }

  @Override
  public long address() {
    return address;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public ByteBuffer buffer(long offset, int length) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "pinned memory of " + bytes + " bytes is used after it was closed");
    }
    if (offset < 0 || length < 0 || offset + length > bytes) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, length + " bytes at offset " + offset + " of pinned memory, which has " + bytes);
    }
    return NativeHost.buffer(address + offset, length);
  }

  @Override
  public void close() {
    synchronized (cuda) {
      if (closed) {
        throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "pinned memory of " + bytes + " bytes is closed twice");
      }
      closed = true;
      cuda.pinnedPieces().remove(this);
      boolean busy = pending.stream().anyMatch(p -> !cuda.host().hasSeen(p.stamp));
      cuda.pinned().free(address);
      if (busy) {
        throw new SimulatedFault(Kind.RACE, "pinned memory of " + bytes + " bytes is freed while " + pending.get(0).stamp.what() + " is under way; synchronise first");
      }
    }
  }
}
