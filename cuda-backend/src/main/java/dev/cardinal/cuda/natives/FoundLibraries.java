package dev.cardinal.cuda.natives;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The libraries that fit together.
 *
 * @param cuda major version of CUDA they belong to: 12 or 13
 * @param libraries found, by library
 * @param looked the places that were looked at, for people
 */
public record FoundLibraries(int cuda, Map<CudaLibrary, FoundLibrary> libraries, List<String> looked) {
  /** One of them. */
  public Optional<FoundLibrary> get(CudaLibrary library) {
    return Optional.ofNullable(libraries.get(library));
  }

  /** Those that were not found and are needed. */
  public List<CudaLibrary> missing() {
    return CudaLibrary.required().stream().filter(l -> !libraries.containsKey(l)).toList();
  }

  /** The one command that brings a missing library, given what is there already. */
  public String fix(CudaLibrary missing) {
    String place = libraries.values().stream().map(FoundLibrary::source).filter(s -> s.equals(LibraryPlaces.PYTHON)).findFirst().orElse("");
    // Those who have NVIDIA's Python packages get the missing one the same way, next to them.
    return place.isEmpty() ? "mvn -q -Pcuda-redist -DskipTests package   (downloads 2.0 GB once)" : "pip install " + missing.requirement(cuda);
  }

  /** What was found and what is missing, for people: a line per library. */
  public Map<String, String> describe() {
    Map<String, String> lines = new LinkedHashMap<>();
    for (CudaLibrary l : CudaLibrary.values()) {
      String without = CudaLibrary.required().contains(l) ? "" : ", so several GPUs exchange by copies from peer to peer";
      lines.put(l.title(), get(l).map(FoundLibrary::describe).orElseGet(() -> "not found" + without + "; to get it: " + fix(l)));
    }
    return lines;
  }
}
