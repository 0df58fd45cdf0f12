package dev.cardinal.cuda;

import dev.cardinal.backend.BackendProvider;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.jcuda.JCudaInstallation;
import dev.cardinal.cuda.lowering.CudaLowerings;
import dev.cardinal.cuda.natives.CudaNatives;
import dev.cardinal.cuda.natives.LibraryFinder;
import dev.cardinal.cuda.natives.NativeStore;
import dev.cardinal.cuda.nccl.NcclLibrary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Offers NVIDIA GPUs: {@code cuda:0}, {@code cuda:1} and so on. Without a usable driver there is one device, {@code cuda:0}, which says why it cannot be used. */
public final class CudaProvider implements BackendProvider {
  private static final String PREFIX = "cuda:";
  private static final int OLDEST_CAPABILITY = 70;
  private final Path root;
  private final Map<String, String> environment;
  private final LibraryFinder finder;
  private final Function<Path, Cuda> loader;

  /** For this machine. */
  public CudaProvider() {
    this(Path.of("/"), System.getenv(), LibraryFinder.ofThisMachine(), CudaProvider::load);
  }

  CudaProvider(Path root, Map<String, String> environment, LibraryFinder finder, Function<Path, Cuda> loader) {
    this.root = root;
    this.environment = environment;
    this.finder = finder;
    this.loader = loader;
  }

  private static Cuda load(Path driver) {
    NativeStore store = NativeStore.ofUser(System.getenv());
    CudaNatives.loadDriver(driver, store);
    return new JCudaInstallation((version, address) -> NcclLibrary.load(LibraryFinder.ofThisMachine().find(version / CudaMachine.VERSION_MAJOR), store, address));
  }

  private CudaMachine look() {
    return CudaMachine.look(NvidiaDriver.find(root, environment), finder, loader);
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
    return devices(look());
  }

  private static List<DeviceInfo> devices(CudaMachine machine) {
    List<DeviceProperties> gpus = machine.cuda().map(Cuda::devices).orElse(List.of());
    if (gpus.isEmpty()) {
      return List.of(DeviceInfo.unusable(PREFIX + 0, "CUDA", machine.problem(), machine.fix(), machine.details()));
    }
    List<DeviceInfo> all = new ArrayList<>();
    for (DeviceProperties p : gpus) {
      all.add(describe(machine, p));
    }
    return all;
  }

  private static DeviceInfo describe(CudaMachine machine, DeviceProperties p) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("GPU", p.name() + ", " + p.architecture() + ", " + p.multiprocessors() + " multiprocessors, " + (p.totalBytes() >> 20) + " MiB");
    details.putAll(machine.details());
    String name = PREFIX + p.ordinal();
    if (!machine.problem().isEmpty()) {
      return DeviceInfo.unusable(name, "CUDA", machine.problem(), machine.fix(), details);
    }
    if (p.capability() < OLDEST_CAPABILITY) {
      return DeviceInfo.unusable(name, "CUDA", "the " + p.name() + " has compute capability " + p.major() + "." + p.minor() + ", and 7.0 (Volta, 2017) is the oldest that is driven", "Use --device cpu",
          details);
    }
    List<String> missing = CudaLowerings.ALL.missing();
    if (!missing.isEmpty()) {
      return DeviceInfo.unusable(name, "CUDA", "this version of Cardinal does not drive GPUs yet, although the " + p.name() + " and all libraries were found: it has no kernels for "
          + missing.size() + " operations, the first of which is " + missing.get(0), "Use --device cpu", details);
    }
    return DeviceInfo.usable(name, "CUDA " + machine.libraries().cuda(), p.name(), details);
  }

  @Override
  public Device open(String name, DeviceOptions options) {
    CudaMachine machine = look();
    DeviceInfo d = devices(machine).stream().filter(i -> i.name().equals(name)).findFirst()
        .orElseThrow(() -> new DeviceException("there is no device " + name + "; 'cardinal devices' lists those that are there"));
    if (!d.usable()) {
      throw new DeviceException("device " + name + " cannot be used: " + d.problem() + ". " + d.fix());
    }
    CudaNatives.loadLibraries(machine.libraries(), NativeStore.ofUser(environment));
    return new CudaDevice(machine.cuda().orElseThrow(), Integer.parseInt(name.substring(PREFIX.length())), d, options, CudaLowerings.ALL);
  }
}
