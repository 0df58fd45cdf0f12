package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Kernels of CUDA C++ give on the host what they give on a GPU. */
final class KernelsTest extends OnSimulatedGpu {
  private static final int N = 1000;
  private static final String SUM = """
      #define WARPS (THREADS / 32)
      __device__ __forceinline__ float across(float v) {
        for (int d = 16; d > 0; d >>= 1) v += __shfl_down_sync(0xffffffffu, v, d);
        return v;
      }
      extern "C" __global__ void __launch_bounds__(THREADS) sum(const float *__restrict__ x, float *y, int n) {
        __shared__ float parts[WARPS];
        extern __shared__ __align__(16) float each[];
        float v = 0;
        for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) v += x[i];
        each[threadIdx.x] = v;
        v = across(v);
        if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = v;
        __syncthreads();
        if (threadIdx.x == 0) {
          float all = 0;
          for (int i = 0; i < WARPS; i++) all += parts[i];
          float again = 0;
          for (int i = 0; i < THREADS; i++) again += each[i];
          atomicAdd(y, all);
          atomicAdd(y + 1, again);
        }
      }
      """;

  @Test
  void barriersShufflesSharedMemoryAndAtomics() {
    float[] x = new float[N];
    for (int i = 0; i < N; i++) {
      x[i] = i % 10;
    }
    long in = floats(x);
    long out = floats(0, 0);
    CudaLaunch launch = module(SUM, "--gpu-architecture=sm_80", "--define-macro=THREADS=128").function("sum").prepare(new LaunchShape(3, 1, 1, 128, 1, 1, 128 * Float.BYTES),
        List.of(KernelArg.in(in, N * Float.BYTES), KernelArg.inOut(out, 2 * Float.BYTES), KernelArg.of(N)));
    launch.launch(stream);
    stream.beginCapture();
    launch.launch(stream);
    try (CudaGraph graph = stream.endCapture()) {
      graph.launch(stream);
      graph.launch(stream);
    }
    assertArrayEquals(new float[] {3 * 4500, 3 * 4500}, read(out, 2));
  }

  @Test
  void lanesOfAWarpThatIsNotFullVoteReduceAndShuffle() {
    long y = allocate(40 * Float.BYTES);
    launch("""
        extern "C" __global__ void k(float *y) {
          unsigned int odd = __ballot_sync(0xffffffffu, threadIdx.x & 1);
          int most = __reduce_max_sync(0xffffffffu, (int)threadIdx.x);
          float first = __shfl_sync(0xffffffffu, (float)threadIdx.x, 0);
          float half = 0;
          if (threadIdx.x % 32 < 8) half = __shfl_xor_sync(0xffu, (float)threadIdx.x, 4);
          y[threadIdx.x] = __popc(odd) + 100 * most + 10000 * first + 1000000 * half;
        }
        """, LaunchShape.of(1, 40), KernelArg.out(y, 40 * Float.BYTES));
    float[] expected = new float[40];
    for (int i = 0; i < 40; i++) {
      int other = i % 32 < 8 ? i ^ 4 : 0;
      expected[i] = i < 32 ? 16 + 3100 + 1000000 * other : 4 + 3900 + 320000 + 1000000 * other;
    }
    assertArrayEquals(expected, read(y, 40));
  }

  @Test
  void gridsOfThreeAxesAndVectors() {
    long x = floats(1, 2, 3, 4, 5, 6, 7, 8);
    long y = allocate(24 * Float.BYTES);
    launch("""
        extern "C" __global__ void k(const float4 *x, float *y) {
          float4 v = x[threadIdx.y];
          int at = ((blockIdx.z * 2 + blockIdx.y) * 2 + threadIdx.y) * 3 + threadIdx.x;
          y[at] = (threadIdx.x == 0 ? v.x : threadIdx.x == 1 ? v.y : v.w) + 10 * blockIdx.y + 100 * blockIdx.z;
        }
        """, new LaunchShape(1, 2, 2, 3, 2, 1, 0), KernelArg.in(x, 32), KernelArg.out(y, 24 * Float.BYTES));
    float[] got = read(y, 24);
    assertArrayEquals(new float[] {1, 2, 4, 5, 6, 8, 11, 12, 14, 15, 16, 18, 101, 102, 104, 105, 106, 108, 111, 112, 114, 115, 116, 118}, got);
  }
}
