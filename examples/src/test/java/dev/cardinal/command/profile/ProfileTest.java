package dev.cardinal.command.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cardinal.backend.NodeTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Profiles of made-up times. */
final class ProfileTest {
  /** 100 GFLOP/s and 10 GB/s. */
  private static final Peaks PEAKS = new Peaks(100, 10);

  @Test
  void timesAreThoseOfOneRunBetweenTwoLooks() {
    List<NodeTime> before = List.of(new NodeTime("conv1", "Conv", "jit", 2, 5.0, 10, 20));
    List<NodeTime> after = List.of(new NodeTime("conv1", "Conv", "jit", 6, 6.0, 10, 20));
    assertEquals(0.25, Profile.between(before, after).seconds(), 1e-12);
    assertEquals(1, Profile.between(List.of(), after).seconds(), 1e-12);
  }

  @Test
  void aLayerHoldsItsGradients() {
    Profile p = Profile.between(List.of(), List.of(time("conv1", "Conv", 1), time("1:~conv1", "ConvBackwardData", 2), time("~conv1", "ConvBackwardWeights", 4), time("conv2", "Conv", 3)));
    assertEquals(List.of("conv1", "conv2", "1:conv1"), p.byLayer().stream().map(Row::name).toList());
    assertEquals(5, p.byLayer().get(0).seconds(), 1e-12);
    assertEquals(4, p.byLayer().get(0).gradientSeconds(), 1e-12);
    assertEquals(2, p.byLayer().get(0).launches());
    assertEquals(List.of("Conv", "ConvBackwardWeights", "ConvBackwardData"), p.byOp().stream().map(Row::name).toList());
    assertEquals("1", p.launches().get(1).device());
  }

  private static NodeTime time(String name, String op, double seconds) {
    return new NodeTime(name, op, "kernel", 1, seconds, 0, 0);
  }

  @Test
  void everyLaunchIsAtTheLimitThatTakesItLonger() {
    Profile p = Profile.between(List.of(), List.of(
        new NodeTime("memory", "Scale", "", 1, 1.0, 0, 8_000_000_000L), // 80 % of the bandwidth
        new NodeTime("arithmetic", "Conv", "", 1, 2.0, 80_000_000_000L, 8_000_000L), // 80 % of the arithmetic
        new NodeTime("slow", "Conv", "", 1, 1.0, 10_000_000_000L, 1_000_000_000L), // 20 % and 10 %
        new NodeTime("cached", "Scale", "", 1, 1.0, 0, 20_000_000_000L))); // twice the bandwidth
    Roofline r = Roofline.of(p, PEAKS);
    assertEquals(0.4, r.memoryShare(), 1e-9);
    assertEquals(0.4, r.arithmeticShare(), 1e-9);
    assertEquals(0.2, r.neitherShare(), 1e-9);
    // 0.8 + 1.6 + 0.2 + 1 of 5 seconds
    assertEquals(3.6 / 5, r.attainable(), 1e-9);
  }

  @Test
  void slicesOfATrackLieWithinEachOther(@TempDir Path folder) throws IOException {
    Profile p = Profile.between(List.of(), List.of(time("a", "Conv", 0.001), time("a", "Reorder", 0.0005), time("~a", "Conv", 0.002), time("1:b", "Conv", 0.004)));
    Path file = folder.resolve("trace.json");
    ChromeTrace.write(file, "title", "cpu", List.of(new ChromeTrace.Step(1_000_000, 6_000_000, 6_100_000, p), new ChromeTrace.Step(7_000_000, 13_000_000, 13_000_000, p)));
    JsonNode events = new JsonMapper().readTree(Files.readString(file)).path("traceEvents");
    List<String> names = new ArrayList<>();
    List<JsonNode> open = new ArrayList<>();
    for (JsonNode e : events) {
      if (e.path("ph").asText().equals("X") && e.path("pid").asInt() == 1 && e.path("tid").asInt() == 2) {
        double end = e.path("ts").asDouble() + e.path("dur").asDouble();
        open.removeIf(o -> o.path("ts").asDouble() + o.path("dur").asDouble() <= e.path("ts").asDouble() + 1e-6);
        open.forEach(o -> assertTrue(end <= o.path("ts").asDouble() + o.path("dur").asDouble() + 1e-6, e + " ends after " + o));
        open.add(e);
        names.add(open.size() + " " + e.path("name").asText());
      }
    }
    assertEquals(List.of("1 step 1", "2 a", "3 Conv", "3 Reorder", "2 a (backward)", "3 Conv", "1 step 2", "2 a", "3 Conv", "3 Reorder", "2 a (backward)", "3 Conv"), names);
    // The launches of device 0 take 3.5 ms of a run that returned at 5 ms.
    JsonNode step = events.valueStream().filter(e -> e.path("name").asText().equals("step 1")).findFirst().orElseThrow();
    assertEquals(1500, step.path("ts").asDouble(), 1e-6);
    assertEquals(3500, step.path("dur").asDouble(), 1e-6);
  }
}
