package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaStream;
import jcuda.driver.CUgraph;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.cudaStream_t;

final class JCudaStream implements CudaStream {
  private final JCudaContext context;
  private final Handle stream = new Handle();

  JCudaStream(JCudaContext context) {
    this.context = context;
    Check.driver("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "flags", "CU_STREAM_NON_BLOCKING");
  }

  /** The handle, with the address that JCuda keeps to itself. */
  private static final class Handle extends CUstream {
    private long address() {
      return getNativePointer();
    }
  }

  /** The handle as other libraries of CUDA's take it. */
  long address() {
    return stream.address();
  }

  CUstream stream() {
    return stream;
  }

  /** The same stream as the runtime's type, which cuDNN and cuBLAS take. */
  cudaStream_t runtimeStream() {
    return new cudaStream_t(stream);
  }

  @Override
  public void copyToDevice(long destination, long hostSource, long bytes) {
    Check.driver("cuMemcpyHtoDAsync", JCudaDriver.cuMemcpyHtoDAsync(DeviceAddress.of(destination), HostAddress.of(hostSource), bytes, stream), "destination", Long.toHexString(destination), "bytes",
        bytes);
  }

  @Override
  public void copyToHost(long hostDestination, long source, long bytes) {
    Check.driver("cuMemcpyDtoHAsync", JCudaDriver.cuMemcpyDtoHAsync(HostAddress.of(hostDestination), DeviceAddress.of(source), bytes, stream), "source", Long.toHexString(source), "bytes", bytes);
  }

  @Override
  public void copy(long destination, long source, long bytes) {
    Check.driver("cuMemcpyDtoDAsync", JCudaDriver.cuMemcpyDtoDAsync(DeviceAddress.of(destination), DeviceAddress.of(source), bytes, stream), "destination", Long.toHexString(destination), "source",
        Long.toHexString(source), "bytes", bytes);
  }

  @Override
  public void copyFromPeer(long destination, CudaContext sourceDevice, long source, long bytes) {
    JCudaContext from = (JCudaContext) sourceDevice;
    Check.driver("cuMemcpyPeerAsync", JCudaDriver.cuMemcpyPeerAsync(DeviceAddress.of(destination), context.context(), DeviceAddress.of(source), from.context(), bytes, stream), "device",
        context.properties().ordinal(), "peer", from.properties().ordinal(), "bytes", bytes);
  }

  @Override
  public void fill(long address, byte value, long bytes) {
    Check.driver("cuMemsetD8Async", JCudaDriver.cuMemsetD8Async(DeviceAddress.of(address), value, bytes, stream), "address", Long.toHexString(address), "bytes", bytes);
  }

  @Override
  public void fillInts(long address, int value, long count) {
    Check.driver("cuMemsetD32Async", JCudaDriver.cuMemsetD32Async(DeviceAddress.of(address), value, count, stream), "address", Long.toHexString(address), "count", count);
  }

  @Override
  public void waitFor(CudaEvent event) {
    Check.driver("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(stream, ((JCudaEvent) event).event(), 0));
  }

  @Override
  public void synchronize() {
    Check.driver("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
  }

  @Override
  public void beginCapture() {
    // Thread-local: other threads may go on allocating, for another device or program.
    Check.driver("cuStreamBeginCapture", JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
  }

  @Override
  public CudaGraph endCapture() {
    CUgraph graph = new CUgraph();
    Check.driver("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
    try {
      return new JCudaGraph(graph);
    } finally {
      Check.driver("cuGraphDestroy", JCudaDriver.cuGraphDestroy(graph));
    }
  }

  @Override
  public void close() {
    Check.driver("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
  }
}
