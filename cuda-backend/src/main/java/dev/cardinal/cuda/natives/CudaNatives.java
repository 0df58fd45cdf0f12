package dev.cardinal.cuda.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Loads the natives, once per process. JCuda's classes copy theirs from the class path to {@code java.io.tmpdir} unless a file of that name is there already; so while they initialise, that property
 * names a private folder with a prepared native, which is neither copied nor overwritten, and which nobody else can have placed there. The libraries that a native needs are loaded before it by
 * absolute path: the dynamic linker then takes them for the needed names, wherever they lie.
 */
public final class CudaNatives {
  private static final String TEMPORARY = "java.io.tmpdir";
  private static final Set<JCudaNative> LOADED = EnumSet.noneOf(JCudaNative.class);
  private static final Map<JCudaNative, NativesException> FAILED = new EnumMap<>(JCudaNative.class);

  private CudaNatives() {}

  /**
   * Loads the driver's interface.
   *
   * @param driver the driver's library {@code libcuda.so.1}
   * @throws NativesException if it cannot be loaded
   */
  public static synchronized void loadDriver(Path driver, NativeStore store) {
    load(JCudaNative.DRIVER, store, 0, () -> System.load(driver.toAbsolutePath().toString()));
  }

  /** Loads the runtime's interface, which needs no library. */
  public static synchronized void loadRuntime(NativeStore store) {
    load(JCudaNative.RUNTIME, store, 0, () -> {});
  }

  /**
   * Loads everything that was found.
   *
   * @throws NativesException if a library is missing, saying how to get it, or cannot be loaded
   */
  public static synchronized void loadLibraries(FoundLibraries found, NativeStore store) {
    for (JCudaNative n : JCudaNative.values()) {
      n.library().ifPresent(l -> load(n, found, store));
    }
  }

  /**
   * Loads one library and its interface.
   *
   * @throws NativesException if it is missing, saying how to get it, or cannot be loaded
   */
  public static synchronized void load(CudaLibrary library, FoundLibraries found, NativeStore store) {
    for (JCudaNative n : JCudaNative.values()) {
      if (n.library().equals(Optional.of(library))) {
        load(n, found, store);
      }
    }
  }

  private static void load(JCudaNative n, FoundLibraries found, NativeStore store) {
    CudaLibrary library = n.library().orElseThrow();
    FoundLibrary f = found.get(library).orElseThrow(() -> new NativesException(library.title() + " was not found (looked at " + String.join(", ", found.looked()) + "); to get it: "
        + found.fix(library)));
    load(n, store, f.major(), () -> preload(f, store));
  }

  /** A library as a file on disk, unpacked if it is in the redistributables. */
  public static Path file(FoundLibrary f, NativeStore store) {
    Path folder = f.source().equals(RedistJar.SOURCE) ? RedistJar.onClassPath().orElseThrow().unpack(f.library(), store) : f.file().getParent();
    return folder.resolve(f.file().getFileName()).toAbsolutePath();
  }

  private static void preload(FoundLibrary f, NativeStore store) {
    Path file = file(f, store);
    Path folder = file.getParent();
    for (String companion : f.library().companions()) {
      companion(folder, companion, f).ifPresent(p -> System.load(p.toString()));
    }
    System.load(file.toString());
  }

  /** The companion of the same version; that of a compiler carries the minor version in its name, too. */
  private static Optional<Path> companion(Path folder, String stem, FoundLibrary f) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(p -> p.getFileName().toString().matches(Pattern.quote(stem + f.major()) + "(\\.\\d+)?")).min(Comparator.comparing(Path::toString));
    } catch (IOException e) {
      throw new NativesException("the folder " + folder + " of " + f.library().title() + " cannot be read (" + e.getMessage() + "); check its permissions", e);
    }
  }

  private static void load(JCudaNative n, NativeStore store, int major, Runnable preload) {
    if (LOADED.contains(n)) {
      return;
    }
    NativesException before = FAILED.get(n);
    if (before != null) {
      throw before;
    }
    String temporary = System.getProperty(TEMPORARY);
    try {
      preload.run();
      Path folder = store.files(new TreeMap<>(Map.of(n.fileName(), n.preparedFor(major))));
      System.setProperty(TEMPORARY, folder.toString());
      n.initialise();
      LOADED.add(n);
    } catch (NativesException e) {
      FAILED.put(n, e);
      throw e;
    } catch (LinkageError e) {
      NativesException failure = new NativesException(n.fileName() + " or a library it needs cannot be loaded: " + reason(e) + "; install what is missing, or another version", e);
      FAILED.put(n, failure);
      throw failure;
    } finally {
      System.setProperty(TEMPORARY, temporary);
    }
  }

  /** The linker's own words: the line that names a file, of the many that JCuda wraps around it. */
  private static String reason(Throwable e) {
    String text = String.valueOf(e.getMessage());
    return text.lines().map(String::strip).filter(l -> l.contains(".so") && l.contains(": ")).reduce((a, b) -> b).orElse(text.lines().findFirst().orElse(e.getClass().getSimpleName()))
        .replaceFirst("^java\\.lang\\.UnsatisfiedLinkError: ", "");
  }
}
