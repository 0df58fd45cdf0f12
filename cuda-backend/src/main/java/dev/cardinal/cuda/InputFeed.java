package dev.cardinal.cuda;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.PinnedMemory;
import dev.cardinal.cuda.plan.CudaSession;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings a program's inputs to the device while it computes. Two lanes take turns, each with pinned memory and device memory of its own: a run's inputs cross the bus on the copying stream, and only the
 * move within the device, to where the program reads them, waits for the run before.
 */
final class InputFeed implements AutoCloseable {
  private static final int LANES = 2;
  private static final long ALIGNMENT = 256;

  private final CudaContext context;
  private final CudaStream computing;
  private final CudaStream copying;
  private final Map<String, Slot> inputs;
  private final long bytes;
  private final List<Lane> lanes = new ArrayList<>();
  private int next;

  /** Its own events, so that neither host nor device writes what the other still reads. */
  private record Lane(PinnedMemory pinned, long device, CudaEvent arrived, CudaEvent taken) {}

  InputFeed(CudaSession session, Map<String, Slot> inputs) {
    this.context = session.context();
    this.computing = session.stream();
    this.copying = session.copies();
    this.inputs = inputs;
    this.bytes = laneBytes(inputs);
    try {
      for (int i = 0; bytes > 0 && i < LANES; i++) {
        lanes.add(newLane());
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static long laneBytes(Map<String, Slot> inputs) {
    return inputs.values().stream().mapToLong(s -> aligned(s.bytes())).sum();
  }

  /** Device memory that the feed of these inputs takes. */
  static long bytes(Map<String, Slot> inputs) {
    return LANES * laneBytes(inputs);
  }

  private Lane newLane() {
    PinnedMemory pinned = context.allocatePinned(bytes);
    try {
      return new Lane(pinned, context.allocate(bytes), context.newEvent(false), context.newEvent(false));
    } catch (RuntimeException e) {
      pinned.close();
      throw e;
    }
  }

  private static long aligned(long v) {
    return (v + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Issues the copies of one run's inputs; the tensors may be reused at once. */
  void feed(Map<String, HostTensor> given) {
    if (lanes.isEmpty()) {
      return;
    }
    Lane lane = lanes.get(next);
    next = (next + 1) % lanes.size();
    lane.arrived.synchronize();
    long at = 0;
    for (Map.Entry<String, Slot> e : inputs.entrySet()) {
      HostCopy.to(lane.pinned.buffer(at, Math.toIntExact(e.getValue().bytes())), given.get(e.getKey()));
      at += aligned(e.getValue().bytes());
    }
    copying.waitFor(lane.taken);
    copying.copyToDevice(lane.device, lane.pinned.address(), bytes);
    lane.arrived.record(copying);
    computing.waitFor(lane.arrived);
    at = 0;
    for (Slot s : inputs.values()) {
      computing.copy(s.address(), lane.device + at, s.bytes());
      at += aligned(s.bytes());
    }
    lane.taken.record(computing);
  }

  @Override
  public void close() {
    for (Lane l : lanes) {
      l.arrived.close();
      l.taken.close();
      l.pinned.close();
      context.free(l.device);
    }
    lanes.clear();
  }
}
