package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What bench says. */
final class BenchTest {
  @ParameterizedTest
  @ValueSource(strings = {"train", "infer"})
  void jsonHasEveryNumber(String mode) throws Exception {
    Ran r = Ran.cardinal("bench", "lenet5", "--size", 12, "--batch", 2, "--steps", 3, "--warmup", 1, "--mode", mode, "--device", "cpu:reference", "--json", "--profile");
    assertEquals(0, r.code(), r.err());
    JsonNode j = r.json();
    for (String key : List.of("net", "mode", "batch", "device", "engine", "median_s", "min_s", "images_per_s", "compile_s", "peak_rss_bytes")) {
      assertTrue(j.has(key), key);
    }
    assertEquals(mode, j.path("mode").asText());
    assertTrue(j.path("min_s").asDouble() > 0 && j.path("min_s").asDouble() <= j.path("median_s").asDouble(), j.toString());
    assertEquals(2 / j.path("median_s").asDouble(), j.path("images_per_s").asDouble(), 1e-6);
    assertTrue(j.path("peak_rss_bytes").asLong() > 10 << 20, j.toString());
    // Forward alone runs no backward convolution; training does.
    assertEquals(mode.equals("train"), j.path("profile").toString().contains("ConvBackwardWeights"), j.path("profile").toString());
  }
}
