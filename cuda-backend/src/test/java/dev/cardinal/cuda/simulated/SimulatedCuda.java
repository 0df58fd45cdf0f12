package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.NcclAccess;
import dev.cardinal.cuda.api.RuntimeCompiler;
import dev.cardinal.cuda.simulated.Clock.Stamp;
import dev.cardinal.cuda.simulated.Memory.Range;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.ArrayList;
import java.util.List;

/** A machine with simulated GPUs. One lock guards all of it, so several threads may drive several devices. */
public final class SimulatedCuda implements Cuda {
  private static final int DRIVER = 12060;
  private static final int HOST_LANE = 0;
  private static final int MULTIPROCESSORS = 4;

  private final List<DeviceProperties> devices = new ArrayList<>();
  private final List<Memory> memories = new ArrayList<>();
  private final Memory pinned;
  private final List<SimulatedPinnedMemory> pinnedPieces = new ArrayList<>();
  private final Clock host = new Clock();
  private final ThreadLocal<SimulatedContext> current = new ThreadLocal<>();
  private final ThreadLocal<SimulatedStream> capturing = new ThreadLocal<>();
  private int lanes = HOST_LANE + 1;
  private final SimulatedNccl nccl = new SimulatedNccl(this);
  private long synchronisations;
  private Stamp latest;
  private String withoutNccl = "";

  /**
   * Makes one.
   *
   * @param devices number of GPUs
   * @param bytes memory of each
   */
  public SimulatedCuda(int devices, long bytes) {
    long base = NativeHost.reserve(Memory.SPACE * (devices + 1));
    if (base == 0) {
      throw new IllegalStateException("the host does not give address space for " + devices + " simulated devices");
    }
    for (int i = 0; i < devices; i++) {
      this.devices.add(new DeviceProperties(i, "Simulated GPU", 8, 0, MULTIPROCESSORS, bytes, 4 << 20, 48 << 10, 163 << 10));
      memories.add(new Memory("device " + i, base + i * Memory.SPACE, bytes));
    }
    pinned = new Memory("the host's pinned memory", base + devices * Memory.SPACE, Memory.SPACE / 2);
  }

  @Override
  public List<DeviceProperties> devices() {
    return List.copyOf(devices);
  }

  @Override
  public int driverVersion() {
    return DRIVER;
  }

  @Override
  public synchronized CudaContext open(int ordinal) {
    SimulatedContext c = new SimulatedContext(this, devices.get(ordinal), memories.get(ordinal));
    c.makeCurrent();
    return c;
  }

  @Override
  public RuntimeCompiler compiler() {
    return new SimulatedCompiler();
  }

  @Override
  public NcclAccess nccl() {
    return withoutNccl.isEmpty() ? NcclAccess.of(nccl) : NcclAccess.none(withoutNccl);
  }

  /** Its NCCL, for tests. */
  public SimulatedNccl simulatedNccl() {
    return nccl;
  }

  /** Makes it a machine without NCCL. */
  public SimulatedCuda withoutNccl(String problem) {
    withoutNccl = problem;
    return this;
  }

  /** Allocations of device and pinned memory so far. */
  public synchronized long allocations() {
    return memories.stream().mapToLong(Memory::allocations).sum() + pinned.allocations();
  }

  /** How often the host has waited for a device so far. */
  public synchronized long synchronisations() {
    return synchronisations;
  }

  int newLane() {
    return lanes++;
  }

  Clock host() {
    return host;
  }

  Memory pinned() {
    return pinned;
  }

  List<SimulatedPinnedMemory> pinnedPieces() {
    return pinnedPieces;
  }

  void current(SimulatedContext c) {
    current.set(c);
  }

  /** That a context is current to the calling thread, as nearly every call of the driver takes for granted. */
  void requireCurrent(SimulatedContext c, String call) {
    SimulatedContext now = current.get();
    if (now == null || now.properties().ordinal() != c.properties().ordinal()) {
      throw new SimulatedFault(Kind.CONTEXT, call + " on device " + c.properties().ordinal() + ", whose context is not current to thread " + Thread.currentThread().getName()
          + "; call makeCurrent() first");
    }
  }

  void capturing(SimulatedStream s) {
    if (s == null) {
      capturing.remove();
    } else {
      capturing.set(s);
    }
  }

  /** That the calling thread captures nothing: capture forbids this. */
  void requireNoCapture(String call) {
    if (capturing.get() != null) {
      throw new SimulatedFault(Kind.CAPTURE, call + " while " + capturing.get() + " is captured; allocate and synchronise before the step");
    }
  }

  /** The memory an address belongs to. */
  Memory memoryOf(long address, String who) {
    for (Memory m : memories) {
      if (m.contains(address)) {
        return m;
      }
    }
    if (pinned.contains(address)) {
      return pinned;
    }
    throw new SimulatedFault(Kind.OUT_OF_BOUNDS, who + " touches 0x" + Long.toHexString(address) + ", which is no memory of a device" + (address == 0 ? " (a null pointer)" : ""));
  }

  /** First and last address of all devices. */
  long devicesBase() {
    return memories.get(0).base();
  }

  long devicesEnd() {
    return memories.get(0).base() + memories.size() * Memory.SPACE;
  }

  /** Does work whose place in the order is given: checks what it touches, and then does it. */
  void perform(Work w, int lane, Clock seen) {
    for (Range r : w.reads()) {
      memoryOf(r.start(), w.what()).require(r, w.what());
    }
    for (Range r : w.writes()) {
      memoryOf(r.start(), w.what()).require(r, w.what());
    }
    pinnedPieces.forEach(p -> p.settle(host));
    Stamp stamp = seen.tick(lane, w.what());
    latest = stamp;
    w.reads().forEach(r -> memoryOf(r.start(), w.what()).accesses().read(r, stamp, seen));
    w.writes().forEach(r -> memoryOf(r.start(), w.what()).accesses().write(r, stamp, seen));
    w.body().run();
  }

  /** The piece of work that is being done. */
  Stamp latest() {
    return latest;
  }

  /** Work of the host's own. */
  void performOnHost(Work w) {
    perform(w, HOST_LANE, host);
  }

  /** The host has waited for what the clock has seen. */
  void hostWaited(Clock c) {
    synchronisations++;
    hostSaw(c);
  }

  /** The host knows that what the clock has seen has happened. */
  void hostSaw(Clock c) {
    host.join(c);
    pinnedPieces.forEach(p -> p.settle(host));
  }
}
