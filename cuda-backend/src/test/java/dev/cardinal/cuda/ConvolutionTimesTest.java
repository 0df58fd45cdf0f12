package dev.cardinal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Precision;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The lines that are compared with another library's; their times on the simulated GPU mean nothing. */
class ConvolutionTimesTest {
  private static final List<String> SMALL = List.of("# a remark", "", "grouped conv 16 16 4 3 1 1 8", "depthwise conv 16 16 16 3 2 1 8", "transposed transposed 16 8 2 4 2 1 8", "pointwise conv 16 8 1 1 1 0 8");

  @Test
  void everyConvolutionHasThreeDirections() throws IOException {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Device gpu = SimulatedGpu.open(SimulatedGpu.cuda(), 0, new DeviceOptions(0, false, Precision.FLOAT16))) {
      ConvolutionTimes.time(gpu, SMALL, 2, "float16", new PrintStream(out, true, StandardCharsets.UTF_8));
    }
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    Set<String> seen = new HashSet<>();
    for (String line : lines) {
      JsonNode op = new ObjectMapper().readTree(line);
      assertEquals("op", op.get("kind").asText());
      assertEquals(2, op.get("batch").asInt());
      assertTrue(op.get("ms").asDouble() > 0 && !op.get("how").asText().isEmpty(), line);
      seen.add(op.get("name").asText() + " " + op.get("direction").asText());
    }
    assertEquals(12, lines.size());
    assertEquals(12, seen.size(), seen.toString());
    assertTrue(seen.contains("transposed weights") && seen.contains("depthwise data"), seen.toString());
  }

  /** The list of the repository: every line is understood, and grouped, depthwise and transposed convolutions are in it. */
  @Test
  void theListIsWhole() throws IOException {
    Path list = Path.of("..", "scripts", "bench", "convolutions.txt");
    assumeTrue(Files.exists(list), "there is no " + list + " where this runs");
    List<String> kinds = new ArrayList<>();
    for (String line : Files.readAllLines(list)) {
      if (!line.startsWith("#") && !line.isBlank()) {
        String[] w = line.strip().split("\\s+");
        assertEquals(9, w.length, line);
        int in = Integer.parseInt(w[2]);
        int out = Integer.parseInt(w[3]);
        int groups = Integer.parseInt(w[4]);
        assertTrue(in % groups == 0 && out % groups == 0, line);
        kinds.add(w[1] + (groups == in && groups == out ? " depthwise" : groups > 1 ? " grouped" : ""));
      }
    }
    assertTrue(kinds.containsAll(List.of("conv", "conv grouped", "conv depthwise", "transposed", "transposed grouped", "transposed depthwise")), kinds.toString());
  }
}
