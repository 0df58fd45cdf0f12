package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measured implementations of convolutions, each run in a Java of its own. */
class MeasuredChoiceTest {
  @TempDir
  Path temporary;

  private String run(String... options) throws Exception {
    return new OwnJava(temporary).printed(MeasuredNet.class, "sum", options);
  }

  private Path file() throws Exception {
    return new OwnJava(temporary).choices();
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
    Files.writeString(file, kept.replaceAll("(?m)^(.*Conv.*\t).*$", "$1jit:imaginary"));
    String proposed = run();
    assertEquals(run("-Dcardinal.cpu.algorithms=estimated"), proposed);
    Files.writeString(file, "not what it should be");
    assertFalse(run().isEmpty());
    assertTrue(Files.readString(file).lines().filter(l -> l.startsWith("Conv")).count() >= 6);
  }

  @Test
  void nothingIsMeasuredWhereNothingCanBeKept() throws Exception {
    Files.writeString(temporary.resolve("cache"), "a file where a folder should be");
    assertEquals(run("-Dcardinal.cpu.algorithms=estimated"), run());
  }
}
