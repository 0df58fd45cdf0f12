package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.Dnn;
import dev.cardinal.cuda.api.MemoryInfo;
import dev.cardinal.cuda.api.PinnedMemory;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The primary context of a device: the one that cuDNN and cuBLAS use too. */
final class JCudaContext implements CudaContext {
  private final DeviceProperties properties;
  private final CUdevice device;
  private final CUcontext context = new CUcontext();

  JCudaContext(DeviceProperties properties) {
    this.properties = properties;
    this.device = JCudaInstallation.device(properties.ordinal());
    Check.driver("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "device", properties.ordinal());
    makeCurrent();
  }

  CUcontext context() {
    return context;
  }

  @Override
  public DeviceProperties properties() {
    return properties;
  }

  @Override
  public MemoryInfo memory() {
    long[] free = new long[1];
    long[] total = new long[1];
    Check.driver("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
    return new MemoryInfo(free[0], total[0]);
  }

  @Override
  public void makeCurrent() {
    Check.driver("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context), "device", properties.ordinal());
  }

  @Override
  public void synchronize() {
    Check.driver("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize(), "device", properties.ordinal());
  }

  @Override
  public long allocate(long bytes) {
    DeviceAddress p = new DeviceAddress();
    Check.driver("cuMemAlloc", JCudaDriver.cuMemAlloc(p, bytes), "bytes", bytes);
    return p.address();
  }

  @Override
  public void free(long address) {
    Check.driver("cuMemFree", JCudaDriver.cuMemFree(DeviceAddress.of(address)), "address", Long.toHexString(address));
  }

  @Override
  public PinnedMemory allocatePinned(long bytes) {
    return new JCudaPinnedMemory(bytes);
  }

  @Override
  public CudaStream newStream() {
    return new JCudaStream(this);
  }

  @Override
  public CudaEvent newEvent(boolean timing) {
    return new JCudaEvent(timing);
  }

  @Override
  public void copyToDevice(long destination, Object array, int elements) {
    long bytes = elements * HostAddress.elementBytes(array);
    Check.driver("cuMemcpyHtoD", JCudaDriver.cuMemcpyHtoD(DeviceAddress.of(destination), HostAddress.ofArray(array), bytes), "destination", Long.toHexString(destination), "bytes", bytes);
  }

  @Override
  public void copyToHost(Object array, long source, int elements) {
    long bytes = elements * HostAddress.elementBytes(array);
    Check.driver("cuMemcpyDtoH", JCudaDriver.cuMemcpyDtoH(HostAddress.ofArray(array), DeviceAddress.of(source), bytes), "source", Long.toHexString(source), "bytes", bytes);
  }

  @Override
  public boolean enablePeerAccess(CudaContext peer) {
    int code = JCudaDriver.cuCtxEnablePeerAccess(((JCudaContext) peer).context, 0);
    if (code == CUresult.CUDA_ERROR_PEER_ACCESS_UNSUPPORTED) {
      return false;
    }
    if (code != CUresult.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) {
      Check.driver("cuCtxEnablePeerAccess", code, "device", properties.ordinal(), "peer", peer.properties().ordinal());
    }
    return true;
  }

  @Override
  public CudaModule loadModule(byte[] image) {
    return new JCudaModule(image);
  }

  @Override
  public Dnn newDnn(CudaStream stream) {
    return new CudnnDnn((JCudaStream) stream);
  }

  @Override
  public Blas newBlas(CudaStream stream) {
    return new CublasBlas((JCudaStream) stream);
  }

  @Override
  public void close() {
    Check.driver("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device), "device", properties.ordinal());
  }
}
