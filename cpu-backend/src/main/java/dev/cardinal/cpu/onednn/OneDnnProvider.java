package dev.cardinal.cpu.onednn;

import dev.cardinal.backend.BackendProvider;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Precision;
import dev.cardinal.cpu.onednn.binding.OneDnn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fast CPU engine, usable wherever oneDNN's native library loads. */
public final class OneDnnProvider implements BackendProvider {
  static final String NAME = "cpu";
  private static final int PREFERENCE = 50;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return PREFERENCE;
  }

  @Override
  public List<DeviceInfo> devices() {
    return List.of(describe());
  }

  private static DeviceInfo describe() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
    try {
      OneDnn.load();
    } catch (LinkageError | RuntimeException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      String problem = "oneDNN's native library does not load on " + System.getProperty("os.name") + " " + System.getProperty("os.arch") + " (" + root.getMessage() + ")";
      return DeviceInfo.unusable(NAME, "oneDNN", problem, "Add org.bytedeco's dnnl, javacpp and opencl natives for this platform to the class path, or use --device cpu:reference", details);
    }
    details.put("instruction set", OneDnn.instructionSet());
    return DeviceInfo.usable(NAME, "oneDNN " + OneDnn.version(), processor(), details);
  }

  private static String processor() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    } catch (IOException e) {
      // Not Linux: the architecture has to do.
    }
    return System.getProperty("os.arch");
  }

  @Override
  public Device open(String name, DeviceOptions options) {
    DeviceInfo info = describe();
    if (!name.equals(NAME)) {
      throw new DeviceException("the oneDNN engine has one device, " + NAME + ", not " + name);
    }
    if (!info.usable()) {
      throw new DeviceException("device " + NAME + " cannot be used: " + info.problem() + ". " + info.fix());
    }
    return new OneDnnDevice(info, options.requirePrecision(NAME, Precision.FLOAT32, Precision.BFLOAT16));
  }
}
