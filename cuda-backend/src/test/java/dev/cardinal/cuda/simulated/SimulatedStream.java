package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.simulated.Memory.Range;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A stream. Work is done when it is issued, which is one of the orders that hardware may choose; that any other order would have given the same is what the clocks see to: work may only touch what it
 * has waited for.
 */
final class SimulatedStream implements CudaStream {
  private final SimulatedContext context;
  private final SimulatedCuda cuda;
  private final int number;
  private final int lane;
  private final Clock clock = new Clock();
  private Capture capture;
  private boolean closed;

  SimulatedStream(SimulatedContext context, int number) {
    this.context = context;
    this.cuda = context.cuda();
    this.number = number;
    this.lane = cuda.newLane();
  }

  SimulatedContext context() {
    return context;
  }

  Clock clock() {
    return clock;
  }

  Capture capture() {
    return capture;
  }

  void captureEnded() {
    capture = null;
  }

  void join(Capture c) {
    capture = c;
  }

  private void require(String call) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, call + " on " + this + ", which is closed");
    }
    cuda.requireCurrent(context, call);
  }

  /** Does work in this stream's order, or records it. */
  void issue(Work w) {
    synchronized (cuda) {
      require(w.what());
      if (capture != null) {
        capture.work(this, named(w));
      } else {
        perform(w);
      }
    }
  }

  private Work named(Work w) {
    return new Work(w.what() + " on " + this, w.reads(), w.writes(), w.body());
  }

  /** Does work in this stream's order, whichever context is current, as a library may that changes it. */
  void perform(Work w) {
    clock.join(cuda.host());
    cuda.perform(named(w), lane, clock);
  }

  void launch(Capture graph) {
    synchronized (cuda) {
      require("a graph's launch");
      if (capture != null) {
        throw new SimulatedFault(Kind.CAPTURE, "a graph is launched on " + this + " while that is captured");
      }
      clock.join(cuda.host());
      graph.run(lane, clock);
    }
  }

  private SimulatedPinnedMemory pinned(Range r, String what) {
    cuda.pinned().require(r, what);
    return cuda.pinnedPieces().stream().filter(p -> p.contains(r.start())).findFirst().orElseThrow();
  }

  private void requirePinned(long address, String what) {
    if (!cuda.pinned().contains(address)) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, what + " at the host's address 0x" + Long.toHexString(address) + ", which is not pinned memory");
    }
  }

  @Override
  public void copyToDevice(long destination, long hostSource, long bytes) {
    String what = "a copy of " + bytes + " bytes to the device";
    requirePinned(hostSource, what);
    context.requireOwn(destination, what);
    Range from = Range.of(hostSource, bytes);
    issue(new Work(what, List.of(from), List.of(Range.of(destination, bytes)), () -> {
      SimulatedPinnedMemory p = pinned(from, what);
      NativeHost.copy(destination, hostSource, bytes);
      p.forward(hostSource, destination, bytes);
      p.leaving(cuda.latest(), hostSource, bytes);
    }));
  }

  @Override
  public void copyToHost(long hostDestination, long source, long bytes) {
    String what = "a copy of " + bytes + " bytes to the host";
    requirePinned(hostDestination, what);
    context.requireReachable(source, what);
    Range to = Range.of(hostDestination, bytes);
    issue(new Work(what, List.of(Range.of(source, bytes)), List.of(to), () -> {
      byte[] content = new byte[Math.toIntExact(bytes)];
      NativeHost.buffer(source, bytes).get(content);
      pinned(to, what).arriving(cuda.latest(), hostDestination, content);
    }));
  }

  @Override
  public void copy(long destination, long source, long bytes) {
    String what = "a copy of " + bytes + " bytes within the device";
    context.requireOwn(destination, what);
    context.requireOwn(source, what);
    if (source < destination + bytes && destination < source + bytes && bytes > 0) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, what + " whose ends overlap, at 0x" + Long.toHexString(source) + " and 0x" + Long.toHexString(destination));
    }
    issue(new Work(what, List.of(Range.of(source, bytes)), List.of(Range.of(destination, bytes)), () -> NativeHost.copy(destination, source, bytes)));
  }

  @Override
  public void copyFromPeer(long destination, CudaContext sourceDevice, long source, long bytes) {
    SimulatedContext from = (SimulatedContext) sourceDevice;
    String what = "a copy of " + bytes + " bytes from device " + from.properties().ordinal();
    context.requireOwn(destination, what);
    from.requireOwn(source, what);
    issue(new Work(what, List.of(Range.of(source, bytes)), List.of(Range.of(destination, bytes)), () -> NativeHost.copy(destination, source, bytes)));
  }

  @Override
  public void fill(long address, byte value, long bytes) {
    String what = "a fill of " + bytes + " bytes";
    context.requireOwn(address, what);
    issue(new Work(what, List.of(), List.of(Range.of(address, bytes)), () -> NativeHost.fill(address, value, bytes)));
  }

  @Override
  public void fillInts(long address, int value, long count) {
    String what = "a fill of " + count + " words";
    context.requireOwn(address, what);
    if (address % Integer.BYTES != 0) {
      throw new SimulatedFault(Kind.MISALIGNED, what + " at 0x" + Long.toHexString(address));
    }
    issue(new Work(what, List.of(), List.of(Range.of(address, count * Integer.BYTES)), () -> {
      ByteBuffer words = NativeHost.buffer(address, count * Integer.BYTES);
      while (words.hasRemaining()) {
        words.putInt(value);
      }
    }));
  }

  @Override
  public void waitFor(CudaEvent event) {
    synchronized (cuda) {
      require("waitFor");
      ((SimulatedEvent) event).awaitedBy(this);
    }
  }

  @Override
  public void synchronize() {
    synchronized (cuda) {
      require("synchronize");
      cuda.requireNoCapture("synchronising " + this);
      cuda.hostWaited(clock);
    }
  }

  @Override
  public void beginCapture() {
    synchronized (cuda) {
      require("beginCapture");
      cuda.requireNoCapture("beginning the capture of " + this);
      capture = new Capture(cuda, this);
      cuda.capturing(this);
    }
  }

  @Override
  public CudaGraph endCapture() {
    synchronized (cuda) {
      require("endCapture");
      if (capture == null || capture.origin() != this) {
        throw new SimulatedFault(Kind.CAPTURE, "the capture of " + this + " is ended, but has not begun");
      }
      Capture c = capture;
      cuda.capturing(null);
      c.end();
      context.made("graph");
      return new SimulatedGraph(context, c);
    }
  }

  @Override
  public void close() {
    synchronized (cuda) {
      require("close");
      if (capture != null) {
        throw new SimulatedFault(Kind.CAPTURE, this + " is closed while it is captured");
      }
      closed = true;
      context.closed("stream");
    }
  }

  @Override
  public String toString() {
    return "stream " + number + " of device " + context.properties().ordinal();
  }
}
