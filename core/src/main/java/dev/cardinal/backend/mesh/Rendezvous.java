package dev.cardinal.backend.mesh;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Link;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Where the devices of one program meet, in their runs and in what goes on beside them. Once a device has failed nobody waits any more. */
final class Rendezvous {
  private final int devices;
  private final DeviceThreads beside;
  private final Lane inRuns;
  private final Lane besideRuns;
  private final List<Set<Integer>> unfinished = new ArrayList<>();
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
    private int present;
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
  }

  private synchronized List<Object> meet(Lane lane, int rank, Object mine) {
    requireNoFailure();
    lane.brought[rank] = mine;
    lane.present++;
    if (lane.present == devices) {
      lane.result = new ArrayList<>(Arrays.asList(lane.brought));
      Arrays.fill(lane.brought, null);
      lane.present = 0;
      lane.meetings++;
      notifyAll();
      return lane.result;
    }
    long mineIs = lane.meetings;
    sleepWhile(() -> lane.meetings == mineIs);
    if (lane.meetings == mineIs) {
      requireNoFailure();
    }
    return lane.result;
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
    sleepWhile(() -> unfinished.get(rank).contains(ticket));
    requireNoFailure();
  }

  /** Waits while something holds and nobody has failed. An interruption is kept for later: the peers come or fail, and leaving early would leave them waiting. */
  private void sleepWhile(java.util.function.BooleanSupplier holds) {
    boolean interrupted = false;
    while (holds.getAsBoolean() && failure == null) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireNoFailure() {
    if (failure != null) {
      throw new PeerFailedException(failed, failure);
    }
  }

  /** Says that a device will not come any more; the first failure counts. */
  synchronized void fail(int rank, Throwable cause) {
    if (failure == null) {
      failure = cause;
      failed = rank;
      notifyAll();
    }
  }

  /** After a failure: waits until nothing goes on beside the runs any more, so that memory may be freed. */
  void settle() {
    beside.each(d -> {});
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
}
