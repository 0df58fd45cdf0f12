package dev.cardinal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the provider says of machines with and without a driver, drawn as folders. */
final class CudaProviderTest {
  @TempDir
  Path root;

  private DeviceInfo device(Map<String, String> environment) {
    return new CudaProvider(root, environment).devices().get(0);
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
  void withADriverItSaysThatItIsNotDrivenYet() throws IOException {
    file("usr/lib64/libcuda.so.1", "");
    file("dev/nvidia0", "");
    file("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: 12\n");
    DeviceInfo d = device(Map.of());
    assertEquals("this version of Cardinal does not drive GPUs yet, although an NVIDIA driver 550.54.15 is installed", d.problem());
    assertEquals("1, from " + root.resolve("dev/nvidia0"), d.details().get("GPU device files"));
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
    DeviceException e = assertThrows(DeviceException.class, () -> new CudaProvider(root, Map.of()).open("cuda:0", DeviceOptions.defaults()));
    assertTrue(e.getMessage().startsWith("device cuda:0 cannot be used: no NVIDIA driver was found"), e.getMessage());
  }
}
