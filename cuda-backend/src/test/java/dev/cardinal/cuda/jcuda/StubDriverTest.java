package dev.cardinal.cuda.jcuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cuda.StubDeviceProcess;
import dev.cardinal.cuda.natives.ForkedJvm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layer over JCuda, with the real JCuda natives on a driver library of our own whose device is the host's memory: whatever passes through arrives as it was given. */
final class StubDriverTest {
  @TempDir
  Path folder;

  private static boolean hasCompiler() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":")).anyMatch(p -> Files.isExecutable(Path.of(p, "cc")));
  }

  private void build(Path library) throws IOException, InterruptedException {
    Path source = folder.resolve("driver.c");
    try (InputStream in = StubDriverTest.class.getResourceAsStream("/stub/driver.c")) {
      Files.copy(in, source);
    }
    Process cc = new ProcessBuilder("cc", "-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", library.toString(), source.toString()).redirectErrorStream(true).start();
    String said = new String(cc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, cc.waitFor(), said);
    assertEquals("", said);
  }

  private void passes(Class<?> main, String lastWords) throws IOException, InterruptedException {
    assumeTrue(hasCompiler(), "a C compiler (cc) is needed to build the stub of the driver");
    Path library = folder.resolve("libcuda.so.1");
    build(library);
    Process p = ForkedJvm.start(main, library.toString(), folder.resolve("natives").toString());
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(p.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, p.exitValue(), said);
    assertTrue(said.endsWith(lastWords + "\n"), said);
  }

  @Test
  void everythingArrivesAsItWasGiven() throws IOException, InterruptedException {
    passes(StubDriverProcess.class, "all arrived");
  }

  @Test
  void programsOfCopiesRun() throws IOException, InterruptedException {
    passes(StubDeviceProcess.class, "all computed");
  }
}
