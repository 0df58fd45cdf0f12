package dev.cardinal.cuda;

import dev.cardinal.backend.BackendProvider;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Offers NVIDIA GPUs. This version only finds out what there is: its one device {@code cuda:0} is never usable, and says why. */
public final class CudaProvider implements BackendProvider {
  private final Path root;
  private final Map<String, String> environment;

  /** For this machine. */
  public CudaProvider() {
    this(Path.of("/"), System.getenv());
  }

  CudaProvider(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int preference() {
    return 200;
  }

  @Override
  public List<DeviceInfo> devices() {
    NvidiaDriver driver = NvidiaDriver.find(root, environment);
    return List.of(DeviceInfo.unusable("cuda:0", "CUDA", driver.problem(), driver.fix(), driver.details()));
  }

  @Override
  public Device open(String name, DeviceOptions options) {
    NvidiaDriver driver = NvidiaDriver.find(root, environment);
    throw new DeviceException("device " + name + " cannot be used: " + driver.problem() + ". " + driver.fix());
  }
}
