package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.api.NcclGroup;
import dev.cardinal.cuda.simulated.Memory.Range;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Communicators of simulated devices. A collective reads on every device behind what that device's stream has seen, and writes there behind what all streams have seen: no rank's part ends before the others
 * have begun. It is held to what hardware would answer by standing still: every rank takes part in every collective, in the same order and with the same sizes, and what is sent is received.
 */
public final class SimulatedNcclGroup implements NcclGroup {
  private static final int INVALID_USAGE = 5;

  /** A call refused by a test. */
  private record Planted(Predicate<NcclCall> which, int code, String meaning) {}

  private final SimulatedCuda cuda;
  private final List<SimulatedContext> devices;
  private final Map<String, Integer> issued = new HashMap<>();
  private Planted planted;
  private boolean aborted;
  private boolean closed;

  SimulatedNcclGroup(SimulatedCuda cuda, List<SimulatedContext> devices) {
    this.cuda = cuda;
    this.devices = devices;
    devices.forEach(d -> d.made("communicator"));
  }

  /** Lets a call fail with a code. */
  public synchronized void plant(Predicate<NcclCall> which, int code, String meaning) {
    planted = new Planted(which, code, meaning);
  }

  /** How often each kind of call was issued, by its name. */
  public synchronized Map<String, Integer> issued() {
    return Map.copyOf(issued);
  }

  /** Whether it was closed. */
  public synchronized boolean closed() {
    return closed;
  }

  @Override
  public synchronized boolean aborted() {
    return aborted;
  }

  private static String name(NcclCall c) {
    return "nccl" + (c instanceof NcclCall.Receive ? "Recv" : c.getClass().getSimpleName());
  }

  @Override
  public synchronized void issue(List<NcclCall> calls) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "a communicator is used after it was closed");
    }
    if (aborted) {
      throw new CudaException("ncclGroupStart", INVALID_USAGE, "the communicators were aborted, because a device had failed", "");
    }
    for (NcclCall c : calls) {
      if (planted != null && planted.which.test(c)) {
        throw new CudaException(name(c), planted.code, planted.meaning, c.toString());
      }
      SimulatedStream s = (SimulatedStream) c.stream();
      if (s.context() != devices.get(c.rank())) {
        throw new SimulatedFault(Kind.CONTEXT, name(c) + " of rank " + c.rank() + " is issued to " + s);
      }
      if (s.capture() != null) {
        throw new SimulatedFault(Kind.CAPTURE, name(c) + " while " + s + " is captured: the hosts of a mesh meet within a step");
      }
      issued.merge(name(c), 1, Integer::sum);
    }
    synchronized (cuda) {
      new SimulatedNcclRound(cuda, devices, calls).perform();
    }
  }

  @Override
  public synchronized void abort() {
    if (!aborted && !closed) {
      aborted = true;
      devices.forEach(d -> d.closed("communicator"));
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "communicators are closed twice");
    }
    closed = true;
    if (!aborted) {
      devices.forEach(d -> d.closed("communicator"));
    }
  }

  /** What lies in a range. */
  static byte[] bytes(Range r) {
    byte[] b = new byte[Math.toIntExact(r.bytes())];
    NativeHost.buffer(r.start(), r.bytes()).get(b);
    return b;
  }

  /** Adds up floats. */
  static byte[] sum(List<byte[]> all) {
    ByteBuffer sum = ByteBuffer.allocate(all.get(0).length).order(java.nio.ByteOrder.nativeOrder());
    List<ByteBuffer> summands = new ArrayList<>();
    all.forEach(b -> summands.add(ByteBuffer.wrap(b).order(java.nio.ByteOrder.nativeOrder())));
    for (int i = 0; i < sum.capacity(); i += Float.BYTES) {
      // From the last rank on, as a ring of NCCL's might: callers must not rely on the order of the devices.
      float s = 0;
      for (int e = summands.size() - 1; e >= 0; e--) {
        s += summands.get(e).getFloat(i);
      }
      sum.putFloat(i, s);
    }
    return sum.array();
  }
}
