package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cuda.jcuda.CudnnDescriptors;
import dev.cardinal.cuda.jcuda.NvrtcCompiler;
import dev.cardinal.cuda.natives.CudaLibrary;
import dev.cardinal.cuda.natives.CudaNatives;
import dev.cardinal.cuda.natives.FoundLibraries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jcuda.jcublas.JCublas2;
import jcuda.runtime.JCuda;
import org.junit.jupiter.api.Test;

/** Every native loads on CUDA 12.6 and cuDNN 9.5, and its library answers. */
final class NativesLoadTest {
  @Test
  void everythingIsFoundInTheRedistributables() {
    FoundLibraries found = Redistributables.load(CudaLibrary.NVRTC);
    assertEquals(List.of(), found.missing());
    assertEquals("12.6", found.get(CudaLibrary.CUBLAS).orElseThrow().version());
    assertEquals("9.5", found.get(CudaLibrary.CUDNN).orElseThrow().version());
  }

  @Test
  void theRuntimeNeedsNothing() {
    Redistributables.load(CudaLibrary.NVRTC);
    CudaNatives.loadRuntime(Redistributables.STORE);
    int[] version = new int[1];
    assertEquals(0, JCuda.cudaRuntimeGetVersion(version));
    assertEquals(12, version[0] / 1000);
  }

  @Test
  void cublas() {
    Redistributables.load(CudaLibrary.CUBLAS);
    assertEquals(12, JCublas2.cublasGetCudartVersion() / 1000);
  }

  @Test
  void cudnnNineBehindJCudnnForEight() {
    Redistributables.load(CudaLibrary.CUDNN);
    assertEquals(9, new CudnnDescriptors().version() / 10_000);
  }

  @Test
  void nvrtc() {
    Redistributables.load(CudaLibrary.NVRTC);
    NvrtcCompiler compiler = new NvrtcCompiler();
    assertEquals(12060, compiler.version());
    assertTrue(compiler.capabilities().containsAll(List.of(70, 80, 90)), compiler.capabilities().toString());
  }

  @Test
  void driver() {
    Path driver = Path.of("/usr/lib/x86_64-linux-gnu/libcuda.so.1");
    assumeTrue(Files.exists(driver), "the native JCudaDriver needs " + driver + " of an NVIDIA driver, which this machine lacks");
    CudaNatives.loadDriver(driver, Redistributables.STORE);
  }
}
