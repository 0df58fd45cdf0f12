package dev.cardinal.cuda;

import dev.cardinal.cuda.natives.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Traces of NVIDIA's driver, found by looking at files alone: nothing is loaded and no program is started, so looking can neither crash nor hang.
 *
 * @param library where {@code libcuda.so.1} is, if anywhere the linker looks
 * @param version of the kernel module, if it is loaded
 * @param devices GPU device files
 * @param tool where {@code nvidia-smi} is, if on the path
 */
record NvidiaDriver(Optional<Path> library, Optional<String> version, List<Path> devices, Optional<Path> tool) {
  private static final String LIBRARY = "libcuda.so.1";
  private static final String INSTALL = "sudo apt install nvidia-driver (Debian; on Ubuntu: sudo ubuntu-drivers install; on Fedora: sudo dnf install akmod-nvidia)";
  private static final List<String> LINKER_FOLDERS = List.of("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib", "lib/x86_64-linux-gnu", "lib64",
      "usr/local/nvidia/lib64", "usr/lib/wsl/lib", "run/opengl-driver/lib");
  private static final Pattern VERSION = Pattern.compile("Kernel Module.*?\\s(\\d+\\.\\d+(?:\\.\\d+)?)");

  /** Looks below a root folder, with the variables of an environment. */
  static NvidiaDriver find(Path root, Map<String, String> environment) {
    Stream<Path> named = Folders.ofVariable(environment.get("LD_LIBRARY_PATH")).stream();
    Optional<Path> library = Stream.concat(named, LINKER_FOLDERS.stream().map(root::resolve)).map(f -> f.resolve(LIBRARY)).filter(Files::exists).findFirst();
    Optional<Path> tool = Folders.ofVariable(environment.get("PATH")).stream().map(f -> f.resolve("nvidia-smi")).filter(Files::isExecutable).findFirst();
    return new NvidiaDriver(library, version(root.resolve("proc/driver/nvidia/version")), devices(root.resolve("dev")), tool);
  }

  private static Optional<String> version(Path file) {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try {
      Matcher m = VERSION.matcher(Files.readString(file));
      return Optional.of(m.find() ? m.group(1) : "unknown");
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<Path> devices(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(p -> p.getFileName().toString().matches("nvidia\\d+")).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Whether everything is there that driving a GPU takes of a driver. */
  boolean complete() {
    return library.isPresent() && (version.isPresent() || !devices.isEmpty());
  }

  /** What of a driver is missing, as a clause. */
  String problem() {
    if (library.isPresent()) {
      return "the library of an NVIDIA driver is installed (" + library.get() + "), but no GPU is visible to this machine or container";
    }
    if (version.isPresent() || !devices.isEmpty()) {
      return "an NVIDIA kernel driver" + version.map(v -> " " + v).orElse("") + " is loaded, but " + LIBRARY + " is not where the linker looks";
    }
    return "no NVIDIA driver was found (neither " + LIBRARY + " nor /proc/driver/nvidia/version)";
  }

  /** What to do about it, as a sentence without its full stop. */
  String fix() {
    if (library.isPresent() || version.isPresent() || !devices.isEmpty()) {
      return "In a container, start it with 'docker run --gpus all' (NVIDIA's container toolkit mounts what is missing); else install the driver again; until then use --device cpu";
    }
    return "Use --device cpu, or with an NVIDIA GPU install its driver: " + INSTALL;
  }

  /** What was looked for and found, for people. */
  Map<String, String> details() {
    Map<String, String> d = new LinkedHashMap<>();
    d.put("driver library", library.map(Path::toString).orElse("no " + LIBRARY + " on the linker's usual paths"));
    d.put("kernel module", version.orElse("not loaded"));
    d.put("GPU device files", devices.isEmpty() ? "none" : devices.size() + ", from " + devices.get(0));
    d.put("nvidia-smi", tool.map(Path::toString).orElse("not on the path"));
    return d;
  }
}
