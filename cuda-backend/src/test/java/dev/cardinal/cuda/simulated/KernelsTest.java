package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Kernels of CUDA C++ give on the host what they give on a GPU. */
final class KernelsTest {
  private static final int N = 1000;
  private static final String SUM = """
      #define WARPS (THREADS / 32)
      __device__ __forceinline__ float across(float v) {
        for (int d = 16; d > 0; d >>= 1) v += __shfl_down_sync(0xffffffffu, v, d);
        return v;
      }
      extern "C" __global__ void __launch_bounds__(THREADS) sum(const float *__restrict__ x, float *y, int n) {
        __shared__ float parts[WARPS];
        extern __shared__ __align__(16) float squares[];
        float v = 0;
        for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) v += x[i];
        squares[threadIdx.x] = v;
        v = across(v);
        if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = v;
        __syncthreads();
        if (threadIdx.x == 0) {
          float all = 0;
          for (int i = 0; i < WARPS; i++) all += parts[i];
          float again = 0;
          for (int i = 0; i < THREADS; i++) again += squares[i];
          atomicAdd(y, all);
          atomicAdd(y + 1, again);
        }
      }
      """;

  private CudaContext context;
  private CudaStream stream;

  @BeforeEach
  void open() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    context = SimulatedGpu.cuda().open(0);
    stream = context.newStream();
  }

  @AfterEach
  void close() {
    if (context != null) {
      stream.close();
      context.close();
    }
  }

  private CudaModule module(String source, String... options) {
    Cuda cuda = SimulatedGpu.cuda();
    return context.loadModule(cuda.compiler().compile("test.cu", source, List.of(options)).image());
  }

  @Test
  void barriersShufflesSharedMemoryAndAtomics() {
    float[] x = new float[N];
    for (int i = 0; i < N; i++) {
      x[i] = i % 10;
    }
    try (CudaModule m = module(SUM, "--gpu-architecture=sm_80", "--define-macro=THREADS=128")) {
      long in = context.allocate(N * Float.BYTES);
      long out = context.allocate(2 * Float.BYTES);
      context.copyToDevice(in, x, N);
      stream.fill(out, (byte) 0, 2 * Float.BYTES);
      CudaLaunch launch = m.function("sum").prepare(new LaunchShape(3, 1, 1, 128, 1, 1, 128 * Float.BYTES),
          List.of(KernelArg.in(in, N * Float.BYTES), KernelArg.inOut(out, 2 * Float.BYTES), KernelArg.of(N)));
      launch.launch(stream);
      stream.beginCapture();
      launch.launch(stream);
      try (CudaGraph graph = stream.endCapture()) {
        graph.launch(stream);
        graph.launch(stream);
      }
      stream.synchronize();
      float[] y = new float[2];
      context.copyToHost(y, out, 2);
      assertArrayEquals(new float[] {3 * 4500, 3 * 4500}, y);
      context.free(in);
      context.free(out);
    }
  }
}
