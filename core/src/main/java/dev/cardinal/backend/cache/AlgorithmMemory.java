package dev.cardinal.backend.cache;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was measured to be the fastest, kept in a file of the user's, one line each: what was to be computed, a tab, what computes it fastest. A file that cannot be read or has other lines counts as
 * empty and is written anew; several processes may write it, and the last one's merge of both stays.
 */
public final class AlgorithmMemory {
  private static final Logger LOG = LoggerFactory.getLogger(AlgorithmMemory.class);
  private static final String HEADER = "# cardinal algorithms 1";
  private final PrivateFolder folder;
  private final String file;
  private final Map<String, String> choices = new LinkedHashMap<>();
  private boolean loaded;
  private boolean changed;

  /**
   * In a file of a folder.
   *
   * @param file its name, which says the device and the versions that measurements hold for
   */
  public AlgorithmMemory(PrivateFolder folder, String file) {
    this.folder = folder;
    this.file = file;
  }

  /** What was chosen for a key. */
  public Optional<String> get(String key) {
    if (!loaded) {
      loaded = true;
      choices.putAll(read());
    }
    return Optional.ofNullable(choices.get(key));
  }

  /** Remembers a choice. Neither key nor choice may have tabs or line breaks. */
  public void put(String key, String choice) {
    choices.put(key, choice);
    changed = true;
  }

  private Map<String, String> read() {
    Map<String, String> found = new LinkedHashMap<>();
    try {
      Path path = folder.path().resolve(file);
      if (!Files.isRegularFile(path)) {
        return found;
      }
      String[] lines = new String(Files.readAllBytes(path), StandardCharsets.UTF_8).split("\n");
      if (lines.length == 0 || !lines[0].equals(HEADER)) {
        return found;
      }
      for (int i = 1; i < lines.length; i++) {
        String[] parts = lines[i].split("\t", -1);
        if (parts.length != 2) {
          return Map.of();
        }
        found.put(parts[0], parts[1]);
      }
      return found;
    } catch (IOException e) {
      LOG.debug("measured algorithms cannot be read: {}", e.toString());
      return found;
    }
  }

  /**
   * Writes what is new. That it cannot be written is no error: it is measured again next time.
   *
   * @return whether all that is known is on disk
   */
  public boolean save() {
    if (!changed) {
      return true;
    }
    Map<String, String> all = new LinkedHashMap<>(read());
    all.putAll(choices);
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    all.forEach((key, choice) -> text.append(key).append('\t').append(choice).append('\n'));
    try {
      folder.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
      changed = false;
      return true;
    } catch (IOException e) {
      LOG.info("measured algorithms cannot be kept in {}: {}", folder, e.getMessage());
      return false;
    }
  }
}
