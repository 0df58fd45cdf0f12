package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.NcclAccess;
import dev.cardinal.cuda.natives.FoundLibraries;
import dev.cardinal.cuda.natives.LibraryFinder;
import dev.cardinal.cuda.natives.RedistJar;
import dev.cardinal.cuda.nccl.NcclLibrary;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The real NCCL loads without a driver, and answers. */
final class NcclLoadsTest {
  private static NcclAccess load() {
    Optional<RedistJar> jar = RedistJar.onClassPath();
    assumeTrue(jar.isPresent(), "CUDA's redistributables are not on the class path: run Maven with -Pcuda-redist (2.0 GB)");
    FoundLibraries found = new LibraryFinder(Path.of("/nowhere"), Map.of(), jar).find(12);
    return NcclLibrary.load(found, Redistributables.STORE, s -> 0);
  }

  @Test
  void versionAndErrors() {
    NcclAccess access = load();
    assertEquals("", access.problem());
    NcclLibrary nccl = (NcclLibrary) access.nccl().orElseThrow();
    assertEquals("2.23.4", nccl.version());
    assertTrue(nccl.error(5).startsWith("invalid usage"), nccl.error(5));
    assertTrue(nccl.error(1).startsWith("unhandled cuda error"), nccl.error(1));
  }

  /** What it says of GPUs that are not there, through every layer of the binding. */
  @Test
  void joiningWithoutADriverSaysWhy() {
    assumeTrue(!Files.exists(Path.of("/dev/nvidia0")), "there is a GPU");
    NcclAccess access = load();
    DeviceProperties p = new DeviceProperties(0, "GPU", 9, 0, 132, 80L << 30, 50 << 20, 48 << 10, 227 << 10);
    CudaContext device = (CudaContext) Proxy.newProxyInstance(CudaContext.class.getClassLoader(), new Class<?>[] {CudaContext.class}, (proxy, method, args) -> p);
    CudaException e = assertThrows(CudaException.class, () -> access.nccl().orElseThrow().join(List.of(device)));
    assertEquals("ncclCommInitAll", e.call());
    assertTrue(e.getMessage().contains("driver"), e.getMessage());
  }
}
