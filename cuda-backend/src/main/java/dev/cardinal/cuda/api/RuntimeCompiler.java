package dev.cardinal.cuda.api;

import java.util.List;

/** NVRTC: CUDA C++ to machine code, in the process. */
public interface RuntimeCompiler {
  /** Version, as in 12060 for 12.6. */
  int version();

  /** The compute capabilities it compiles for, as in 90, ascending. */
  List<Integer> capabilities();

  /**
   * Compiles.
   *
   * @param name of the source in messages
   * @param source one self-contained translation unit
   * @param options as in {@code --gpu-architecture=sm_90}: a real architecture gives machine code, a virtual one ({@code compute_90}) PTX
   * @throws CudaException with the compiler's log if the source does not compile
   */
  CompiledKernels compile(String name, String source, List<String> options);
}
