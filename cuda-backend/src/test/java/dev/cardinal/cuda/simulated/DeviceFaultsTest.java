package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.api.PinnedMemory;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import org.junit.jupiter.api.Test;

/** Faults planted in how memory, streams, events and graphs are used. */
final class DeviceFaultsTest extends OnSimulatedGpu {
  private static final int BYTES = 1024;

  private static final String DOUBLE = "extern \"C\" __global__ void k(float *y, int n) { if (threadIdx.x < n) y[threadIdx.x] *= 2; }";

  @Test
  void copiesBeyondTheEnd() {
    long a = allocate(BYTES);
    long b = allocate(BYTES);
    faults(Kind.OUT_OF_BOUNDS, "touches 1024 bytes at offset 4 of allocation", () -> stream.copy(a, b + 4, BYTES));
    faults(Kind.OUT_OF_BOUNDS, "touches 1028 bytes", () -> stream.fill(a, (byte) 0, BYTES + 4));
    faults(Kind.OUT_OF_BOUNDS, "touches 1028 bytes", () -> context.copyToDevice(a, new float[300], 257));
    faults(Kind.OUT_OF_BOUNDS, "but the array has 3", () -> context.copyToHost(new float[3], a, 4));
    faults(Kind.OUT_OF_BOUNDS, "where nothing is allocated", () -> stream.fill(a + BYTES + 512, (byte) 0, 4));
    faults(Kind.OUT_OF_BOUNDS, "which is no memory of device 0", () -> stream.fill(64, (byte) 0, 4));
  }

  @Test
  void memoryThatWasFreed() {
    long a = context.allocate(BYTES);
    context.free(a);
    faults(Kind.USE_AFTER_FREE, "which was freed", () -> stream.fill(a, (byte) 0, 4));
    faults(Kind.USE_AFTER_FREE, "which was freed", () -> launch(DOUBLE, LaunchShape.of(1, 32), KernelArg.inOut(a, 128), KernelArg.of(32)));
    faults(Kind.USE_AFTER_FREE, "is freed again", () -> context.free(a));
    long b = allocate(BYTES);
    faults(Kind.OUT_OF_BOUNDS, "is not the beginning of an allocation", () -> context.free(b + 256));
  }

  @Test
  void memoryThatAGraphNeedsAndThatIsGone() {
    long a = context.allocate(BYTES);
    stream.beginCapture();
    stream.fill(a, (byte) 1, BYTES);
    CudaGraph graph = own(stream.endCapture());
    graph.launch(stream);
    context.free(a);
    faults(Kind.USE_AFTER_FREE, "which was freed", () -> graph.launch(stream));
  }

  @Test
  void whatIsNewHoldsNothingThatCountsOn() {
    assertTrue(Float.isNaN(read(allocate(4), 1)[0]));
  }

  @Test
  void streamsThatDoNotWaitForEachOther() {
    CudaStream other = own(context.newStream());
    CudaEvent written = own(context.newEvent(false));
    long a = allocate(BYTES);
    long b = allocate(BYTES);
    stream.fill(a, (byte) 1, BYTES);
    faults(Kind.RACE, "a copy of 256 bytes within the device on stream 2 of device 0 reads 256 bytes", () -> other.copy(b, a + 512, 256));
    written.record(stream);
    other.waitFor(written);
    other.copy(b, a + 512, 256);
    faults(Kind.RACE, "read by a copy of 256 bytes within the device on stream 2 of device 0, which it has not waited for", () -> stream.fill(a, (byte) 2, 1024));
    stream.fill(a, (byte) 2, 512);
    other.synchronize();
    stream.fill(a, (byte) 2, 1024);
  }

  @Test
  void theHostThatDoesNotWait() {
    long a = allocate(BYTES);
    stream.fill(a, (byte) 1, BYTES);
    faults(Kind.RACE, "written by a fill of 1024 bytes on stream 1", () -> context.copyToHost(new byte[4], a, 4));
    faults(Kind.RACE, "written by a fill of 1024 bytes on stream 1", () -> context.copyToDevice(a, new byte[4], 4));
    stream.synchronize();
    context.copyToHost(new byte[4], a, 4);
  }

  @Test
  void lanesOfAGraphThatDoNotWaitForEachOther() {
    CudaStream other = own(context.newStream());
    CudaEvent fork = own(context.newEvent(false));
    CudaEvent join = own(context.newEvent(false));
    long a = allocate(BYTES);
    stream.beginCapture();
    stream.fill(a, (byte) 1, 512);
    fork.record(stream);
    other.waitFor(fork);
    stream.fill(a, (byte) 2, 16);
    other.fill(a, (byte) 3, 32);
    join.record(other);
    stream.waitFor(join);
    CudaGraph graph = own(stream.endCapture());
    faults(Kind.RACE, "a fill of 32 bytes on stream 2 of device 0 writes 16 bytes", () -> graph.launch(stream));
  }

