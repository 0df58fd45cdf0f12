package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Faults planted in kernels and in how they are launched. */
final class KernelFaultsTest extends OnSimulatedGpu {
  private static final int N = 64;
  private static final long BYTES = N * Float.BYTES;
  private long x;
  private long y;

  @BeforeEach
  void buffers() {
    x = floats(new float[N]);
    y = floats(new float[N]);
  }

  private static String kernel(String body) {
    return "extern \"C\" __global__ void k(const float *x, float *y, int n) {\n  int i = threadIdx.x + blockIdx.x * blockDim.x;\n" + body + "\n}\n";
  }

  private void run(String body) {
    launch(kernel(body), LaunchShape.of(2, 32), KernelArg.in(x, BYTES), KernelArg.out(y, BYTES), KernelArg.of(N));
  }

  @Test
  void whatIsRightRuns() {
    run("  y[i] = x[n - 1 - i];");
  }

  @Test
  void readingBeyondTheEnd() {
    faults(Kind.OUT_OF_BOUNDS, "at test.cu:3: it reads 4 bytes at offset 256 of argument 0, which has 256 bytes, in block (1, 0, 0), thread (31, 0, 0)", () -> run("  y[i] = x[i + 1];"));
  }

  @Test
  void readingBeforeTheBeginning() {
    faults(Kind.OUT_OF_BOUNDS, "it reads 4 bytes at offset -4 of argument 0", () -> run("  y[i] = x[i - 1];"));
  }

  @Test
  void writingBeyondWhatWasGivenThoughTheAllocationGoesOn() {
    faults(Kind.OUT_OF_BOUNDS, "of argument 1, which has 128 bytes",
        () -> launch(kernel("  y[i] = x[i];"), LaunchShape.of(2, 32), KernelArg.in(x, BYTES), KernelArg.out(y, BYTES / 2), KernelArg.of(N)));
  }

  @Test
  void memoryThatTheLaunchWasNotGiven() {
    long other = floats(1, 2);
    faults(Kind.OUT_OF_BOUNDS, "it reads 4 bytes at offset", () -> launch("""
        extern "C" __global__ void k(const float *x, float *y, long long n) { y[0] = *(const float *)n; }
        """, LaunchShape.of(1, 1), KernelArg.in(x, BYTES), KernelArg.out(y, BYTES), KernelArg.of(other)));
  }

  @Test
  void nullPointers() {
    faults(Kind.OUT_OF_BOUNDS, "it reads 4 bytes at 0x8, which is no memory of the device",
        () -> launch(kernel("  y[i] = x[2];"), LaunchShape.of(1, 32), KernelArg.none(), KernelArg.out(y, BYTES), KernelArg.of(N)));
  }

  @Test
  void writingWhatWasGivenToBeRead() {
    faults(Kind.ACCESS, "it writes byte 0 of argument 0, which was given to be read only", () -> run("  ((float *)x)[i] = 1;"));
  }

  @Test
  void readingWhatWasGivenToBeWritten() {
    faults(Kind.ACCESS, "it reads byte 0 of argument 1, which was given to be written only", () -> run("  y[i] += 1;"));
  }

  @Test
  void vectorsThatDoNotLieAtTheirMultiple() {
    faults(Kind.MISALIGNED, "it reads 16 bytes", () -> run("  float4 v = *(const float4 *)(x + 1);\n  y[i] = v.x + v.y + v.z + v.w;"));
  }

  @Test
  void sharedMemoryBeyondItsEnd() {
    faults(Kind.OUT_OF_BOUNDS, "at offset 128 of dynamic shared memory, which has 128 bytes", () -> launch(kernel("  extern __shared__ float s[];\n  s[threadIdx.x] = x[i];\n  y[i] = s[threadIdx.x];"),
        new LaunchShape(1, 1, 1, 64, 1, 1, 128), KernelArg.in(x, BYTES), KernelArg.out(y, BYTES), KernelArg.of(N)));
  }

  @Test
  void aForgottenBarrier() {
    String reverse = "  __shared__ float s[32];\n  s[threadIdx.x] = x[i];\n  BARRIER;\n  y[i] = s[31 - threadIdx.x];";
    run(reverse.replace("BARRIER", "__syncthreads()"));
    faults(Kind.UNINITIALISED, "which its block has not written", () -> run(reverse.replace("BARRIER", "")));
    faults(Kind.RACE, "of its block has read with no barrier between",
        () -> run("  __shared__ float s[32];\n  s[threadIdx.x] = 0;\n  __syncthreads();\n  s[threadIdx.x] = x[i];\n  y[i] = s[31 - threadIdx.x];"));
  }

  @Test
  void aForgottenSecondBarrier() {
    faults(Kind.RACE, "with no barrier between", () -> run("""
          __shared__ float s[32];
          for (int r = 0; r < 2; r++) {
            s[threadIdx.x] = x[i];
            __syncthreads();
            y[i] = s[31 - threadIdx.x];
          }
        """));
  }

