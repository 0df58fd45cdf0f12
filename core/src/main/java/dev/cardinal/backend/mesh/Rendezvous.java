package dev.cardinal.backend.mesh;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Link;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where the devices of one program meet. Once a device has failed nobody waits any more. */
final class Rendezvous {
  private final Object[] brought;
  private int present;
  private List<Object> result;
  private long meetings;
  private Throwable failure;
  private int failed = -1;

  Rendezvous(int devices) {
    brought = new Object[devices];
  }

  /** A device's way here. */
  Link link(int rank) {
    return new Link() {
      @Override
      public int rank() {
        return rank;
      }

      @Override
      public int size() {
        return brought.length;
      }

      @Override
      @SuppressWarnings("unchecked")
      public <T> List<T> meet(T mine) {
        return (List<T>) Rendezvous.this.meet(rank, mine);
      }
    };
  }

  private synchronized List<Object> meet(int rank, Object mine) {
    requireNoFailure();
    brought[rank] = mine;
    present++;
    if (present == brought.length) {
      result = new ArrayList<>(Arrays.asList(brought));
      Arrays.fill(brought, null);
      present = 0;
      meetings++;
      notifyAll();
      return result;
    }
    long mineIs = meetings;
    boolean interrupted = false;
    while (meetings == mineIs && failure == null) {
      try {
        wait();
      } catch (InterruptedException e) {
        // The peers come or fail; leaving early would leave them waiting.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (meetings == mineIs) {
      requireNoFailure();
    }
    return result;
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
