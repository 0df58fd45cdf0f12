package dev.cardinal.io;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.tensor.HostTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run:
 *
 * <pre>
 * checkpoints/
 *   epoch-0003/   model.safetensors  state.safetensors  checkpoint.json
 *   epoch-0004/   …
 *   last          the text "epoch-0004"
 *   best          the text "epoch-0003"
 * </pre>
 *
 * <p>A checkpoint is prepared in a hidden folder, forced to the disk, and renamed into place; only then is {@code last} replaced to
 * name it, and only after that are old ones removed. So whenever the process is killed or the disk fills, {@code last} names a complete
 * checkpoint. One process writes to a store at a time; any number may read.
 */
public final class CheckpointStore {
  /** Which checkpoint of several is meant. */
  public enum Prefer {
    /** The one saved most recently, to go on training. */
    LAST,
    /** The one saved as the best so far, to evaluate and predict; the last one if none was marked. */
    BEST;

    String pointer() {
      return this == LAST ? "last" : "best";
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final String SUBFOLDER = "checkpoints";

  private final Path folder;
  private final int keepLast;
  private final UnaryOperator<WritableByteChannel> device;
  private long nextSequence;

  /**
   * A store in the given folder, created if missing. What killed writers left unfinished is removed.
   *
   * @param folder the checkpoints folder of a run
   * @param keepLast how many of the most recent checkpoints to keep, at least 1; the best is kept besides
   */
  public CheckpointStore(Path folder, int keepLast) throws IOException {
    this(folder, keepLast, UnaryOperator.identity());
  }

  /** {@code device} wraps the channel to every file written, and is where tests make a disk fail. */
  CheckpointStore(Path folder, int keepLast, UnaryOperator<WritableByteChannel> device) throws IOException {
    if (keepLast < 1) {
      throw new IllegalArgumentException("keepLast must be at least 1 so that training can resume, got " + keepLast);
    }
    this.folder = folder.toAbsolutePath();
    this.keepLast = keepLast;
    this.device = device;
    AtomicFile.createFolder(this.folder);
    try (Stream<Path> entries = Files.list(this.folder)) {
      for (Path unfinished : entries.filter(AtomicFile::isTemporary).toList()) {
        deleteTree(unfinished);
      }
    }
    this.nextSequence = newestFirst(this.folder).stream().mapToLong(Checkpoint::sequence).max().orElse(-1) + 1;
  }

  /**
   * Saves a checkpoint, makes it the last one (and, if asked, the best one) and removes those no longer kept.
   *
   * @param name the folder's name, as in {@code epoch-0003}; if a checkpoint of that name is still needed, the new one becomes
   *     {@code epoch-0003-2}
   * @param model the model's tensors by name
   * @param state every other tensor that an exact resume needs
   * @param meta whatever else the trainer wants to find again
   * @param best whether this is the best checkpoint so far
   * @return the checkpoint's folder
   * @throws IOException if it cannot be saved, for instance because the disk is full; the earlier checkpoints are then as they were
   */
  public Path save(String name, Map<String, HostTensor> model, Map<String, HostTensor> state, ObjectNode meta, boolean best)
      throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("a checkpoint's name has letters, digits, '.', '_' and '-' only, got '" + name + "'");
    }
    Path target = freeTarget(name);
    Path unfinished = AtomicFile.temporarySibling(target);
    try {
      Files.createDirectory(unfinished);
      Checkpoint.write(unfinished, nextSequence, model, state, meta, device);
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
      nextSequence++;
      AtomicFile.force(folder);
      point(Prefer.LAST, target);
      if (best) {
        point(Prefer.BEST, target);
      }
    } catch (IOException e) {
      deleteTree(unfinished);
      throw new IOException("cannot save checkpoint " + target + ": " + describe(e) + "; earlier checkpoints are unharmed", e);
    } catch (RuntimeException | Error e) {
      deleteTree(unfinished);
      throw e;
    }
    prune();
    return target;
  }

