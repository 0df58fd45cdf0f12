package dev.cardinal.cuda.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** The kernel families that there are: the files {@code /kernels/<name>.cu} on the class path, listed in {@code /kernels/families.txt} since a class path cannot be listed. */
public final class KernelSources {
  private static final String FOLDER = "/kernels/";

  private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([a-z_]+\\.cuh)\"$");

  private KernelSources() {}

  /** The families' names, in the list's order. */
  public static List<String> names() {
    return read("families.txt").lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
  }

  /** The source of a family, as one translation unit: a line {@code #include "file"} takes in a file of the same folder. */
  public static String source(String name) {
    return INCLUDE.matcher(read(name + ".cu")).replaceAll(m -> Matcher.quoteReplacement(read(m.group(1))));
  }

  /** Eight hexadecimal digits of all sources: other kernels, other digits. */
  public static String fingerprint() {
    CRC32 crc = new CRC32();
    names().forEach(n -> crc.update(source(n).getBytes(StandardCharsets.UTF_8)));
    return String.format("%08x", crc.getValue());
  }

  private static String read(String file) {
    try (InputStream in = KernelSources.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalStateException("the kernels' file " + FOLDER + file + " is not on the class path; build cuda-backend again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the kernels' file " + FOLDER + file + " cannot be read", e);
    }
  }
}
