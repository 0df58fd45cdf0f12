package dev.cardinal.cpu.parallel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.parallel.MeshFaultSuite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Failures in meshes of {@code cpu} devices. */
class CpuMeshFaultTest extends MeshFaultSuite {
  @Override
  protected Device open() {
    return Devices.open("cpu", new DeviceOptions(1, false));
  }

  /** The process does not grow: what each failure would leave behind is tens of megabytes. */
  @Test
  void nativeMemoryIsFreed() throws IOException {
    failOften(6);
    long before = residentBytes();
    failOften(30);
    long grown = residentBytes() - before;
    assertTrue(grown < 200L << 20, "30 failures left " + grown / (1 << 20) + " MiB");
  }

  private static long residentBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    Assumptions.assumeTrue(Files.exists(status), "the size of the process is read where Linux shows it");
    System.gc();
    return Files.readAllLines(status).stream().filter(l -> l.startsWith("VmRSS:")).mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024).findFirst().orElseThrow();
  }
}
