package dev.cardinal.cuda.simulated;

import java.util.Arrays;

/** What has certainly happened, seen from somewhere: of every lane of work, up to which piece. A vector clock (Fidge 1988, Mattern 1989). */
final class Clock {
  private long[] times = new long[4];

  /** A piece of work: the lane it ran in, its number there, and what it was. */
  record Stamp(int lane, long time, String what) {}

  boolean hasSeen(Stamp s) {
    return s.lane < times.length && times[s.lane] >= s.time;
  }

  boolean hasSeenAll(Clock o) {
    for (int i = 0; i < o.times.length; i++) {
      if (o.times[i] > (i < times.length ? times[i] : 0)) {
        return false;
      }
    }
    return true;
  }

  /** The next piece of a lane. */
  Stamp tick(int lane, String what) {
    grow(lane + 1);
    return new Stamp(lane, ++times[lane], what);
  }

  private void grow(int lanes) {
    if (lanes > times.length) {
      times = Arrays.copyOf(times, Math.max(lanes, 2 * times.length));
    }
  }

  /** Sees what the other has seen. */
  void join(Clock o) {
    grow(o.times.length);
    for (int i = 0; i < o.times.length; i++) {
      times[i] = Math.max(times[i], o.times[i]);
    }
  }

  Clock copy() {
    Clock c = new Clock();
    c.times = times.clone();
    return c;
  }
}