  /** The folder of the checkpoint a pointer names; empty if the pointer is missing or names nothing sensible. */
  public Optional<Path> named(Prefer which) {
    try {
      return readPointer(folder.resolve(which.pointer()));
    } catch (IOException e) {
      LOG.warn("{}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Opens the last checkpoint of {@code anything}: see {@link #open(Path, Prefer)}. */
  public static Checkpoint open(Path anything) throws IOException {
    return open(anything, Prefer.LAST);
  }

  /**
   * Opens a checkpoint, wherever the path points: at a checkpoint's folder or a file in it, at a {@code last} or {@code best} file, at a
   * folder of checkpoints, or at a run's folder with {@code checkpoints} in it. Where the path leaves the choice, {@code prefer} makes
   * it; and where the chosen one is unreadable, the most recent readable one is opened instead, with a warning.
   *
   * @throws IOException if there is no readable checkpoint there; the message says what was found
   */
  public static Checkpoint open(Path anything, Prefer prefer) throws IOException {
    Path path = anything.toAbsolutePath().normalize();
    if (Files.isRegularFile(path)) {
      Path parent = path.getParent();
      return Checkpoint.isAt(parent) ? Checkpoint.open(parent) : openPointer(path, parent);
    }
    if (!Files.isDirectory(path)) {
      throw new IOException(anything + ": no such file or folder; give a run folder, a checkpoint folder or one of its pointer files");
    }
    if (Checkpoint.isAt(path)) {
      return Checkpoint.open(path);
    }
    Path store = Files.isDirectory(path.resolve(SUBFOLDER)) ? path.resolve(SUBFOLDER) : path;
    Path pointer = store.resolve(prefer.pointer());
    return openPointer(Files.exists(pointer) ? pointer : store.resolve(Prefer.LAST.pointer()), store);
  }

  private static Checkpoint openPointer(Path pointer, Path store) throws IOException {
    String problem;
    try {
      Optional<Path> named = readPointer(pointer);
      if (named.isPresent()) {
        return Checkpoint.open(named.get());
      }
      problem = pointer + " does not exist";
    } catch (IOException e) {
      problem = e.getMessage();
    }
    for (Checkpoint candidate : newestFirst(store)) {
      try {
        Checkpoint readable = Checkpoint.open(candidate.folder());
        LOG.warn("{}; using {} instead, the most recent readable checkpoint", problem, readable.folder());
        return readable;
      } catch (IOException e) {
        LOG.debug("passing over {}: {}", candidate.folder(), e.getMessage());
      }
    }
    throw new IOException("no readable checkpoint in " + store + ": " + problem);
  }

  private static Optional<Path> readPointer(Path pointer) throws IOException {
    if (!Files.isRegularFile(pointer)) {
      return Optional.empty();
    }
    if (Files.size(pointer) > 200) {
      throw new IOException(pointer + " is no checkpoint pointer: it has " + Files.size(pointer) + " bytes");
    }
    String name = new String(Files.readAllBytes(pointer), StandardCharsets.ISO_8859_1).strip();
    if (!NAME.matcher(name).matches()) {
      throw new IOException(pointer + " is no checkpoint pointer: it does not hold the name of a checkpoint beside it");
    }
    return Optional.of(pointer.resolveSibling(name));
  }

  private void point(Prefer which, Path target) throws IOException {
    byte[] text = (target.getFileName() + "\n").getBytes(StandardCharsets.US_ASCII);
    AtomicFile.write(folder.resolve(which.pointer()), out -> AtomicFile.writeFully(out, ByteBuffer.wrap(text)), device);
  }

  /** A folder that does not exist: a checkpoint in the way is removed only if no pointer names it and {@code last} can do without it. */
  private Path freeTarget(String name) throws IOException {
    Path target = folder.resolve(name);
    Set<Path> needed = pointedAt();
    boolean lastExists = named(Prefer.LAST).filter(Checkpoint::isAt).isPresent();
    if (Files.exists(target) && lastExists && !needed.contains(target)) {
      remove(target);
    }
    for (int i = 2; Files.exists(target); i++) {
      target = folder.resolve(name + "-" + i);
    }
    return target;
  }

  /** The checkpoint is saved by now, so that an old one refusing to go is worth a warning and not the end of a training run. */
  private void prune() {
    try {
      Set<Path> needed = pointedAt();
      List<Checkpoint> all = newestFirst(folder);
      all.stream().limit(keepLast).map(Checkpoint::folder).forEach(needed::add);
      for (Checkpoint c : all) {
        if (!needed.contains(c.folder())) {
          remove(c.folder());
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot remove old checkpoints in {}: {}", folder, describe(e));
    }
  }

  private Set<Path> pointedAt() {
    Set<Path> paths = new HashSet<>();
    for (Prefer p : Prefer.values()) {
      named(p).ifPresent(paths::add);
    }
    return paths;
  }

  /** Every checkpoint whose description can be read, the most recently saved first. */
  private static List<Checkpoint> newestFirst(Path store) throws IOException {
    List<Checkpoint> found = new ArrayList<>();
    try (Stream<Path> entries = Files.list(store)) {
      for (Path entry : entries.filter(p -> !AtomicFile.isTemporary(p) && Checkpoint.isAt(p)).toList()) {
        try {
          found.add(Checkpoint.peek(entry));
        } catch (IOException e) {
          LOG.debug("ignoring {}: {}", entry, e.getMessage());
        }
      }
    }
    found.sort(Comparator.comparingLong(Checkpoint::sequence).reversed());
    return found;
  }

  /** Removes a checkpoint; it is renamed first, so that a killed process leaves no half of one under a real name. */
  private static void remove(Path checkpoint) throws IOException {
    Path doomed = AtomicFile.temporarySibling(checkpoint);
    Files.move(checkpoint, doomed, StandardCopyOption.ATOMIC_MOVE);
    deleteTree(doomed);
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(root, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
        if (failure != null) {
          throw failure;
        }
        Files.delete(emptied);
        return FileVisitResult.CONTINUE;
      }
    });
  }

  private static String describe(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
