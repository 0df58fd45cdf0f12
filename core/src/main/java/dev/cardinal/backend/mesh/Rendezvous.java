package dev.cardinal.backend.mesh;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Link;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Where the devices of one program meet, in their runs and in what goes on beside them. Once a device has failed nobody waits any more; one that does not come within {@link #PATIENCE} seconds counts as
 * failed.
 */
final class Rendezvous {
  /** System property: how many seconds devices wait for one another before the absent one counts as failed. */
  static final String PATIENCE = "cardinal.mesh.patience";
  private static final int PATIENCE_SECONDS = 600;

  private final long patienceNanos = Integer.getInteger(PATIENCE, PATIENCE_SECONDS) * 1_000_000_000L;
  private final int devices;
  private final DeviceThreads beside;
  private final Lane inRuns;
  private final Lane besideRuns;
  private final List<Set<Integer>> unfinished = new ArrayList<>();
  private final List<Runnable> stops = new ArrayList<>();
  private Throwable failure;
  private int failed = -1;

  /** For some devices, with a thread of each for what goes on beside its runs. */
  Rendezvous(int devices, DeviceThreads beside) {
    this.devices = devices;
    this.beside = beside;
    this.inRuns = new Lane(devices);
    this.besideRuns = new Lane(devices);
    for (int d = 0; d < devices; d++) {
      unfinished.add(new HashSet<>());
    }
  }

  /** Meetings that follow one another. */
  private static final class Lane {
    private final Object[] brought;
    private final BitSet present = new BitSet();
    private List<Object> result;
    private long meetings;

    Lane(int devices) {
      brought = new Object[devices];
    }
  }

  /** A device's way here. */
  Link link(int rank) {
    return new RankLink(rank, inRuns);
  }

  private final class RankLink implements Link {
    private final int rank;
    private final Lane lane;

    RankLink(int rank, Lane lane) {
      this.rank = rank;
      this.lane = lane;
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public int size() {
      return devices;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> List<T> meet(T mine) {
      return (List<T>) Rendezvous.this.meet(lane, rank, mine);
    }

    @Override
    public void begin(int ticket, Consumer<Link> work) {
      started(rank, ticket);
      beside.submit(rank, () -> {
        try {
          work.accept(new RankLink(rank, besideRuns));
        } catch (RuntimeException | Error e) {
          fail(rank, e);
        }
        finished(rank, ticket);
      });
    }

    @Override
    public void await(int ticket) {
      Rendezvous.this.await(rank, ticket);
    }

    @Override
    public void whenFailed(Runnable stop) {
      Rendezvous.this.whenFailed(stop);
    }
  }

  private List<Object> meet(Lane lane, int rank, Object mine) {
    List<Object> all = meetInTime(lane, rank, mine);
    if (all == null) {
      int missing = missing(lane);
      fail(missing, new AbsentException("it did not come to where the devices meet within " + patienceNanos / 1_000_000_000L + " s, while device " + rank + " waited (-D" + PATIENCE
          + "=SECONDS sets how long)"));
      requireNoFailure();
    }
    return all;
  }

  private synchronized int missing(Lane lane) {
    return lane.present.nextClearBit(0);
  }

  /** What all brought, or null if somebody did not come in time. */
  private synchronized List<Object> meetInTime(Lane lane, int rank, Object mine) {
    requireNoFailure();
    lane.brought[rank] = mine;
    lane.present.set(rank);
    if (lane.present.cardinality() == devices) {
      lane.result = new ArrayList<>(Arrays.asList(lane.brought));
      Arrays.fill(lane.brought, null);
      lane.present.clear();
      lane.meetings++;
      notifyAll();
      return lane.result;
    }
    long mineIs = lane.meetings;
    boolean patient = sleepWhile(() -> lane.meetings == mineIs, patienceNanos);
    if (lane.meetings == mineIs) {
      requireNoFailure();
    }
    return patient || lane.meetings != mineIs ? lane.result : null;
  }

  private synchronized void started(int rank, int ticket) {
    requireNoFailure();
    unfinished.get(rank).add(ticket);
  }

  private synchronized void finished(int rank, int ticket) {
    unfinished.get(rank).remove(ticket);
    notifyAll();
  }

  private synchronized void await(int rank, int ticket) {
    sleepWhile(() -> unfinished.get(rank).contains(ticket), Long.MAX_VALUE);
    requireNoFailure();
  }

  /**
   * Waits while something holds and nobody has failed. An interruption is kept for later: the peers come or fail, and leaving early would leave them waiting.
   *
   * @return whether there was time enough
   */
  private boolean sleepWhile(java.util.function.BooleanSupplier holds, long nanos) {
    boolean interrupted = false;
    long begin = System.nanoTime();
    long left = nanos;
    while (left > 0 && holds.getAsBoolean() && failure == null) {
      try {
        wait(Math.max(1, left / 1_000_000));
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = nanos - (System.nanoTime() - begin);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return left > 0;
  }

  private synchronized void requireNoFailure() {
    if (failure != null) {
      throw new PeerFailedException(failed, failure);
    }
  }

  /** Says that a device will not come any more; the first failure counts. */
  void fail(int rank, Throwable cause) {
    List<Runnable> now;
    synchronized (this) {
      if (failure != null) {
        return;
      }
      failure = cause;
      failed = rank;
      notifyAll();
      now = List.copyOf(stops);
    }
    now.forEach(Runnable::run);
  }

  private void whenFailed(Runnable stop) {
    synchronized (this) {
      if (failure == null) {
        stops.add(stop);
        return;
      }
    }
    stop.run();
  }

  /** Whether a device has failed by not coming: its thread may never come back. */
  synchronized boolean isAbsent(int rank) {
    return failed == rank && failure instanceof AbsentException;
  }

  /** After a failure: waits until nothing goes on beside the runs any more, so that memory may be freed. */
  void settle() {
    beside.each(d -> {}, this::isAbsent);
  }

  synchronized Throwable failure() {
    return failure;
  }

  synchronized int failed() {
    return failed;
  }

  /** What a device hears that waits for one that failed. */
  static final class PeerFailedException extends DeviceException {
    private static final long serialVersionUID = 1;

    PeerFailedException(int rank, Throwable cause) {
      super("stopped, because device " + rank + " of the mesh failed: " + cause.getMessage(), cause);
    }
  }

  /** That a device did not come in time. */
  private static final class AbsentException extends DeviceException {
    private static final long serialVersionUID = 1;

    AbsentException(String message) {
      super(message);
    }
  }
}
