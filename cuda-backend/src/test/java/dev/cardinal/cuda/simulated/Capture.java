package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Work recorded from one stream and those that joined it, with what waits for what. */
final class Capture {
  private final SimulatedCuda cuda;
  private final SimulatedStream origin;
  private final List<Item> items = new ArrayList<>();
  private final Map<SimulatedStream, Integer> lanes = new HashMap<>();

  /** One thing that a stream was told: to do work, to record an event, or to wait for one. */
  private record Item(SimulatedStream stream, Work work, SimulatedEvent recorded, SimulatedEvent awaited) {}

  Capture(SimulatedCuda cuda, SimulatedStream origin) {
    this.cuda = cuda;
    this.origin = origin;
  }

  SimulatedStream origin() {
    return origin;
  }

  void work(SimulatedStream s, Work w) {
    items.add(new Item(s, w, null, null));
  }

  void record(SimulatedStream s, SimulatedEvent e) {
    items.add(new Item(s, null, e, null));
  }

  void await(SimulatedStream s, SimulatedEvent e) {
    if (s != origin) {
      lanes.computeIfAbsent(s, k -> cuda.newLane());
    }
    items.add(new Item(s, null, null, e));
  }

  /** Ends it: every stream that joined has come back to the origin, and captures no more. */
  void end() {
    Map<SimulatedStream, Clock> clocks = new HashMap<>();
    int lane = cuda.newLane();
    Clock last = new Clock();
    clocks.put(origin, last);
    replay(lane, clocks, false);
    lanes.keySet().forEach(SimulatedStream::captureEnded);
    origin.captureEnded();
    lanes.forEach((s, l) -> {
      Clock c = clocks.get(s);
      if (c != null && !last.hasSeenAll(c)) {
        throw new SimulatedFault(Kind.CAPTURE, s + " joined the capture of " + origin + " and was not joined to it again; let " + origin + " wait for an event recorded at the end of " + s);
      }
    });
  }

  /** Does the work, after what the launching stream has seen. */
  void run(int lane, Clock clock) {
    Map<SimulatedStream, Clock> clocks = new HashMap<>();
    clocks.put(origin, clock);
    replay(lane, clocks, true);
  }

  private void replay(int lane, Map<SimulatedStream, Clock> clocks, boolean perform) {
    Map<SimulatedEvent, Clock> events = new HashMap<>();
    for (Item i : items) {
      Clock c = clocks.computeIfAbsent(i.stream, k -> new Clock());
      int l = i.stream == origin ? lane : lanes.get(i.stream);
      if (i.recorded != null) {
        events.put(i.recorded, c.copy());
      } else if (i.awaited != null) {
        c.join(events.get(i.awaited));
      } else if (perform) {
        cuda.perform(i.work, l, c);
      } else {
        c.tick(l, i.work.what());
      }
    }
  }
}
