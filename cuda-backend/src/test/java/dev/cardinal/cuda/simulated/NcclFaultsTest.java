package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.api.NcclGroup;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the simulated NCCL does, and what it holds its callers to. */
class NcclFaultsTest extends OnSimulatedGpu {
  private CudaStream other;
  private long mine;
  private long theirs;
  private NcclGroup group;

  @BeforeEach
  void two() {
    CudaContext second = cuda.open(1);
    other = second.newStream();
    theirs = second.allocate(64);
    second.copyToDevice(theirs, new float[] {10, 20, 30, 40}, 4);
    atEnd(() -> {
      second.makeCurrent();
      second.free(theirs);
      other.close();
      second.close();
      context.makeCurrent();
    });
    context.makeCurrent();
    mine = floats(1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    group = own(cuda.nccl().nccl().orElseThrow().join(List.of(context, second)));
    atEnd(context::makeCurrent);
  }

  @Test
  void sumsGathersAndMessages() {
    group.issue(List.of(new NcclCall.AllReduce(0, stream, mine, mine + 16, 4), new NcclCall.AllReduce(1, other, theirs, theirs + 16, 4)));
    assertArrayEquals(new float[] {11, 22, 33, 44}, read(mine + 16, 4));
    group.issue(List.of(new NcclCall.AllGather(0, stream, mine, mine + 32, 8), new NcclCall.AllGather(1, other, theirs, theirs + 32, 8)));
    assertArrayEquals(new float[] {1, 2, 10, 20}, read(mine + 32, 4));
    group.issue(List.of(new NcclCall.ReduceScatter(0, stream, mine, mine + 48, 2), new NcclCall.ReduceScatter(1, other, theirs, theirs + 48, 2)));
    assertArrayEquals(new float[] {11, 22}, read(mine + 48, 2));
    group.issue(List.of(new NcclCall.Receive(0, stream, 1, mine, 4), new NcclCall.Send(1, other, 0, theirs + 12, 4)));
    assertArrayEquals(new float[] {40}, read(mine, 1));
  }

  @Test
  void aRankThatNeverJoins() {
    faults(Kind.KERNEL, "waits for rank 1, which never joins it", () -> group.issue(List.of(new NcclCall.AllReduce(0, stream, mine, mine, 4))));
    faults(Kind.KERNEL, "never sends", () -> group.issue(List.of(new NcclCall.Receive(0, stream, 1, mine, 4))));
    faults(Kind.KERNEL, "is never received", () -> group.issue(List.of(new NcclCall.Send(0, stream, 1, mine, 4))));
  }

  @Test
  void ranksThatDisagree() {
    faults(Kind.ARGUMENTS, "ranks disagree", () -> group.issue(List.of(new NcclCall.AllReduce(0, stream, mine, mine, 4), new NcclCall.AllReduce(1, other, theirs, theirs, 3))));
    faults(Kind.ARGUMENTS, "sizes differ", () -> group.issue(List.of(new NcclCall.Receive(0, stream, 1, mine, 8), new NcclCall.Send(1, other, 0, theirs, 4))));
    faults(Kind.OUT_OF_BOUNDS, "no memory of device 1", () -> group.issue(List.of(new NcclCall.AllReduce(0, stream, mine, mine, 4), new NcclCall.AllReduce(1, other, mine, mine, 4))));
    faults(Kind.DESCRIPTOR, "are left of", () -> group.issue(List.of(new NcclCall.AllReduce(0, stream, mine, mine, 400), new NcclCall.AllReduce(1, other, theirs, theirs, 400))));
  }

  /** The result is there when the stream has passed it, not before: another stream must wait for an event. */
  @Test
  void anotherStreamMustWait() {
    CudaStream hasty = own(context.newStream());
    group.issue(List.of(new NcclCall.AllReduce(0, stream, mine, mine, 4), new NcclCall.AllReduce(1, other, theirs, theirs, 4)));
    faults(Kind.RACE, "AllReduce", () -> hasty.fill(mine, (byte) 0, 16));
  }

  @Test
  void devicesNamedTwice() {
    CudaException e = assertThrows(CudaException.class, () -> cuda.nccl().nccl().orElseThrow().join(List.of(context, context)));
    assertTrue(e.getMessage().contains("Duplicate GPU"), e.getMessage());
  }
}
