package dev.cardinal.cuda.cache;

import dev.cardinal.backend.cache.PrivateFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Machine code of kernels, one file each, named by a digest of what it was made of: source, options, compiler. A file begins with a digest of the code, so that one that is broken counts as missing and
 * is written anew. Only machine code of GPUs is kept.
 */
public final class CompiledImages {
  private static final Logger LOG = LoggerFactory.getLogger(CompiledImages.class);
  private static final int DIGEST = 32;
  private static final int NAME_DIGITS = 40;
  /** Where an ELF file says its machine, and what it says there for CUDA. */
  private static final int MACHINE_AT = 18;
  private static final int CUDA_MACHINE = 190;
  private final PrivateFolder folder;

  /** In a folder. */
  public CompiledImages(PrivateFolder folder) {
    this.folder = folder;
  }

  /** The name for what was made of these. */
  public static String name(String source, List<String> options, String compiler) {
    return HexFormat.of().formatHex(digest((compiler + '\n' + options + '\n' + source).getBytes(StandardCharsets.UTF_8))).substring(0, NAME_DIGITS);
  }

  private static byte[] digest(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The code of a name, if it is there and whole. */
  public Optional<byte[]> get(String name) {
    Path path = folder.path().resolve(name);
    try {
      if (!Files.isRegularFile(path)) {
        return Optional.empty();
      }
      byte[] all = Files.readAllBytes(path);
      if (all.length <= DIGEST) {
        return Optional.empty();
      }
      byte[] image = Arrays.copyOfRange(all, DIGEST, all.length);
      return Arrays.equals(digest(image), Arrays.copyOf(all, DIGEST)) ? Optional.of(image) : Optional.empty();
    } catch (IOException e) {
      LOG.debug("compiled kernels cannot be read from {}: {}", path, e.toString());
      return Optional.empty();
    }
  }

  /** Keeps code. That it cannot be written is no error: it is compiled again next time. */
  public void put(String name, byte[] image) {
    boolean elf = image.length > MACHINE_AT + 1 && image[0] == 0x7f && image[1] == 'E' && image[2] == 'L' && image[3] == 'F';
    if (!elf || (image[MACHINE_AT] & 0xff) != CUDA_MACHINE || image[MACHINE_AT + 1] != 0) {
      return;
    }
    byte[] all = Arrays.copyOf(digest(image), DIGEST + image.length);
    System.arraycopy(image, 0, all, DIGEST, image.length);
    try {
      folder.write(name, all);
    } catch (IOException e) {
      LOG.info("compiled kernels cannot be kept in {}: {}", folder, e.getMessage());
    }
  }
}
