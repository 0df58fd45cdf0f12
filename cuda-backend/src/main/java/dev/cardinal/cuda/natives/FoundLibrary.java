package dev.cardinal.cuda.natives;

import java.nio.file.Path;

/**
 * A library that was found.
 *
 * @param library which
 * @param file where: a file on disk, or the place in the redistributables' jar that it will be unpacked from
 * @param major version that its name ends in
 * @param version as far as its files tell, as in {@code 12.6.4.1}; at least the major version
 * @param source kind of place, as in {@code CUDA_HOME}
 */
public record FoundLibrary(CudaLibrary library, Path file, int major, String version, String source) {
  /** As in {@code 12.6.4.1, /usr/local/cuda/lib64/libcublas.so.12 (linker cache)}. */
  public String describe() {
    return version + ", " + file + " (" + source + ")";
  }
}
