package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measured implementations of convolutions, each run in a Java of its own, because a process keeps what it has measured. */
class MeasuredChoiceTest {
  @TempDir
  Path temporary;

  private String run(String... properties) throws Exception {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Dcardinal.cache=" + temporary.resolve("cache")));
    command.addAll(List.of(properties));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MeasuredNet.class.getName()));
    File out = Files.createTempFile(temporary, "run", ".txt").toFile();
    Process p = new ProcessBuilder(command).redirectOutput(out).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertTrue(p.waitFor(120, TimeUnit.SECONDS), "no end");
    assertEquals(0, p.exitValue());
    return Files.readAllLines(out.toPath()).stream().filter(l -> l.startsWith("sum ")).findFirst().orElseThrow();
  }

  private Path file() throws Exception {
    try (Stream<Path> all = Files.list(temporary.resolve("cache").resolve("algorithms"))) {
      return all.filter(f -> f.toString().endsWith(".txt")).findFirst().orElseThrow();
    }
  }

  @Test
  void aChoiceIsKeptAndGivesTheSameBits() throws Exception {
    String first = run();
    String kept = Files.readString(file());
    assertTrue(kept.lines().filter(l -> l.startsWith("Conv")).count() >= 6, kept);
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file().getParent())));
    assertEquals(first, run());
    assertEquals(kept, Files.readString(file()));
  }

  @Test
  void damageIsMeasuredAnewAndNamesThatThereAreNotAreProposed() throws Exception {
    run();
    Path file = file();
    String kept = Files.readString(file);
    Files.writeString(file, kept.replaceAll("(?m)^(Conv.*\t).*$", "$1jit:imaginary"));
    String proposed = run();
    assertEquals(run("-Dcardinal.cpu.algorithms=estimated"), proposed);
    Files.writeString(file, "not what it should be");
    assertTrue(run().startsWith("sum "));
    assertTrue(Files.readString(file).lines().filter(l -> l.startsWith("Conv")).count() >= 6);
  }

  @Test
  void nothingIsMeasuredWhereNothingCanBeKept() throws Exception {
    Files.writeString(temporary.resolve("cache"), "a file where a folder should be");
    assertEquals(run("-Dcardinal.cpu.algorithms=estimated"), run());
  }
}
