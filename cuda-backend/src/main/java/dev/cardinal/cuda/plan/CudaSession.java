package dev.cardinal.cuda.plan;

import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.Dnn;
import dev.cardinal.cuda.kernel.KernelLibrary;

/** What programs of an opened device share: its context, the stream for computing and that for copying, libraries (made when first asked for) and compiled kernels. */
public final class CudaSession implements AutoCloseable {
  private static final int HOPPER = 90;
  private static final long BLAS_WORKSPACE = 4L << 20;
  private static final long BLAS_WORKSPACE_HOPPER = 32L << 20;

  private final CudaContext context;
  private final CudaStream stream;
  private final CudaStream copies;
  private final KernelLibrary kernels;
  private final DeviceOptions options;
  private Dnn dnn;
  private Blas blas;
  private long blasWorkspace;

  /** Opens a device. */
  public CudaSession(Cuda cuda, int ordinal, DeviceOptions options) {
    this.context = cuda.open(ordinal);
    this.stream = context.newStream();
    this.copies = context.newStream();
    this.kernels = new KernelLibrary(context, cuda.compiler());
    this.options = options;
  }

  /** The device's context. */
  public CudaContext context() {
    return context;
  }

  /** The stream that all steps go to. */
  public CudaStream stream() {
    return stream;
  }

  /** The stream that inputs are copied on. */
  public CudaStream copies() {
    return copies;
  }

  /** Our own kernels. */
  public KernelLibrary kernels() {
    return kernels;
  }

  /** How the device is to be driven. */
  public DeviceOptions options() {
    return options;
  }

  /** cuDNN, on the computing stream. */
  public Dnn dnn() {
    if (dnn == null) {
      dnn = context.newDnn(stream);
    }
    return dnn;
  }

  /** cuBLAS, on the computing stream, with workspace of our own. */
  public Blas blas() {
    if (blas == null) {
      blas = context.newBlas(stream);
      long bytes = context.properties().capability() >= HOPPER ? BLAS_WORKSPACE_HOPPER : BLAS_WORKSPACE;
      blasWorkspace = context.allocate(bytes);
      blas.setWorkspace(blasWorkspace, bytes);
    }
    return blas;
  }

  @Override
  public void close() {
    context.makeCurrent();
    context.synchronize();
    if (dnn != null) {
      dnn.close();
    }
    if (blas != null) {
      blas.close();
      context.free(blasWorkspace);
    }
    kernels.close();
    copies.close();
    stream.close();
    context.close();
  }
}
