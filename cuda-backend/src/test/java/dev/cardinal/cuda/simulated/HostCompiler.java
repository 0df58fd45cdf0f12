package dev.cardinal.cuda.simulated;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The host's C++ compiler, with a folder of what it made before: private to the user, one file per content. */
final class HostCompiler {
  private static final String COMPILER = "g++";
  private static final String RESOURCES = "/simulated/";
  private static final List<String> COMMON = List.of("-std=c++17", "-O2", "-fPIC", "-fvisibility=hidden");
  private static final Pattern LINE = Pattern.compile(":(\\d+)");
  private static final Pattern LIBRARY = Pattern.compile("\\w+-(.*)_cu\\.so");
  private static HostCompiler instance;

  private final Path folder;

  private HostCompiler(Path folder) {
    this.folder = folder;
  }

  /** Whether there is one on the path. */
  static boolean present() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":")).anyMatch(p -> Files.isExecutable(Path.of(p, COMPILER)));
  }

  /** The one of this process. */
  static synchronized HostCompiler ofUser() {
    if (instance == null) {
      try {
        instance = new HostCompiler(privateFolder());
      } catch (IOException e) {
        throw new UncheckedIOException("no folder for compiled kernels", e);
      }
    }
    return instance;
  }

  /** Libraries are loaded from there, so nobody else may write to it. */
  private static Path privateFolder() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Path p = temporary.resolve("cardinal-simulated-" + System.getProperty("user.name"));
    if (!Files.isDirectory(p)) {
      try {
        Files.createDirectory(p, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // Somebody was faster; what follows looks at who.
      }
    }
    Path own = Files.createTempFile(temporary, "cardinal", null);
    boolean mine = !Files.isSymbolicLink(p) && Files.getOwner(p).equals(Files.getOwner(own)) && PosixFilePermissions.toString(Files.getPosixFilePermissions(p)).equals("rwx------");
    Files.delete(own);
    return mine ? p : Files.createTempDirectory("cardinal-simulated");
  }

  static String resource(String name) {
    try (InputStream in = HostCompiler.class.getResourceAsStream(RESOURCES + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /** The library behind {@link NativeHost}. */
  Path host() {
    return made("host", ".so", List.of("-shared"), resource("host.cpp"), List.of());
  }

  /** A kernel source as a library with {@code sim_launch} and what {@code SIM_KERNEL} makes. */
  Path kernels(String name, String source) {
    Path header = stored("kernel.h", resource("kernel.h"));
    Path runtime = made("runtime", ".o", List.of("-c"), resource("runtime.cpp"), List.of());
    List<String> options = List.of("-w", "-g1", "-shared", "-fsanitize=thread", "-fno-tree-sra", "-nodefaultlibs", "--param", "tsan-instrument-func-entry-exit=0", "-include", header.toString());
    return made(name.replaceAll("\\W", "_"), ".so", options, source, List.of("-x", "none", runtime.toString(), "-lm", "-lc", "-lgcc"));
  }

  /** The text after its preprocessor, with what belongs to the device left as it is. */
  String preprocess(String name, String source, List<String> macros) {
    Path in = stored(name + ".cu", source);
    List<String> command = new ArrayList<>(List.of(COMPILER, "-std=c++17", "-E", "-x", "c++"));
    command.addAll(macros);
    command.add(in.toString());
    return run(command, name);
  }

  private Path stored(String name, String content) {
    Path p = folder.resolve(key(List.of(content)) + "-" + name);
    if (!Files.exists(p)) {
      place(p, t -> Files.writeString(t, content));
    }
    return p;
  }

  private Path made(String name, String ending, List<String> options, String source, List<String> more) {
    List<String> all = new ArrayList<>(COMMON);
    all.addAll(options);
    all.addAll(more);
    List<String> identity = new ArrayList<>(all);
    identity.add(source);
    Path p = folder.resolve(key(identity) + "-" + name + ending);
    if (!Files.exists(p)) {
      Path in = stored(name + ".cpp", source);
      place(p, t -> {
        List<String> command = new ArrayList<>(List.of(COMPILER));
        command.addAll(COMMON);
        command.addAll(options);
        command.addAll(List.of("-o", t.toString(), in.toString()));
        command.addAll(more);
        run(command, name);
      });
    }
    return p;
  }

  private interface Writer {
    void write(Path to) throws IOException;
  }

  /** Appears whole or not at all, whoever else makes the same. */
  private void place(Path p, Writer writer) {
    try {
      Path t = Files.createTempFile(folder, "new", "." + p.getFileName());
      try {
        writer.write(t);
        Files.move(t, p, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(t, p, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(t);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + p, e);
    }
  }

  private static String run(List<String> command, String name) {
    try {
      Path errors = Files.createTempFile("cardinal-g++", ".txt");
      try {
        Process p = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (p.waitFor() != 0) {
          throw new HostCompilerException(name, Files.readString(errors));
        }
        return out;
      } finally {
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(COMPILER + " cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(COMPILER + " was interrupted", e);
    }
  }

  /** The source's name and line of an address within a library of kernels, or nothing where it cannot be had. */
  static String line(Path library, long offset) {
    try {
      Matcher m = LINE.matcher(run(List.of("addr2line", "-s", "-e", library.toString(), String.format(Locale.ROOT, "0x%x", offset)), "addr2line"));
      Matcher name = LIBRARY.matcher(library.getFileName().toString());
      return m.find() && name.matches() ? name.group(1) + ".cu:" + m.group(1) : "";
    } catch (RuntimeException e) {
      return "";
    }
  }

  private static String key(List<String> parts) {
    try {
      MessageDigest d = MessageDigest.getInstance("SHA-256");
      for (String p : parts) {
        d.update((p + "\0").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(d.digest(), 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
