package dev.cardinal.cuda.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds CUDA's libraries by looking at files. The redistributables on the class path come first, since somebody asked for them; then the places in the order of {@link LibraryPlaces}. Of CUDA 12 and
 * 13 that one is taken of which more is there, else the one that is found first; a driver that is older than CUDA 13 rules 13 out.
 */
public final class LibraryFinder {
  private static final List<Integer> CUDA_MAJORS = List.of(12, 13);
  private final Path root;
  private final Map<String, String> environment;
  private final Optional<RedistJar> redist;

  /** For this machine. */
  public static LibraryFinder ofThisMachine() {
    return new LibraryFinder(Path.of("/"), System.getenv(), RedistJar.onClassPath());
  }

  /** Below a root folder, with the variables of an environment. */
  public LibraryFinder(Path root, Map<String, String> environment, Optional<RedistJar> redist) {
    this.root = root;
    this.environment = environment;
    this.redist = redist;
  }

  /**
   * Looks.
   *
   * @param newestCuda the newest major version of CUDA that the driver supports
   */
  public FoundLibraries find(int newestCuda) {
    List<FoundLibrary> all = new ArrayList<>();
    Set<String> looked = new LinkedHashSet<>();
    redist.ifPresent(r -> {
      looked.add(RedistJar.SOURCE);
      all.addAll(r.libraries());
    });
    for (LibraryPlaces.Place place : LibraryPlaces.of(root, environment)) {
      looked.add(place.source() + " " + place.folder());
      for (CudaLibrary library : CudaLibrary.values()) {
        library.majors().forEach(major -> inFolder(place, library, major).ifPresent(all::add));
      }
    }
    FoundLibraries best = null;
    for (int cuda : ordered(all, newestCuda)) {
      FoundLibraries candidate = new FoundLibraries(cuda, choose(all, cuda), List.copyOf(looked));
      if (best == null || candidate.missing().size() < best.missing().size()) {
        best = candidate;
      }
    }
    return best;
  }

  /** The allowed major versions, that of the first cuBLAS first. */
  private static List<Integer> ordered(List<FoundLibrary> all, int newestCuda) {
    Set<Integer> majors = new LinkedHashSet<>();
    all.stream().filter(f -> f.library() == CudaLibrary.CUBLAS && f.major() <= newestCuda).forEach(f -> majors.add(f.major()));
    CUDA_MAJORS.stream().filter(m -> m <= Math.max(newestCuda, CUDA_MAJORS.get(0))).forEach(majors::add);
    return List.copyOf(majors);
  }

  private static Map<CudaLibrary, FoundLibrary> choose(List<FoundLibrary> all, int cuda) {
    Map<CudaLibrary, FoundLibrary> chosen = new EnumMap<>(CudaLibrary.class);
    for (FoundLibrary f : all) {
      boolean fits = f.library().followsCuda() ? f.major() == cuda : wasBuiltFor(f, cuda);
      FoundLibrary before = chosen.get(f.library());
      // cuDNN 9 in a later place is better than 8 in an earlier one.
      if (fits && (before == null || f.library() == CudaLibrary.CUDNN && f.major() > before.major())) {
        chosen.put(f.library(), f);
      }
    }
    return chosen;
  }

  /** The names of cuDNN and NCCL do not say for which CUDA they were built, but cuDNN 8 never was for 13, and the Python package's name says it. */
  private static boolean wasBuiltFor(FoundLibrary f, int cuda) {
    if (f.library() == CudaLibrary.CUDNN && f.major() < 9 && cuda > 12) {
      return false;
    }
    Path packages = f.file().getParent() == null ? null : up(f.file(), 4);
    return !f.source().equals(LibraryPlaces.PYTHON) || packages == null || pythonPackage(packages, f.library()).map(n -> n.contains("_cu" + cuda)).orElse(true);
  }

  private static Path up(Path p, int levels) {
    Path at = p;
    for (int i = 0; i < levels && at != null; i++) {
      at = at.getParent();
    }
    return at;
  }

  private static Optional<FoundLibrary> inFolder(LibraryPlaces.Place place, CudaLibrary library, int major) {
    Path file = place.folder().resolve(library.stem() + major);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    return Optional.of(new FoundLibrary(library, file, major, version(file, library, major, place.source()), place.source()));
  }

  /** From the name of the file that the link leads to, or of the Python package. */
  private static String version(Path file, CudaLibrary library, int major, String source) {
    try {
      String real = file.toRealPath().getFileName().toString();
      if (real.startsWith(library.stem()) && real.length() > file.getFileName().toString().length()) {
        return real.substring(library.stem().length());
      }
    } catch (IOException e) {
      return String.valueOf(major);
    }
    Path packages = up(file, 4);
    if (source.equals(LibraryPlaces.PYTHON) && packages != null) {
      Optional<String> name = pythonPackage(packages, library);
      if (name.isPresent()) {
        return name.get().replaceAll("^[^-]*-", "").replace(".dist-info", "");
      }
    }
    return String.valueOf(major);
  }

  /** The folder of a Python package's description, as in {@code nvidia_cudnn_cu12-9.5.1.17.dist-info}. */
  private static Optional<String> pythonPackage(Path packages, CudaLibrary library) {
    String stem = library.pip().replace('-', '_');
    try (Stream<Path> entries = Files.list(packages)) {
      return entries.map(e -> e.getFileName().toString()).filter(n -> n.startsWith(stem) && n.endsWith(".dist-info")).sorted().reduce((a, b) -> b);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