  @Test
  void sumsOfSeveralThreadsWithoutAtomics() {
    KernelArg[] args = {KernelArg.in(x, BYTES), KernelArg.inOut(y, BYTES), KernelArg.of(N)};
    launch(kernel("  atomicAdd(y + i % 8, x[i]);"), LaunchShape.of(2, 32), args);
    faults(Kind.RACE, "of its block has written with no barrier between", () -> launch(kernel("  y[i % 8] += x[i];"), LaunchShape.of(2, 32), args));
    faults(Kind.RACE, "of another block has", () -> launch(kernel("  if (threadIdx.x == 0) y[0] += x[i];"), LaunchShape.of(2, 32), args));
  }

  @Test
  void barriersThatSomeThreadsDoNotReach() {
    faults(Kind.KERNEL, "it waits at the barrier of line 4, but 16 threads of its block have ended", () -> run("  if (threadIdx.x >= 16) return;\n  __syncthreads();\n  y[i] = x[i];"));
    faults(Kind.KERNEL, "while others of its block wait at that of line", () -> run("  if (threadIdx.x >= 16) {\n    __syncthreads();\n  } else {\n    __syncthreads();\n  }\n  y[i] = x[i];"));
  }

  @Test
  void exchangesThatSomeLanesDoNotReach() {
    faults(Kind.KERNEL, "it waits for lanes 0xffffffff of its warp, of which 0xffff0000 have not come",
        () -> run("  float v = x[i];\n  if (threadIdx.x < 16) v = __shfl_xor_sync(0xffffffffu, v, 1);\n  __syncthreads();\n  y[i] = v;"));
    faults(Kind.KERNEL, "takes part in an exchange of lanes 0xffff, which leave it out", () -> run("  y[i] = __shfl_xor_sync(0xffffu, x[i], 1);"));
  }

  @Test
  void waitingForAnotherBlock() {
    faults(Kind.KERNEL, "none may wait for another", () -> launch(kernel("  volatile float *flag = y;\n  if (threadIdx.x == 0) while (flag[1] == 0) {}"), LaunchShape.of(2, 1), KernelArg.in(x, BYTES),
        KernelArg.inOut(y, BYTES), KernelArg.of(N)));
  }

  @Test
  void trapsAndAssertions() {
    faults(Kind.KERNEL, "assert(i < 40) at line 3, in block (1, 0, 0)", () -> run("  assert(i < 40);"));
  }

  @Test
  void argumentsThatDoNotFitTheParameters() {
    CudaFunction k = module(kernel("  y[i] = x[i];")).function("k");
    faults(Kind.ARGUMENTS, "kernel k has 3 parameters, and is given 1 arguments", () -> k.prepare(LaunchShape.of(1, 1), List.of(KernelArg.of(1))));
    faults(Kind.ARGUMENTS, "parameter 2 of kernel k is a 32-bit integer, and is given I64[value=64]",
        () -> k.prepare(LaunchShape.of(1, 1), List.of(KernelArg.in(x, BYTES), KernelArg.out(y, BYTES), KernelArg.of(64L))));
  }

  @Test
  void moreThreadsOrSharedMemoryThanTheKernelMayHave() {
    CudaFunction k = module("extern \"C\" __global__ void __launch_bounds__(64) k(float *y) {}").function("k");
    List<KernelArg> args = List.of(KernelArg.out(y, BYTES));
    faults(Kind.ARGUMENTS, "compiled for at most 64 threads, and is launched with 128", () -> k.prepare(LaunchShape.of(1, 128), args));
    LaunchShape much = new LaunchShape(1, 1, 1, 64, 1, 1, 64 << 10);
    faults(Kind.ARGUMENTS, "call allowSharedBytes", () -> k.prepare(much, args));
    k.allowSharedBytes(64 << 10);
    k.prepare(much, args).launch(stream);
    Assertions.assertThrows(CudaException.class, () -> k.allowSharedBytes(1 << 20));
  }

  @Test
  void kernelsOfAClosedModule() {
    CudaModule m = context.loadModule(cuda.compiler().compile("test.cu", kernel("  y[i] = x[i];"), List.of()).image());
    CudaLaunch launch = m.function("k").prepare(LaunchShape.of(2, 32), List.of(KernelArg.in(x, BYTES), KernelArg.out(y, BYTES), KernelArg.of(N)));
    m.close();
    faults(Kind.USE_AFTER_CLOSE, "kernel k is launched after its module was closed", () -> launch.launch(stream));
  }

  @Test
  void sourcesThatDoNotCompile() {
    CudaException e = Assertions.assertThrows(CudaException.class, () -> module(kernel("  y[i] = z[i];")));
    assertTrue(e.getMessage().contains("test.cu:3") && e.getMessage().contains("z"), e.getMessage());
  }
}
