package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cuda.natives.CudaLibrary;
import dev.cardinal.cuda.natives.CudaNatives;
import dev.cardinal.cuda.natives.FoundLibraries;
import dev.cardinal.cuda.natives.LibraryFinder;
import dev.cardinal.cuda.natives.NativeStore;
import dev.cardinal.cuda.natives.RedistJar;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The redistributables on the class path, found by looking at nothing else. They are unpacked to the user's cache, as in real use. */
final class Redistributables {
  static final NativeStore STORE = NativeStore.ofUser(System.getenv());

  private Redistributables() {}

  /** Loads a library, or skips the test that asks for it; with system property {@code cardinal.requireRedist} fails it. */
  static FoundLibraries load(CudaLibrary library) {
    Optional<RedistJar> jar = RedistJar.onClassPath();
    String missing = "CUDA's redistributables are not on the class path: run Maven with -Pcuda-redist (2.0 GB)";
    if (Boolean.getBoolean("cardinal.requireRedist")) {
      assertTrue(jar.isPresent(), missing);
    }
    assumeTrue(jar.isPresent(), missing);
    FoundLibraries found = new LibraryFinder(Path.of("/nowhere"), Map.of(), jar).find(12);
    CudaNatives.load(library, found, STORE);
    return found;
  }
}
