package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.report.ContactSheet;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Looks over everything that training needs. */
@Command(name = "doctor", description = "Looks over Java, engines, driver and libraries; says why a GPU is or is not used, and what to do.")
final class DoctorCommand extends BaseCommand {
  /**
   * One thing looked at.
   *
   * @param fix what to do; empty if all is well
   */
  private record Finding(String what, boolean ok, String found, String fix) {}

  private final List<Finding> findings = new ArrayList<>();

  @Override
  int execute() throws Exception {
    java();
    List<DeviceInfo> devices = Devices.list();
    devices.forEach(this::device);
    boolean usable = devices.stream().anyMatch(DeviceInfo::usable);
    drawing();
    folder();
    for (Finding f : findings) {
      say("%s  %-20s %s", f.ok() ? "ok  " : "look", f.what(), f.found());
      if (!f.fix().isEmpty()) {
        say("      %-20s -> %s", "", f.fix());
      }
    }
    String verdict = usable ? "--device auto uses " + devices.stream().filter(DeviceInfo::usable).findFirst().map(d -> d.name() + " (" + d.engine() + ")").orElseThrow()
        : "no device can be used";
    say("");
    say("%s.", verdict);
    ObjectNode o = object().put("ok", usable).put("verdict", verdict).put("cardinal", Version.cardinal());
    ArrayNode list = o.putArray("findings");
    findings.forEach(f -> list.addObject().put("what", f.what()).put("ok", f.ok()).put("found", f.found()).put("fix", f.fix()));
    ArrayNode all = o.putArray("devices");
    devices.forEach(d -> all.add(DevicesCommand.toJson(d)));
    result(o);
    return usable ? 0 : Failures.FAILED;
  }

  private void ok(String what, String found) {
    findings.add(new Finding(what, true, found, ""));
  }

  private void java() {
    Runtime r = Runtime.getRuntime();
    ok("Cardinal", Version.cardinal());
    ok("Java", Version.java() + ", " + System.getProperty("java.home"));
    ok("machine", String.format(java.util.Locale.ROOT, "%s %s, %s, %d processors", System.getProperty("os.name"), System.getProperty("os.version"), System.getProperty("os.arch"), r.availableProcessors()));
    long heap = r.maxMemory() >> 20;
    findings.add(new Finding("Java heap", heap >= 512, "at most " + heap + " MiB", heap >= 512 ? "" : "set CARDINAL_JAVA_OPTS=-Xmx2g"));
  }

  /** An engine that calls itself usable must also compute. */
  private void device(DeviceInfo d) {
    if (!d.usable()) {
      findings.add(new Finding("device " + d.name(), false, d.problem(), d.fix()));
    } else {
      String problem = computes(d.name());
      findings.add(new Finding("device " + d.name(), problem.isEmpty(), problem.isEmpty() ? d.engine() + ", " + d.hardware() + "; a grouped convolution came out right" : problem,
          problem.isEmpty() ? "" : "use another --device, and report this"));
    }
    for (Map.Entry<String, String> e : d.details().entrySet()) {
      ok("  " + e.getKey(), e.getValue());
    }
  }

  private static String computes(String name) {
    try (Device device = Devices.open(name)) {
      HostTensor x = HostTensor.of(Shape.of(1, 2, 1, 2), 1f, 2f, 3f, 4f);
      HostTensor w = HostTensor.of(Shape.of(2, 1, 1, 1), 10f, 100f);
      HostTensor y = SingleOp.run(device, new Conv(ConvGeometry.of(2).withGroups(2)), x, w).get(0);
      return y.sameBits(HostTensor.of(Shape.of(1, 2, 1, 2), 10f, 20f, 300f, 400f)) ? "" : "a grouped convolution came out wrong: " + y;
    } catch (RuntimeException | LinkageError e) {
      return "it cannot compute: " + Failures.sentence(e);
    }
  }

  private void drawing() {
    try {
      ContactSheet.draw(List.of(new ContactSheet.Tile(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "text")), 1, 32);
      ok("charts and fonts", "drawn without a display");
    } catch (RuntimeException | LinkageError e) {
      findings.add(new Finding("charts and fonts", false, "nothing can be drawn: " + e, "install the packages fontconfig and fonts-dejavu, or a JDK that is not 'headless minimal'"));
    }
  }

  private void folder() {
    Path here = Path.of("").toAbsolutePath();
    boolean writable = Files.isWritable(here);
    findings.add(new Finding("run folders", writable, writable ? "made below " + here.resolve("runs") + ", " + (here.toFile().getUsableSpace() >> 20) + " MiB free" : "no permission to write in " + here,
        writable ? "" : "go to another folder, or name one with --out"));
  }
}
