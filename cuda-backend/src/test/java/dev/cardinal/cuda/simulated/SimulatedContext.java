package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.Dnn;
import dev.cardinal.cuda.api.MemoryInfo;
import dev.cardinal.cuda.api.PinnedMemory;
import dev.cardinal.cuda.simulated.Memory.Range;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** An opened simulated GPU. */
final class SimulatedContext implements CudaContext {
  private final SimulatedCuda cuda;
  private final DeviceProperties properties;
  private final Memory memory;
  private final List<SimulatedStream> streams = new ArrayList<>();
  private final Set<SimulatedContext> peers = new HashSet<>();
  private final Map<String, Integer> open = new TreeMap<>();
  private boolean closed;

  SimulatedContext(SimulatedCuda cuda, DeviceProperties properties, Memory memory) {
    this.cuda = cuda;
    this.properties = properties;
    this.memory = memory;
  }

  SimulatedCuda cuda() {
    return cuda;
  }

  void made(String what) {
    open.merge(what, 1, Integer::sum);
  }

  void closed(String what) {
    open.merge(what, -1, (a, b) -> a + b == 0 ? null : a + b);
  }

  private void require(String call) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, call + " on device " + properties.ordinal() + ", whose context is closed");
    }
    cuda.requireCurrent(this, call);
  }

  /** That an address is of this device. */
  void requireOwn(long address, String who) {
    if (!memory.contains(address)) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, who + " touches 0x" + Long.toHexString(address) + ", which is no memory of device " + properties.ordinal());
    }
  }

  /** That an address is of this device or of one whose memory it may reach. */
  void requireReachable(long address, String who) {
    if (peers.stream().noneMatch(p -> p.memory.contains(address))) {
      requireOwn(address, who);
    }
  }

  @Override
  public DeviceProperties properties() {
    return properties;
  }

  @Override
  public MemoryInfo memory() {
    synchronized (cuda) {
      require("memory");
      return new MemoryInfo(memory.free(), memory.total());
    }
  }

  @Override
  public void makeCurrent() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "makeCurrent on device " + properties.ordinal() + ", whose context is closed");
    }
    cuda.current(this);
  }

  @Override
  public void synchronize() {
    synchronized (cuda) {
      require("synchronize");
      cuda.requireNoCapture("synchronising device " + properties.ordinal());
      waitForAll();
    }
  }

  private void waitForAll() {
    Clock all = new Clock();
    streams.forEach(s -> all.join(s.clock()));
    cuda.hostWaited(all);
  }

  @Override
  public long allocate(long bytes) {
    synchronized (cuda) {
      require("allocate");
      cuda.requireNoCapture("allocating " + bytes + " bytes on device " + properties.ordinal());
      long address = memory.allocate(bytes, "cuMemAlloc");
      made("allocation");
      return address;
    }
  }

  @Override
  public void free(long address) {
    synchronized (cuda) {
      require("free");
      cuda.requireNoCapture("freeing memory of device " + properties.ordinal());
      requireOwn(address, "free");
      waitForAll();
      memory.free(address);
      closed("allocation");
    }
  }

  @Override
  public void part(long address, long bytes) {
    synchronized (cuda) {
      requireOwn(address, "a part of an allocation");
      if (bytes > 0) {
        memory.part(Range.of(address, bytes));
      }
    }
  }

  @Override
  public PinnedMemory allocatePinned(long bytes) {
    synchronized (cuda) {
      require("allocatePinned");
      cuda.requireNoCapture("allocating " + bytes + " bytes of pinned memory");
      SimulatedPinnedMemory p = new SimulatedPinnedMemory(cuda, bytes);
      cuda.pinnedPieces().add(p);
      return p;
    }
  }

  @Override
  public CudaStream newStream() {
    synchronized (cuda) {
      require("newStream");
      cuda.requireNoCapture("making a stream");
      SimulatedStream s = new SimulatedStream(this, streams.size() + 1);
      streams.add(s);
      made("stream");
      return s;
    }
  }

  @Override
  public CudaEvent newEvent(boolean timing) {
    synchronized (cuda) {
      require("newEvent");
      made("event");
      return new SimulatedEvent(this, timing);
    }
  }

  @Override
  public void copyToDevice(long destination, Object array, int elements) {
    synchronized (cuda) {
      String what = "a copy of " + elements + " elements of the host's to device " + properties.ordinal();
      require(what);
      cuda.requireNoCapture(what);
      requireOwn(destination, what);
      long bytes = (long) elements * HostArrays.elementBytes(array);
      HostArrays.requireLength(array, elements, what);
      cuda.performOnHost(new Work(what, List.of(), List.of(Range.of(destination, bytes)), () -> HostArrays.put(NativeHost.buffer(destination, bytes), array, elements)));
    }
  }

  @Override
  public void copyToHost(Object array, long source, int elements) {
    synchronized (cuda) {
      String what = "a copy of " + elements + " elements to the host from device " + properties.ordinal();
      require(what);
      cuda.requireNoCapture(what);
      requireReachable(source, what);
      long bytes = (long) elements * HostArrays.elementBytes(array);
      HostArrays.requireLength(array, elements, what);
      cuda.performOnHost(new Work(what, List.of(Range.of(source, bytes)), List.of(), () -> {
        ByteBuffer b = NativeHost.buffer(source, bytes);
        HostArrays.get(b, array, elements);
      }));
    }
  }

  @Override
  public boolean enablePeerAccess(CudaContext peer) {
    synchronized (cuda) {
      require("enablePeerAccess");
      peers.add((SimulatedContext) peer);
      return true;
    }
  }

  @Override
  public CudaModule loadModule(byte[] image) {
    synchronized (cuda) {
      require("loadModule");
      cuda.requireNoCapture("loading a module");
      made("module");
      return new SimulatedModule(this, image);
    }
  }

  @Override
  public Dnn newDnn(CudaStream stream) {
    synchronized (cuda) {
      require("newDnn");
      cuda.requireNoCapture("making a handle of cuDNN");
      made("cuDNN");
      return new SimulatedDnn((SimulatedStream) stream);
    }
  }

  @Override
  public Blas newBlas(CudaStream stream) {
    synchronized (cuda) {
      require("newBlas");
      cuda.requireNoCapture("making a handle of cuBLAS");
      made("cuBLAS");
      return new SimulatedBlas((SimulatedStream) stream);
    }
  }

  @Override
  public void close() {
    synchronized (cuda) {
      require("close");
      closed = true;
      if (!open.isEmpty()) {
        throw new SimulatedFault(Kind.LEAK, "device " + properties.ordinal() + " is closed before what was made from it: " + open);
      }
    }
  }
}
