package dev.cardinal.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.tensor.HostTensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * One saved moment of a training run: a folder with the model's tensors, the training state's tensors (optimiser, averages, counters) and a
 * JSON description. The description records size and SHA-256 of both tensor files, and a checkpoint opens only if they agree: a file that is
 * torn, swapped or rotten is found when the checkpoint is opened, not when the network gives strange answers.
 *
 * <p>Opened by {@link CheckpointStore#open(Path)}. The tensors are read from disk at each call of {@link #model()} and {@link #state()}.
 */
public final class Checkpoint {
  static final String DESCRIPTION = "checkpoint.json";
  static final String MODEL = "model.safetensors";
  static final String STATE = "state.safetensors";
  private static final String FORMAT = "cardinal-checkpoint";
  private static final int VERSION = 1;

  private final Path folder;
  private final ObjectNode description;

  private Checkpoint(Path folder, ObjectNode description) {
    this.folder = folder;
    this.description = description;
  }

  /** The folder, as in {@code runs/train-3/checkpoints/epoch-0003}. */
  public Path folder() {
    return folder;
  }

  /** The folder's name, as in {@code epoch-0003}. */
  public String name() {
    return folder.getFileName().toString();
  }

  /** What the trainer noted: a copy, free to change. */
  public ObjectNode meta() {
    return ((ObjectNode) description.get("meta")).deepCopy();
  }

  /** Reads the model's tensors, in the order they were saved. */
  public Map<String, HostTensor> model() throws IOException {
    return Safetensors.readAll(folder.resolve(MODEL));
  }

  /** Reads the training state's tensors, in the order they were saved. */
  public Map<String, HostTensor> state() throws IOException {
    return Safetensors.readAll(folder.resolve(STATE));
  }

  /** How many checkpoints its store had saved before it: later ones have larger numbers, whatever their names and times. */
  long sequence() {
    return description.path("sequence").asLong();
  }

  /** Fills an empty folder with a checkpoint and forces it to the disk. */
  static void write(Path folder, long sequence, Map<String, HostTensor> model, Map<String, HostTensor> state, ObjectNode meta,
      UnaryOperator<WritableByteChannel> device) throws IOException {
    ObjectNode description = StrictJson.MAPPER.createObjectNode();
    description.put("format", FORMAT).put("version", VERSION).put("sequence", sequence).put("saved", Instant.now().toString());
    ObjectNode files = description.putObject("files");
    Map<String, Map<String, HostTensor>> contents = new LinkedHashMap<>();
    contents.put(MODEL, model);
    contents.put(STATE, state);
    for (Map.Entry<String, Map<String, HostTensor>> e : contents.entrySet()) {
      Path file = folder.resolve(e.getKey());
      MessageDigest sha = sha256();
      AtomicFile.Content tensors = Safetensors.content(e.getValue(), Map.of("writer", "cardinal"));
      AtomicFile.writeForced(file, out -> {
        OutputStream digesting = new DigestOutputStream(Channels.newOutputStream(out), sha);
        tensors.writeTo(Channels.newChannel(digesting));
      }, device);
      files.putObject(e.getKey()).put("bytes", Files.size(file)).put("sha256", HexFormat.of().formatHex(sha.digest()));
    }
    description.set("meta", meta.deepCopy());
    byte[] json = StrictJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(description);
    AtomicFile.writeForced(folder.resolve(DESCRIPTION), out -> AtomicFile.writeFully(out, ByteBuffer.wrap(json)), device);
    AtomicFile.force(folder);
  }

  /** Whether a path is a folder that holds, or once held, a checkpoint. */
  static boolean isAt(Path folder) {
    return Files.isRegularFile(folder.resolve(DESCRIPTION)) || Files.isRegularFile(folder.resolve(MODEL));
  }

  /** Reads the description alone, without looking at the tensor files. */
  static Checkpoint peek(Path folder) throws IOException {
    Path file = folder.resolve(DESCRIPTION);
    if (!Files.isRegularFile(file)) {
      throw new IOException(folder + " is no checkpoint: it has no " + DESCRIPTION);
    }
    if (Files.size(file) > StrictJson.MAX_BYTES) {
      throw new IOException(file + " has " + Files.size(file) + " bytes, more than the " + StrictJson.MAX_BYTES + " a description may have");
    }
    try {
      JsonNode json = StrictJson.MAPPER.readTree(Files.readAllBytes(file));
      if (!(json instanceof ObjectNode description) || !description.path("format").asText().equals(FORMAT)) {
        throw new IOException(file + " does not describe a Cardinal checkpoint");
      }
      if (description.path("version").asInt() != VERSION) {
        throw new IOException(file + " has version " + description.path("version") + "; this program reads version " + VERSION);
      }
      return new Checkpoint(folder, description);
    } catch (JsonProcessingException e) {
      throw new IOException(file + " is not valid JSON: " + StrictJson.problem(e), e);
    }
  }

  /** Opens a checkpoint and compares both tensor files with what the description recorded of them. */
  static Checkpoint open(Path folder) throws IOException {
    Checkpoint checkpoint = peek(folder);
    if (!checkpoint.description.path("meta").isObject()) {
      throw new IOException(folder.resolve(DESCRIPTION) + " has no 'meta' object");
    }
    for (String name : new String[] {MODEL, STATE}) {
      Path file = folder.resolve(name);
      JsonNode recorded = checkpoint.description.path("files").path(name);
      long bytes = Files.isRegularFile(file) ? Files.size(file) : -1;
      if (bytes != recorded.path("bytes").asLong(-2)) {
        throw new IOException(file + (bytes < 0 ? " is missing" : " has " + bytes + " bytes where the checkpoint was saved with "
            + recorded.path("bytes").asText("none")));
      }
      if (!sha256(file).equals(recorded.path("sha256").asText())) {
        throw new IOException(file + " was damaged or changed after it was saved: its SHA-256 differs from the one in " + DESCRIPTION);
      }
    }
    return checkpoint;
  }

  private static String sha256(Path file) throws IOException {
    try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), sha256())) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
