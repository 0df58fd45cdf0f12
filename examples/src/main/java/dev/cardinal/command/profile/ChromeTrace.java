package dev.cardinal.command.profile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes steps on a time line in the Trace Event Format, which {@code ui.perfetto.dev} and {@code chrome://tracing} open. Process 1 has a track for the calling thread and one per device, on which
 * steps hold layers and layers hold operations; process 2 has a track for each kind of operation. Counters show arithmetic and traffic.
 *
 * <p>Launches of a device run one after the other, so a step's are laid end to end, the last ending with the run; what a run does before them (copying the inputs) is the gap at its beginning.
 */
public final class ChromeTrace {
  private static final int DEVICES = 1;
  private static final int KINDS = 2;
  private static final int CALLER = 1;
  private static final int FIRST_DEVICE = 2;

  /**
   * One step.
   *
   * @param begin when it began, in nanoseconds of any clock
   * @param ran when the run returned
   * @param end when its result was read
   * @param profile its launches
   */
  public record Step(long begin, long ran, long end, Profile profile) {}

  private final JsonGenerator out;
  private final long origin;
  private final Map<String, Integer> devices = new LinkedHashMap<>();
  private final Map<String, Integer> kinds = new LinkedHashMap<>();

  private ChromeTrace(JsonGenerator out, long origin) {
    this.out = out;
    this.origin = origin;
  }

  /**
   * Writes a file.
   *
   * @param title what ran
   * @param device what it ran on
   * @param steps at least one
   */
  public static void write(Path file, String title, String device, List<Step> steps) throws IOException {
    try (BufferedWriter w = Files.newBufferedWriter(file); JsonGenerator g = new JsonFactory().createGenerator(w)) {
      g.writeStartObject();
      g.writeStringField("displayTimeUnit", "ms");
      g.writeArrayFieldStart("traceEvents");
      ChromeTrace t = new ChromeTrace(g, steps.get(0).begin());
      for (int i = 0; i < steps.size(); i++) {
        t.step(i + 1, steps.get(i));
      }
      t.names(title, device);
      g.writeEndArray();
      g.writeEndObject();
    }
  }

  private void step(int number, Step s) throws IOException {
    slice(DEVICES, CALLER, "run " + number, "call", s.begin(), s.ran() - s.begin());
    slice(DEVICES, CALLER, "read", "call", s.ran(), s.end() - s.ran());
    Map<String, List<Launch>> of = new LinkedHashMap<>();
    s.profile().launches().forEach(l -> of.computeIfAbsent(l.device(), d -> new ArrayList<>()).add(l));
    for (Map.Entry<String, List<Launch>> e : of.entrySet()) {
      int track = devices.computeIfAbsent(e.getKey(), d -> FIRST_DEVICE + devices.size());
      device(number, track, e.getValue(), s);
    }
  }

  private void device(int number, int track, List<Launch> launches, Step s) throws IOException {
    long all = launches.stream().mapToLong(ChromeTrace::nanos).sum();
    long at = Math.max(s.begin(), s.ran() - all);
    slice(DEVICES, track, "step " + number, "step", at, all);
    for (int i = 0; i < launches.size(); ) {
      int end = i;
      long length = 0;
      while (end < launches.size() && sameLayer(launches.get(i), launches.get(end))) {
        length += nanos(launches.get(end++));
      }
      Launch first = launches.get(i);
      slice(DEVICES, track, first.gradient() ? first.layer() + " (backward)" : first.layer(), "layer", at, length);
      for (; i < end; i++) {
        launch(track, launches.get(i), at);
        at += nanos(launches.get(i));
      }
    }
    rates(track, 0, 0, at);
  }

  private static boolean sameLayer(Launch a, Launch b) {
    return a.layer().equals(b.layer()) && a.gradient() == b.gradient();
  }

  private void launch(int track, Launch l, long at) throws IOException {
    long length = nanos(l);
    begin(DEVICES, track, l.op(), "op", at, length);
    arguments(l);
    begin(KINDS, kinds.computeIfAbsent(l.op(), k -> kinds.size() + 1), l.layer(), "op", at, length);
    arguments(l);
    rates(track, l.gflops(), l.gigabytes(), at);
  }

  private void arguments(Launch l) throws IOException {
    out.writeObjectFieldStart("args");
    out.writeStringField("layer", l.layer());
    out.writeBooleanField("backward", l.gradient());
    out.writeStringField("op", l.op());
    out.writeStringField("kernel", l.kernel());
    out.writeNumberField("macs", l.macs());
    out.writeNumberField("bytes", l.bytes());
    out.writeNumberField("gflops", l.gflops());
    out.writeNumberField("gb_per_s", l.gigabytes());
    out.writeEndObject();
    out.writeEndObject();
  }

  private void rates(int track, double gflops, double gigabytes, long at) throws IOException {
    event("C", DEVICES, track, track == FIRST_DEVICE ? "rates" : "rates " + (track - FIRST_DEVICE), "rate", at);
    out.writeObjectFieldStart("args");
    out.writeNumberField("GFLOP/s", gflops);
    out.writeNumberField("GB/s", gigabytes);
    out.writeEndObject();
    out.writeEndObject();
  }

  private void names(String title, String device) throws IOException {
    name("process_name", DEVICES, 0, title);
    name("process_name", KINDS, 0, "by kind of operation");
    name("thread_name", DEVICES, CALLER, "calling thread");
    for (Map.Entry<String, Integer> e : devices.entrySet()) {
      name("thread_name", DEVICES, e.getValue(), e.getKey().isEmpty() ? device : device + ", rank " + e.getKey());
    }
    for (Map.Entry<String, Integer> e : kinds.entrySet()) {
      name("thread_name", KINDS, e.getValue(), e.getKey());
    }
  }

  private void name(String what, int process, int thread, String name) throws IOException {
    event("M", process, thread, what, "__metadata", origin);
    out.writeObjectFieldStart("args");
    out.writeStringField("name", name);
    out.writeEndObject();
    out.writeEndObject();
  }

  private void slice(int process, int thread, String name, String category, long at, long length) throws IOException {
    begin(process, thread, name, category, at, length);
    out.writeEndObject();
  }

  private void begin(int process, int thread, String name, String category, long at, long length) throws IOException {
    event("X", process, thread, name, category, at);
    out.writeNumberField("dur", length / 1e3);
  }

  /** Begins an event; times are in microseconds, as the format wants them. */
  private void event(String phase, int process, int thread, String name, String category, long at) throws IOException {
    out.writeStartObject();
    out.writeStringField("ph", phase);
    out.writeNumberField("pid", process);
    out.writeNumberField("tid", thread);
    out.writeStringField("name", name);
    out.writeStringField("cat", category);
    out.writeNumberField("ts", (at - origin) / 1e3);
  }

  private static long nanos(Launch l) {
    return Math.round(1e9 * l.seconds());
  }
}
