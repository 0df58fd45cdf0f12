package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.simulated.Memory.Range;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The calls of one group, matched between the ranks and done. */
final class SimulatedNcclRound {
  private final SimulatedCuda cuda;
  private final List<SimulatedContext> devices;
  private final List<NcclCall> calls;
  private final List<Part> parts = new ArrayList<>();

  /** What a call reads and writes; filled in between. */
  private static final class Part {
    private final NcclCall call;
    private final Range read;
    private final Range write;
    private byte[] given;
    private byte[] result;

    Part(NcclCall call, Range read, Range write) {
      this.call = call;
      this.read = read;
      this.write = write;
    }
  }

  SimulatedNcclRound(SimulatedCuda cuda, List<SimulatedContext> devices, List<NcclCall> calls) {
    this.cuda = cuda;
    this.devices = devices;
    this.calls = calls;
  }

  void perform() {
    calls.forEach(c -> parts.add(part(c)));
    for (Part p : parts) {
      List<Range> reads = p.read == null ? List.of() : List.of(p.read);
      stream(p).perform(new Work(p.call.toString(), reads, List.of(), () -> p.given = p.read == null ? null : SimulatedNcclGroup.bytes(p.read)));
    }
    collectives();
    messages();
    // No rank's part ends before all have begun.
    Clock all = new Clock();
    parts.forEach(p -> all.join(stream(p).clock()));
    parts.forEach(p -> stream(p).clock().join(all));
    for (Part p : parts) {
      if (p.write != null) {
        stream(p).perform(new Work(p.call.toString(), List.of(), List.of(p.write), () -> NativeHost.buffer(p.write.start(), p.write.bytes()).put(p.result)));
      }
    }
  }

  private static SimulatedStream stream(Part p) {
    return (SimulatedStream) p.call.stream();
  }

  private Part part(NcclCall c) {
    int k = devices.size();
    if (c instanceof NcclCall.AllReduce a) {
      return part(c, a.in(), a.count() * Float.BYTES, a.out(), a.count() * Float.BYTES);
    } else if (c instanceof NcclCall.AllGather a) {
      return part(c, a.in(), a.bytes(), a.out(), k * a.bytes());
    } else if (c instanceof NcclCall.ReduceScatter a) {
      return part(c, a.in(), k * a.count() * Float.BYTES, a.out(), a.count() * Float.BYTES);
    } else if (c instanceof NcclCall.Send a) {
      return part(c, a.address(), a.bytes(), 0, 0);
    }
    NcclCall.Receive a = (NcclCall.Receive) c;
    return part(c, 0, 0, a.address(), a.bytes());
  }

  private Part part(NcclCall c, long in, long inBytes, long out, long outBytes) {
    SimulatedContext d = devices.get(c.rank());
    for (Range r : List.of(Range.of(in, inBytes), Range.of(out, outBytes))) {
      if (r.bytes() > 0) {
        d.requireOwn(r.start(), c.toString());
        cuda.memoryOf(r.start(), c.toString()).requireSize(r, "memory of " + c.getClass().getSimpleName(), c);
      }
    }
    return new Part(c, inBytes == 0 ? null : Range.of(in, inBytes), outBytes == 0 ? null : Range.of(out, outBytes));
  }

  /** Collectives of the ranks in their order: the first of each belong together, then the second. */
  private void collectives() {
    List<Deque<Part>> byRank = new ArrayList<>();
    devices.forEach(d -> byRank.add(new ArrayDeque<>()));
    parts.stream().filter(p -> !(p.call instanceof NcclCall.Send || p.call instanceof NcclCall.Receive)).forEach(p -> byRank.get(p.call.rank()).add(p));
    while (byRank.stream().anyMatch(q -> !q.isEmpty())) {
      List<Part> together = new ArrayList<>();
      Part first = byRank.stream().filter(q -> !q.isEmpty()).findFirst().orElseThrow().peek();
      for (int r = 0; r < byRank.size(); r++) {
        Part p = byRank.get(r).poll();
        if (p == null) {
          throw new SimulatedFault(Kind.KERNEL, first.call + " waits for rank " + r + ", which never joins it: hardware would wait for ever");
        }
        if (p.call.getClass() != first.call.getClass() || size(p) != size(first)) {
          throw new SimulatedFault(Kind.ARGUMENTS, "ranks disagree on a collective: " + first.call + " and " + p.call);
        }
        together.add(p);
      }
      give(together);
    }
  }

  private static long size(Part p) {
    return p.read.bytes();
  }

  private static void give(List<Part> together) {
    List<byte[]> given = together.stream().map(p -> p.given).toList();
    for (int r = 0; r < together.size(); r++) {
      Part p = together.get(r);
      if (p.call instanceof NcclCall.AllReduce) {
        p.result = SimulatedNcclGroup.sum(given);
      } else if (p.call instanceof NcclCall.AllGather) {
        p.result = new byte[Math.toIntExact(p.write.bytes())];
        for (int e = 0; e < given.size(); e++) {
          System.arraycopy(given.get(e), 0, p.result, e * given.get(e).length, given.get(e).length);
        }
      } else {
        byte[] all = SimulatedNcclGroup.sum(given);
        int each = all.length / together.size();
        p.result = java.util.Arrays.copyOfRange(all, r * each, (r + 1) * each);
      }
    }
  }

  private void messages() {
    Map<List<Integer>, Deque<Part>> sent = new HashMap<>();
    for (Part p : parts) {
      if (p.call instanceof NcclCall.Send s) {
        sent.computeIfAbsent(List.of(s.rank(), s.to()), k -> new ArrayDeque<>()).add(p);
      }
    }
    for (Part p : parts) {
      if (p.call instanceof NcclCall.Receive r) {
        Part s = sent.getOrDefault(List.of(r.from(), r.rank()), new ArrayDeque<>()).poll();
        if (s == null) {
          throw new SimulatedFault(Kind.KERNEL, r + " waits for what rank " + r.from() + " never sends: hardware would wait for ever");
        }
        if (size(s) != r.bytes()) {
          throw new SimulatedFault(Kind.ARGUMENTS, "sizes differ: " + s.call + " and " + r);
        }
        p.result = s.given;
      }
    }
    sent.values().stream().flatMap(Deque::stream).findFirst().ifPresent(s -> {
      throw new SimulatedFault(Kind.KERNEL, s.call + " is never received: hardware would wait for ever");
    });
  }
}
