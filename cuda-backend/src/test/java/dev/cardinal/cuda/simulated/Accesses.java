package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.simulated.Clock.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Who last wrote and who since read each byte: finds work that touches what other work, not waited for, has written or still reads. */
final class Accesses {
  private record Piece(long end, Stamp write, List<Stamp> reads) {}

  private final TreeMap<Long, Piece> pieces = new TreeMap<>();

  void read(Memory.Range r, Stamp by, Clock seen) {
    split(r.start());
    split(r.end());
    long at = r.start();
    while (at < r.end()) {
      Map.Entry<Long, Piece> e = pieces.ceilingEntry(at);
      if (e == null || e.getKey() >= r.end()) {
        pieces.put(at, new Piece(r.end(), null, new ArrayList<>(List.of(by))));
        return;
      }
      if (e.getKey() > at) {
        pieces.put(at, new Piece(e.getKey(), null, new ArrayList<>(List.of(by))));
      }
      Piece p = e.getValue();
      if (p.write != null && !seen.hasSeen(p.write)) {
        throw race(by, "reads", e.getKey(), p, "written by", p.write);
      }
      p.reads.removeIf(s -> s.lane() == by.lane());
      p.reads.add(by);
      at = p.end;
    }
  }

  void write(Memory.Range r, Stamp by, Clock seen) {
    if (r.start() == r.end()) {
      return;
    }
    split(r.start());
    split(r.end());
    Map<Long, Piece> touched = pieces.subMap(r.start(), r.end());
    touched.forEach((at, p) -> {
      if (p.write != null && !seen.hasSeen(p.write)) {
        throw race(by, "writes", at, p, "written by", p.write);
      }
      for (Stamp s : p.reads) {
        if (!seen.hasSeen(s)) {
          throw race(by, "writes", at, p, "read by", s);
        }
      }
    });
    touched.clear();
    pieces.put(r.start(), new Piece(r.end(), by, new ArrayList<>()));
  }

  private static SimulatedFault race(Stamp by, String verb, long at, Piece p, String how, Stamp other) {
    return new SimulatedFault(SimulatedFault.Kind.RACE, String.format(Locale.ROOT,
        "%s %s %d bytes at 0x%x, %s %s, which it has not waited for; record an event behind the one and let the other's stream wait for it, or synchronise", by.what(), verb, p.end - at, at, how,
        other.what()));
  }

  private void split(long at) {
    Map.Entry<Long, Piece> e = pieces.lowerEntry(at);
    if (e != null && e.getValue().end > at) {
      Piece p = e.getValue();
      pieces.put(e.getKey(), new Piece(at, p.write, new ArrayList<>(p.reads)));
      pieces.put(at, new Piece(p.end, p.write, new ArrayList<>(p.reads)));
    }
  }

  /** Nobody will touch these bytes any more. */
  void forget(long start, long end) {
    split(start);
    split(end);
    pieces.subMap(start, end).clear();
  }
}
