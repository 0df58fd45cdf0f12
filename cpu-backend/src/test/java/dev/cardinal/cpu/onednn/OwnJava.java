package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs in a Java of their own, because a process keeps what it has measured, with a cache folder below a folder. */
record OwnJava(Path folder) {
  private static final long SECONDS = 120;

  Path cache() {
    return folder.resolve("cache");
  }

  /** The file of measured choices. */
  Path choices() throws Exception {
    try (Stream<Path> all = Files.list(cache().resolve("algorithms"))) {
      return all.filter(f -> f.toString().endsWith(".txt")).findFirst().orElseThrow();
    }
  }

  /** What a program prints after a word at the beginning of a line. */
  String printed(Class<?> main, String word, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Dcardinal.cache=" + cache()));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Path out = Files.createTempFile(folder, "run", ".txt");
    Process p = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertTrue(p.waitFor(SECONDS, TimeUnit.SECONDS), "no end");
    assertEquals(0, p.exitValue());
    return Files.readAllLines(out).stream().filter(l -> l.startsWith(word + " ")).findFirst().orElseThrow().substring(word.length() + 1);
  }
}
