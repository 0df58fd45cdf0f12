package dev.cardinal.cpu.reference;

import dev.cardinal.backend.BackendProvider;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Precision;
import java.util.List;
import java.util.Map;

/** Offers the reference engine: one device, {@code cpu:reference}, that is always usable and never the first choice. */
public final class ReferenceProvider implements BackendProvider {
  private static final String NAME = "cpu:reference";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return 0;
  }

  @Override
  public List<DeviceInfo> devices() {
    return List.of(describe(DeviceOptions.defaults()));
  }

  @Override
  public Device open(String name, DeviceOptions options) {
    if (!name.equals(NAME)) {
      throw new DeviceException("the reference engine has one device, " + NAME + ", got " + name);
    }
    options.requirePrecision(NAME, Precision.FLOAT32);
    return new ReferenceDevice(describe(options), threads(options));
  }

  private static DeviceInfo describe(DeviceOptions options) {
    String hardware = System.getProperty("os.arch") + ", " + threads(options) + " threads";
    return DeviceInfo.usable(NAME, "Java reference", hardware, Map.of("java", System.getProperty("java.vm.name") + " " + Runtime.version()));
  }

  private static int threads(DeviceOptions options) {
    return options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
  }
}
