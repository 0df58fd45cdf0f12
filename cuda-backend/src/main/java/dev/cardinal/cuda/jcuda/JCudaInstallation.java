package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.NcclAccess;
import dev.cardinal.cuda.api.RuntimeCompiler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/** The driver of this machine. */
public final class JCudaInstallation implements Cuda {
  private static final int NAME_BYTES = 256;
  private final int driverVersion;
  private final List<DeviceProperties> devices = new ArrayList<>();
  private final NcclFinder findNccl;
  private NcclAccess nccl;

  /** Finds and loads NCCL. */
  public interface NcclFinder {
    /**
     * Finds it.
     *
     * @param driverVersion as in 12060
     * @param address tells where a stream is, as NCCL takes it
     */
    NcclAccess find(int driverVersion, ToLongFunction<CudaStream> address);
  }

  /** The driver by itself, without NCCL. */
  public JCudaInstallation() {
    this((version, address) -> NcclAccess.none("NCCL was not looked for"));
  }

  /**
   * Initialises the driver and looks at its devices.
   *
   * @param findNccl is asked when several devices are used
   */
  public JCudaInstallation(NcclFinder findNccl) {
    this.findNccl = findNccl;
    Check.driver("cuInit", JCudaDriver.cuInit(0), "flags", 0);
    int[] v = new int[1];
    Check.driver("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(v));
    driverVersion = v[0];
    Check.driver("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(v));
    for (int i = 0; i < v[0]; i++) {
      devices.add(look(i));
    }
  }

  private static DeviceProperties look(int ordinal) {
    CUdevice d = device(ordinal);
    byte[] name = new byte[NAME_BYTES];
    Check.driver("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, d), "device", ordinal);
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    long[] total = new long[1];
    Check.driver("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(total, d), "device", ordinal);
    return new DeviceProperties(ordinal, new String(name, 0, end, StandardCharsets.UTF_8),
        attribute(d, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR), attribute(d, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        attribute(d, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT), total[0], attribute(d, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE),
        attribute(d, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK), attribute(d, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
  }

  private static int attribute(CUdevice d, int attribute) {
    int[] v = new int[1];
    Check.driver("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(v, attribute, d), "attribute", CUdevice_attribute.stringFor(attribute));
    return v[0];
  }

  static CUdevice device(int ordinal) {
    CUdevice d = new CUdevice();
    Check.driver("cuDeviceGet", JCudaDriver.cuDeviceGet(d, ordinal), "ordinal", ordinal);
    return d;
  }

  @Override
  public List<DeviceProperties> devices() {
    return List.copyOf(devices);
  }

  @Override
  public int driverVersion() {
    return driverVersion;
  }

  @Override
  public CudaContext open(int ordinal) {
    return new JCudaContext(devices.get(ordinal));
  }

  @Override
  public synchronized NcclAccess nccl() {
    if (nccl == null) {
      nccl = findNccl.find(driverVersion, s -> ((JCudaStream) s).address());
    }
    return nccl;
  }

  @Override
  public RuntimeCompiler compiler() {
    return new NvrtcCompiler();
  }
}
