package dev.cardinal.cuda.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The folders in which people have CUDA's libraries, in order of choice. */
final class LibraryPlaces {
  static final String PYTHON = "Python packages";
  private static final List<String> TOOLKIT_FOLDERS = List.of("lib64", "lib", "targets/x86_64-linux/lib");
  private static final List<String> SYSTEM_FOLDERS = List.of("usr/lib/x86_64-linux-gnu", "usr/lib64", "lib/x86_64-linux-gnu", "lib64");

  /**
   * A folder.
   *
   * @param folder where
   * @param source what kind of place it is
   */
  record Place(Path folder, String source) {}

  private final Path root;
  private final Map<String, String> environment;
  private final List<Place> places = new ArrayList<>();

  private LibraryPlaces(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  /** The places that exist, below a root folder and with the variables of an environment. */
  static List<Place> of(Path root, Map<String, String> environment) {
    LibraryPlaces p = new LibraryPlaces(root, environment);
    p.list("CARDINAL_CUDA_PATH");
    p.toolkit("CUDA_HOME");
    p.toolkit("CUDA_PATH");
    p.installations();
    p.list("LD_LIBRARY_PATH");
    LinkerCache.folders(root.resolve("etc/ld.so.cache"), List.of("libcublas.so.", "libnvrtc.so.", "libcudnn.so.", "libnccl.so.")).forEach(f -> p.add(f, "linker cache"));
    SYSTEM_FOLDERS.forEach(f -> p.add(root.resolve(f), "system library"));
    p.conda();
    p.python();
    return p.places;
  }

  private void add(Path folder, String source) {
    if (Files.isDirectory(folder) && places.stream().noneMatch(p -> p.folder.equals(folder))) {
      places.add(new Place(folder, source));
    }
  }

  private void list(String variable) {
    Folders.ofVariable(environment.get(variable)).forEach(f -> add(f, variable));
  }

  private void toolkit(String variable) {
    for (Path home : Folders.ofVariable(environment.get(variable))) {
      TOOLKIT_FOLDERS.forEach(f -> add(home.resolve(f), variable));
    }
  }

  /** {@code /usr/local/cuda}, then {@code /usr/local/cuda-*}, the newest first. */
  private void installations() {
    List<Path> homes = new ArrayList<>(matching(root.resolve("usr/local"), "cuda-\\d.*"));
    homes.sort((a, b) -> Versions.compare(b.getFileName().toString(), a.getFileName().toString()));
    homes.add(0, root.resolve("usr/local/cuda"));
    for (Path home : homes) {
      TOOLKIT_FOLDERS.forEach(f -> add(home.resolve(f), "CUDA toolkit"));
    }
  }

  private void conda() {
    Folders.ofVariable(environment.get("CONDA_PREFIX")).forEach(p -> add(p.resolve("lib"), "conda"));
  }

  /** {@code site-packages/nvidia/*}{@code /lib} of every Python that can be seen: active environments, those on the path, the user's, the system's. */
  private void python() {
    List<Path> prefixes = new ArrayList<>();
    prefixes.addAll(Folders.ofVariable(environment.get("VIRTUAL_ENV")));
    prefixes.addAll(Folders.ofVariable(environment.get("CONDA_PREFIX")));
    Folders.ofVariable(environment.get("PATH")).stream().filter(p -> p.endsWith("bin") && p.getParent() != null).forEach(p -> prefixes.add(p.getParent()));
    Folders.ofVariable(environment.get("HOME")).forEach(h -> prefixes.add(h.resolve(".local")));
    prefixes.add(root.resolve("usr/local"));
    prefixes.add(root.resolve("usr"));
    prefixes.addAll(matching(root.resolve("opt"), ".*"));
    for (Path prefix : prefixes) {
      for (Path python : matching(prefix.resolve("lib"), "python3.*")) {
        for (String packages : List.of("site-packages", "dist-packages")) {
          matching(python.resolve(packages).resolve("nvidia"), ".*").forEach(p -> add(p.resolve("lib"), PYTHON));
        }
      }
    }
  }

  private static List<Path> matching(Path folder, String pattern) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(e -> e.getFileName().toString().matches(pattern)).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
