package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.OneDnn;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The choice between kernels of ours and the library's: what is in the file is done, with equal results; what is not follows the rule. */
class MeasuredKernelsTest {
  private static final String ESTIMATED = "-Dcardinal.cpu.algorithms=estimated";
  @TempDir
  Path temporary;
  private OwnJava java;

  @BeforeEach
  void kernels() {
    // Others have neither tiles nor a rule for narrow groups.
    Assumptions.assumeTrue(OneDnn.instructionSet().startsWith("AVX-512"));
    java = new OwnJava(temporary);
  }

  private String run(String... options) throws Exception {
    return java.printed(MeasuredKernels.class, "kernels", options);
  }

  /** Gives every choice of ours another value. */
  private void choose(String tiles, String sorted) throws Exception {
    String all = Files.readString(java.choices());
    Files.writeString(java.choices(), all.replaceAll("(?m)^(tiles .*\t).*$", "$1" + tiles).replaceAll("(?m)^(sorted .*\t).*$", "$1" + sorted));
  }

  private static String by(int tiles, int sorted, String result) {
    return (TileCode.isThere() ? tiles : 0) + " " + sorted + " " + result.substring(result.lastIndexOf(' ') + 1);
  }

  @Test
  void whatWasChosenIsDone() throws Exception {
    String first = run();
    String kept = Files.readString(java.choices());
    assertEquals(TileCode.isThere() ? 12 : 0, kept.lines().filter(l -> l.matches("tiles .*\t(tiles|library)")).count(), kept);
    assertEquals(3, kept.lines().filter(l -> l.matches("sorted .*\t(sorted|library)")).count(), kept);
    assertEquals(by((int) kept.lines().filter(l -> l.endsWith("\ttiles")).count(), (int) kept.lines().filter(l -> l.endsWith("\tsorted")).count(), first), first);
    choose("library", "sorted");
    assertEquals(by(0, 3, first), run());
    choose("tiles", "library");
    assertEquals(by(12, 0, first), run());
  }

  @Test
  void theRuleHoldsWhereNothingIsMeasured() throws Exception {
    String estimated = run(ESTIMATED);
    assertEquals(by(12, 3, estimated), estimated);
    assertTrue(Files.notExists(java.cache()));
    run();
    choose("library", "library");
    assertEquals(estimated, run(ESTIMATED));
    // What the time did not suffice for, and what another version may have called otherwise.
    choose("", "imaginary");
    assertEquals(estimated, run());
  }
}
