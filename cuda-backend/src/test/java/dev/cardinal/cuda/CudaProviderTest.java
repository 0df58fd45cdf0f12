package dev.cardinal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.RuntimeCompiler;
import dev.cardinal.cuda.natives.LibraryFinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the provider says of machines with and without a driver, drawn as folders. */
final class CudaProviderTest {
  private static final DeviceProperties GPU = new DeviceProperties(0, "NVIDIA H100 80GB HBM3", 9, 0, 132, 81559L << 20, 50 << 20, 48 << 10, 227 << 10);

  @TempDir
  Path root;

  private DeviceInfo device(Map<String, String> environment) {
    return provider(environment, 12060, List.of()).devices().get(0);
  }

  private CudaProvider provider(Map<String, String> environment, int version, List<DeviceProperties> gpus) {
    return new CudaProvider(root, environment, new LibraryFinder(root, environment, Optional.empty()), driver -> new DrawnCuda(version, gpus));
  }

  /** A driver that shows GPUs and can do nothing with them. */
  private record DrawnCuda(int driverVersion, List<DeviceProperties> devices) implements Cuda {
    @Override
    public CudaContext open(int ordinal) {
      throw new CudaException("cuDevicePrimaryCtxRetain", 100, "CUDA_ERROR_NO_DEVICE", "device = " + ordinal);
    }

    @Override
    public RuntimeCompiler compiler() {
      throw new IllegalStateException("nothing is compiled here");
    }
  }

  private void driver() throws IOException {
    file("usr/lib64/libcuda.so.1", "");
    file("dev/nvidia0", "");
    file("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: 12\n");
  }

  private Path file(String path, String content) throws IOException {
    Path p = root.resolve(path);
    Files.createDirectories(p.getParent());
    return Files.writeString(p, content);
  }

  @Test
  void isFoundThroughTheServiceLoaderAndPreferredToCpus() {
    assertTrue(Devices.providers().stream().anyMatch(p -> p instanceof CudaProvider && p.preference() > 100));
  }

  @Test
  void withoutADriverItSaysSo() {
    DeviceInfo d = device(Map.of());
    assertEquals("cuda:0", d.name());
    assertFalse(d.usable());
    assertTrue(d.problem().startsWith("no NVIDIA driver was found"), d.problem());
    assertTrue(d.fix().contains("--device cpu"), d.fix());
  }

  @Test
  void detailsSayWhatIsMissingAndWhatBringsIt() throws IOException {
    file("usr/local/cuda-12.6/lib64/libcublas.so.12", "");
    Map<String, String> details = device(Map.of()).details();
    assertEquals("12, " + root.resolve("usr/local/cuda-12.6/lib64/libcublas.so.12") + " (CUDA toolkit)", details.get("cuBLAS"));
    assertEquals("not found; to get it: mvn -q -Pcuda-redist -DskipTests package   (downloads 2.0 GB once)", details.get("cuDNN"));
    assertEquals("not loaded", details.get("kernel module"));
  }

  @Test
  void aGpuWithoutLibrariesNamesTheFirstMissingOne() throws IOException {
    driver();
    DeviceInfo d = provider(Map.of(), 12060, List.of(GPU)).devices().get(0);
    assertEquals("CUDA's library cuBLAS was not found", d.problem());
    assertTrue(d.fix().startsWith("Get it with: mvn "), d.fix());
    assertEquals("NVIDIA H100 80GB HBM3, sm_90, 132 multiprocessors, 81559 MiB", d.details().get("GPU"));
    assertEquals("12.6", d.details().get("driver's CUDA"));
    assertEquals("1, from " + root.resolve("dev/nvidia0"), d.details().get("GPU device files"));
  }

  @Test
  void aDriverThatCannotBeLoadedSaysWhy() throws IOException {
    driver();
    CudaProvider p = new CudaProvider(root, Map.of(), new LibraryFinder(root, Map.of(), Optional.empty()), driver -> {
      throw new CudaException("cuInit", 999, "CUDA_ERROR_UNKNOWN", "flags = 0");
    });
    assertEquals("the NVIDIA driver 550.54.15 does not work: cuInit(flags = 0) failed with code 999: CUDA_ERROR_UNKNOWN", p.devices().get(0).problem());
  }

  @Test
  void aDriverWithoutGpusSaysSo() throws IOException {
    driver();
    assertTrue(device(Map.of()).problem().startsWith("the NVIDIA driver works but shows no GPU"), device(Map.of()).problem());
  }

  @Test
  void oldGpusAreRefused() throws IOException {
    driver();
    for (String library : List.of("libcublas.so.12", "libnvrtc.so.12", "libcudnn.so.9")) {
      file("usr/lib64/" + library, "");
    }
    DeviceProperties old = new DeviceProperties(0, "Tesla P100", 6, 0, 56, 16L << 30, 4 << 20, 48 << 10, 48 << 10);
    String problem = provider(Map.of(), 12060, List.of(old)).devices().get(0).problem();
    assertTrue(problem.startsWith("the Tesla P100 has compute capability 6.0, and 7.0"), problem);
  }

  @Test
  void openKernelModulesStateTheirVersionToo() throws IOException {
    file("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build\n");
    assertEquals("580.95.05", device(Map.of()).details().get("kernel module"));
    assertTrue(device(Map.of()).problem().contains("libcuda.so.1 is not where the linker looks"), device(Map.of()).problem());
  }

  @Test
  void theLibraryIsLookedForWhereTheLinkerWould() throws IOException {
    Path own = file("opt/driver/libcuda.so.1", "");
    assertEquals(own.toString(), device(Map.of("LD_LIBRARY_PATH", "relative:" + own.getParent())).details().get("driver library"));
    assertTrue(device(Map.of("LD_LIBRARY_PATH", own.getParent().toString())).problem().contains("no GPU is visible"));
  }

  @Test
  void openingSaysTheSame() {
    DeviceException e = assertThrows(DeviceException.class, () -> provider(Map.of(), 12060, List.of()).open("cuda:0", DeviceOptions.defaults()));
    assertTrue(e.getMessage().startsWith("device cuda:0 cannot be used: no NVIDIA driver was found"), e.getMessage());
  }
}