  @Test
  void pinnedMemoryThatTheHostTouchesTooEarly() {
    PinnedMemory pinned = own(context.allocatePinned(64));
    long a = allocate(64);
    pinned.buffer(0, 64).putInt(0, 7);
    stream.copyToDevice(a, pinned.address(), 64);
    pinned.buffer(0, 64).putInt(0, 8);
    faults(Kind.RACE, "the host wrote to pinned memory from which a copy of 64 bytes to the device on stream 1 of device 0 was under way", stream::synchronize);
    stream.synchronize();
    stream.copyToHost(pinned.address(), a, 64);
    assertEquals(-1, pinned.buffer(0, 64).getInt(0), "what has not arrived is not seen");
    stream.synchronize();
    assertEquals(7, pinned.buffer(0, 64).getInt(0));
    faults(Kind.OUT_OF_BOUNDS, "which is not pinned memory", () -> stream.copyToDevice(a, a, 64));
    faults(Kind.OUT_OF_BOUNDS, "of pinned memory, which has 64", () -> pinned.buffer(60, 8));
  }

  @Test
  void allocatingOrWaitingDuringCapture() {
    long a = allocate(BYTES);
    CudaEvent before = own(context.newEvent(false));
    CudaEvent inside = own(context.newEvent(false));
    before.record(stream);
    stream.beginCapture();
    faults(Kind.CAPTURE, "allocating 4 bytes on device 0 while stream 1 of device 0 is captured", () -> context.allocate(4));
    faults(Kind.CAPTURE, "pinned", () -> context.allocatePinned(4));
    faults(Kind.CAPTURE, "freeing", () -> context.free(a));
    faults(Kind.CAPTURE, "synchronising stream 1", stream::synchronize);
    faults(Kind.CAPTURE, "synchronising device 0", context::synchronize);
    faults(Kind.CAPTURE, "synchronising an event", before::synchronize);
    faults(Kind.CAPTURE, "a copy of 4 elements", () -> context.copyToHost(new byte[4], a, 4));
    faults(Kind.CAPTURE, "recorded outside of the capture", () -> stream.waitFor(before));
    inside.record(stream);
    stream.endCapture().close();
    faults(Kind.CAPTURE, "recorded during a capture", inside::synchronize);
    faults(Kind.CAPTURE, "has not begun", stream::endCapture);
  }

  @Test
  void streamsThatLeaveACapture() {
    CudaStream other = own(context.newStream());
    CudaEvent fork = own(context.newEvent(false));
    long a = allocate(BYTES);
    stream.beginCapture();
    fork.record(stream);
    other.waitFor(fork);
    other.fill(a, (byte) 1, BYTES);
    faults(Kind.CAPTURE, "was not joined to it again", stream::endCapture);
    stream.fill(a, (byte) 1, BYTES);
    stream.synchronize();
  }

  @Test
  void aDeviceThatIsNotTheThreadsCurrentOne() {
    CudaContext second = cuda.open(1);
    faults(Kind.CONTEXT, "allocate on device 0, whose context is not current", () -> context.allocate(4));
    faults(Kind.CONTEXT, "synchronize on device 0", stream::synchronize);
    second.close();
    context.makeCurrent();
  }

  @Test
  void whatIsNotClosed() {
    CudaContext second = cuda.open(1);
    long a = second.allocate(16);
    CudaStream s = second.newStream();
    faults(Kind.LEAK, "device 1 is closed before what was made from it: {allocation=1, stream=1}", second::close);
    faults(Kind.USE_AFTER_CLOSE, "whose context is closed", () -> second.free(a));
    faults(Kind.CONTEXT, "", () -> context.newEvent(false));
    assertTrue(s.toString().contains("device 1"));
    context.makeCurrent();
  }

  @Test
  void devicesReachEachOtherOnceTheyMay() {
    long mine = allocate(32 * Float.BYTES);
    CudaContext second = cuda.open(1);
    long theirs = second.allocate(32 * Float.BYTES);
    second.copyToDevice(theirs, new float[] {3}, 1);
    context.makeCurrent();
    faults(Kind.OUT_OF_BOUNDS, "which is no memory of device 0", () -> launch(DOUBLE, LaunchShape.of(1, 1), KernelArg.inOut(theirs, 4), KernelArg.of(1)));
    assertTrue(context.enablePeerAccess(second));
    launch(DOUBLE, LaunchShape.of(1, 1), KernelArg.inOut(theirs, 4), KernelArg.of(1));
    stream.copyFromPeer(mine, second, theirs, 4);
    assertArrayEquals(new float[] {6}, read(mine, 1));
    faults(Kind.OUT_OF_BOUNDS, "touches 256 bytes", () -> stream.copyFromPeer(mine, second, theirs, 256));
    second.makeCurrent();
    second.free(theirs);
    second.close();
    context.makeCurrent();
  }

  @Test
  void memoryRunsOut() {
    CudaException e = assertThrows(CudaException.class, () -> context.allocate(SimulatedGpu.BYTES + 1));
    assertTrue(e.outOfMemory(), e.getMessage());
  }
}
