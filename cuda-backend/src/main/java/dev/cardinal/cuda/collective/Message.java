package dev.cardinal.cuda.collective;

import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.op.Collective;
import java.util.List;

/**
 * What one device gives another in a collective: runs of its share, to be sent one after the other.
 *
 * @param runs where they lie in the share and go in the result, in elements
 */
record Message(List<ExchangePlan.Run> runs) {
  /** How many numbers of a table describe a run to the kernels: where from, where to, how long. */
  static final int NUMBERS = 3;

  /** What a device takes from another, or from itself. */
  static Message of(ExchangePlan receivers, int from) {
    return new Message(receivers.runs().stream().filter(r -> r.source() == from && r.length() > 0).toList());
  }

  /** The plan of another device in the same collective. */
  static ExchangePlan planOf(Collective op, int rank) {
    return ExchangePlan.of(new Collective(op.tensors(), op.from(), op.to(), rank, op.ticket(), op.phase()));
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** Elements of all runs. */
  long length() {
    return runs.stream().mapToLong(ExchangePlan.Run::length).sum();
  }

  /** First element in the share. */
  long from() {
    return runs.get(0).from();
  }

  /** First element in the result. */
  long to() {
    return runs.get(0).to();
  }

  /** Whether the runs follow one another in the share, so that they need not be gathered before they are sent. */
  boolean liesTogether() {
    long at = from();
    for (ExchangePlan.Run r : runs) {
      if (r.from() != at) {
        return false;
      }
      at += r.length();
    }
    return true;
  }

  /** Whether the runs follow one another in the result. */
  boolean goesTogether() {
    long at = to();
    for (ExchangePlan.Run r : runs) {
      if (r.to() != at) {
        return false;
      }
      at += r.length();
    }
    return true;
  }

  /** The table that gathers the runs of a share. */
  long[] gathering() {
    long[] table = new long[NUMBERS * runs.size()];
    long at = 0;
    for (int i = 0; i < runs.size(); i++) {
      put(table, i, runs.get(i).from(), at, runs.get(i).length());
      at += runs.get(i).length();
    }
    return table;
  }

  /** The table that puts what was sent in its places. */
  long[] placing() {
    long[] table = new long[NUMBERS * runs.size()];
    long at = 0;
    for (int i = 0; i < runs.size(); i++) {
      put(table, i, at, runs.get(i).to(), runs.get(i).length());
      at += runs.get(i).length();
    }
    return table;
  }

  /** The table that puts runs of the whole share in their places. */
  long[] moving() {
    long[] table = new long[NUMBERS * runs.size()];
    for (int i = 0; i < runs.size(); i++) {
      put(table, i, runs.get(i).from(), runs.get(i).to(), runs.get(i).length());
    }
    return table;
  }

  private static void put(long[] table, int run, long from, long to, long length) {
    table[NUMBERS * run] = from;
    table[NUMBERS * run + 1] = to;
    table[NUMBERS * run + 2] = length;
  }
}
