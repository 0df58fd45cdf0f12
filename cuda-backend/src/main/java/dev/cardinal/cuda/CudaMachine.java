package dev.cardinal.cuda;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.natives.FoundLibraries;
import dev.cardinal.cuda.natives.LibraryFinder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What of CUDA a machine has: driver, devices, libraries.
 *
 * @param driver traces of the driver
 * @param cuda the driver at work, if it could be loaded
 * @param trouble why it could not; empty if it could or nothing was tried
 * @param libraries what was found of CUDA's libraries for that driver
 */
record CudaMachine(NvidiaDriver driver, Optional<Cuda> cuda, String trouble, FoundLibraries libraries) {
  private static final int NEWEST_CUDA = 13;
  /** What the major version is multiplied by in a driver's number of a version. */
  static final int VERSION_MAJOR = 1000;
  private static final int VERSION_MINOR = 10;

  /** Looks; the driver is loaded only if its library and a GPU are there. */
  static CudaMachine look(NvidiaDriver driver, LibraryFinder finder, Function<Path, Cuda> load) {
    Optional<Cuda> cuda = Optional.empty();
    String trouble = "";
    if (driver.complete()) {
      try {
        cuda = Optional.of(load.apply(driver.library().orElseThrow()));
      } catch (DeviceException e) {
        trouble = e.getMessage();
      }
    }
    return new CudaMachine(driver, cuda, trouble, finder.find(cuda.map(c -> c.driverVersion() / VERSION_MAJOR).orElse(NEWEST_CUDA)));
  }

  /** Why no GPU of this machine can be used, whatever the GPU; empty if one might. */
  String problem() {
    if (!driver.complete()) {
      return driver.problem();
    }
    if (!trouble.isEmpty()) {
      return "the NVIDIA driver" + driver.version().map(v -> " " + v).orElse("") + " does not work: " + trouble;
    }
    if (cuda.orElseThrow().devices().isEmpty()) {
      return "the NVIDIA driver works but shows no GPU" + (System.getenv("CUDA_VISIBLE_DEVICES") == null ? "" : " (CUDA_VISIBLE_DEVICES is " + System.getenv("CUDA_VISIBLE_DEVICES") + ")");
    }
    return libraries.missing().isEmpty() ? "" : "CUDA's library " + libraries.missing().get(0).title() + " was not found";
  }

  /** What to do about the problem, as a sentence without its full stop. */
  String fix() {
    if (!driver.complete()) {
      return driver.fix();
    }
    if (!trouble.isEmpty()) {
      return "Install the driver again, or use --device cpu";
    }
    return libraries.missing().isEmpty() ? "Use --device cpu" : "Get it with: " + libraries.fix(libraries.missing().get(0));
  }

  /** Everything that was found, where, with versions; for what is missing the command that brings it. */
  Map<String, String> details() {
    Map<String, String> d = new LinkedHashMap<>(driver.details());
    cuda.ifPresent(c -> d.put("driver's CUDA", c.driverVersion() / VERSION_MAJOR + "." + c.driverVersion() % VERSION_MAJOR / VERSION_MINOR));
    d.putAll(libraries.describe());
    return d;
  }
}
