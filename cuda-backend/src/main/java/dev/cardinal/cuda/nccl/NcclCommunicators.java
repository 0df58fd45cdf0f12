package dev.cardinal.cuda.nccl;

import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.api.NcclGroup;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Communicators by rank. One thread issues at a time, as NCCL demands. */
final class NcclCommunicators implements NcclGroup {
  private static final long PATIENCE_SECONDS = 10;
  private static final int INVALID_USAGE = 5;

  private final NcclLibrary library;
  private final NcclFunctions nccl;
  private final long[] communicators;
  private final ReentrantLock issuing = new ReentrantLock();
  private volatile boolean ended;
  private volatile boolean aborted;

  NcclCommunicators(NcclLibrary library, long[] communicators) {
    this.library = library;
    this.nccl = library.functions();
    this.communicators = communicators;
  }

  @Override
  public void issue(List<NcclCall> calls) {
    issuing.lock();
    try {
      if (ended) {
        throw new CudaException("ncclGroupStart", INVALID_USAGE, "the communicators were aborted, because a device had failed", "");
      }
      library.check(nccl.ncclGroupStart(), "ncclGroupStart", "");
      CudaException failure = null;
      for (NcclCall c : calls) {
        try {
          issue(c);
        } catch (CudaException e) {
          failure = e;
          break;
        }
      }
      // The group is ended whatever happened: else the next one would be part of it.
      int end = nccl.ncclGroupEnd();
      if (failure != null) {
        throw failure;
      }
      library.check(end, "ncclGroupEnd", "calls = " + calls.size());
    } finally {
      issuing.unlock();
    }
  }

  private void issue(NcclCall call) {
    long comm = communicators[call.rank()];
    long stream = library.handle(call.stream());
    int code;
    String name;
    if (call instanceof NcclCall.AllReduce c) {
      name = "ncclAllReduce";
      code = nccl.ncclAllReduce(c.in(), c.out(), c.count(), NcclFunctions.FLOAT, NcclFunctions.SUM, comm, stream);
    } else if (call instanceof NcclCall.AllGather c) {
      name = "ncclAllGather";
      code = nccl.ncclAllGather(c.in(), c.out(), c.bytes(), NcclFunctions.BYTE, comm, stream);
    } else if (call instanceof NcclCall.ReduceScatter c) {
      name = "ncclReduceScatter";
      code = nccl.ncclReduceScatter(c.in(), c.out(), c.count(), NcclFunctions.FLOAT, NcclFunctions.SUM, comm, stream);
    } else if (call instanceof NcclCall.Send c) {
      name = "ncclSend";
      code = nccl.ncclSend(c.address(), c.bytes(), NcclFunctions.BYTE, c.to(), comm, stream);
    } else {
      NcclCall.Receive c = (NcclCall.Receive) call;
      name = "ncclRecv";
      code = nccl.ncclRecv(c.address(), c.bytes(), NcclFunctions.BYTE, c.from(), comm, stream);
    }
    library.check(code, name, call.toString());
  }

  /** Waits for who is issuing, for a while: issuing takes no time unless a GPU has stopped, and then aborting is what sets it free. */
  @Override
  public void abort() {
    boolean mine = false;
    try {
      mine = issuing.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      if (!ended) {
        ended = true;
        aborted = true;
        for (long c : communicators) {
          nccl.ncclCommAbort(c);
        }
      }
    } finally {
      if (mine) {
        issuing.unlock();
      }
    }
  }

  @Override
  public boolean aborted() {
    return aborted;
  }

  @Override
  public void close() {
    issuing.lock();
    try {
      if (!ended) {
        ended = true;
        for (int r = 0; r < communicators.length; r++) {
          library.check(nccl.ncclCommDestroy(communicators[r]), "ncclCommDestroy", "rank = " + r);
        }
      }
    } finally {
      issuing.unlock();
    }
  }
}
