package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;

/** An event: what its stream had seen when it was recorded. */
final class SimulatedEvent implements CudaEvent {
  private static final int INVALID_HANDLE = 400;
  private static final float NANOS_PER_MILLI = 1e6f;
  private final SimulatedContext context;
  private final SimulatedCuda cuda;
  private final boolean timing;
  private Clock clock;
  private Capture capture;
  private long nanos;
  private boolean closed;

  SimulatedEvent(SimulatedContext context, boolean timing) {
    this.context = context;
    this.cuda = context.cuda();
    this.timing = timing;
  }

  private void require(String call) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, call + " of an event that is closed");
    }
  }

  @Override
  public void record(CudaStream stream) {
    synchronized (cuda) {
      require("record");
      SimulatedStream s = (SimulatedStream) stream;
      if (s.context() != context) {
        throw new CudaException("cuEventRecord", INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "event of device = " + context.properties().ordinal() + ", stream = " + s);
      }
      cuda.requireCurrent(context, "recording an event");
      capture = s.capture();
      if (capture != null) {
        capture.record(s, this);
      } else {
        s.clock().join(cuda.host());
        clock = s.clock().copy();
        nanos = System.nanoTime();
      }
    }
  }

  void awaitedBy(SimulatedStream s) {
    require("waiting");
    if (capture != null && s.capture() != null && s.capture() != capture) {
      throw new SimulatedFault(Kind.CAPTURE, s + " waits for an event that was recorded in another capture");
    }
    if (capture != null) {
      if (capture.origin().capture() != capture) {
        throw new SimulatedFault(Kind.CAPTURE, s + " waits for an event that was recorded during a capture, which has ended; record it again");
      }
      s.join(capture);
      capture.await(s, this);
    } else if (s.capture() != null) {
      throw new SimulatedFault(Kind.CAPTURE, s + " is captured and waits for an event that was recorded outside of the capture; wait for it before");
    } else if (clock != null) {
      s.clock().join(clock);
    }
  }

  @Override
  public void synchronize() {
    synchronized (cuda) {
      require("synchronize");
      cuda.requireNoCapture("synchronising an event");
      requireNotCaptured();
      if (clock != null) {
        cuda.hostWaited(clock);
      }
    }
  }

  private void requireNotCaptured() {
    if (capture != null) {
      throw new SimulatedFault(Kind.CAPTURE, "the host asks for an event that was recorded during a capture; only streams of the capture may wait for it");
    }
  }

  @Override
  public boolean happened() {
    synchronized (cuda) {
      require("happened");
      cuda.requireNoCapture("asking for an event");
      requireNotCaptured();
      if (clock != null) {
        cuda.hostSaw(clock);
      }
      return true;
    }
  }

  @Override
  public float millisSince(CudaEvent start) {
    synchronized (cuda) {
      require("millisSince");
      SimulatedEvent s = (SimulatedEvent) start;
      if (!timing || !s.timing || clock == null || s.clock == null) {
        throw new CudaException("cuEventElapsedTime", INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "made for timing = " + (timing && s.timing) + ", recorded = " + (clock != null && s.clock != null));
      }
      if (!cuda.host().hasSeenAll(clock) || !cuda.host().hasSeenAll(s.clock)) {
        throw new SimulatedFault(Kind.RACE, "the time of an event is asked for that the host has not waited for (CUDA_ERROR_NOT_READY)");
      }
      return (nanos - s.nanos) / NANOS_PER_MILLI;
    }
  }

  @Override
  public void close() {
    synchronized (cuda) {
      require("close");
      closed = true;
      context.closed("event");
    }
  }
}
