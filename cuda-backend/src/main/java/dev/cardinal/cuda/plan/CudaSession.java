package dev.cardinal.cuda.plan;

import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.cache.AlgorithmMemory;
import dev.cardinal.backend.cache.PrivateFolder;
import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.Dnn;
import dev.cardinal.cuda.api.NcclAccess;
import dev.cardinal.cuda.cache.CompiledImages;
import dev.cardinal.cuda.kernel.KernelLibrary;
import dev.cardinal.cuda.kernel.KernelSources;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What programs of an opened device share: its context, the stream for computing and that for copying, libraries (made when first asked for) and compiled kernels. */
public final class CudaSession implements AutoCloseable {
  private static final int HOPPER = 90;
  private static final long BLAS_WORKSPACE = 4L << 20;
  private static final long BLAS_WORKSPACE_HOPPER = 32L << 20;
  private static final String WORKSPACE = "cardinal.cuda.workspaceMiB";
  private static final int WORKSPACE_MIB = 256;
  /** System property: whether algorithms are {@code measured}, as they are unless it says otherwise, or {@code estimated}. */
  private static final String ALGORITHMS = "cardinal.cuda.algorithms";
  private static final String ESTIMATED = "estimated";

  private final Cuda cuda;
  private final Map<Object, AutoCloseable> shared = new LinkedHashMap<>();
  private final CudaContext context;
  private final CudaStream stream;
  private final CudaStream copies;
  private final KernelLibrary kernels;
  private final DeviceOptions options;
  private final int driverVersion;
  private Dnn dnn;
  private Blas blas;
  private long blasWorkspace;
  private AlgorithmMemory algorithms;

  /** Opens a device. */
  public CudaSession(Cuda cuda, int ordinal, DeviceOptions options) {
    this.cuda = cuda;
    this.context = cuda.open(ordinal);
    this.stream = context.newStream();
    this.copies = context.newStream();
    this.kernels = new KernelLibrary(context, cuda.compiler(), new CompiledImages(PrivateFolder.ofUser(System.getenv(), "kernels")));
    this.options = options;
    this.driverVersion = cuda.driverVersion();
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

  /** NCCL, for exchanges with other devices, or why there is none. */
  public NcclAccess nccl() {
    return cuda.nccl();
  }

  /** What programs share under a key, made when first asked for; the session closes it. */
  public <T extends AutoCloseable> T shared(Object key, Class<T> type, Supplier<T> make) {
    return type.cast(shared.computeIfAbsent(key, k -> make.get()));
  }

  /** How the device is to be driven. */
  public DeviceOptions options() {
    return options;
  }

  /** Whether the fastest algorithms are found by measuring, which takes a while for each new shape, or taken by rule. */
  public boolean measures() {
    return !System.getProperty(ALGORITHMS, "measured").equals(ESTIMATED);
  }

  /** Most scratch memory that an algorithm may take, in bytes. */
  public long workspaceLimit() {
    return (long) Integer.getInteger(WORKSPACE, WORKSPACE_MIB) << 20;
  }

  /** What was measured on this GPU with these versions of driver, libraries and kernels. */
  public AlgorithmMemory algorithms() {
    if (algorithms == null) {
      String gpu = context.properties().name().replaceAll("[^A-Za-z0-9]+", "-") + "-" + context.properties().architecture();
      String versions = "driver" + driverVersion + "-cudnn" + dnn().version() + "-cublas" + blas().version() + "-kernels" + KernelSources.fingerprint();
      algorithms = new AlgorithmMemory(PrivateFolder.ofUser(System.getenv(), "algorithms"), gpu + "-" + versions + ".txt");
    }
    return algorithms;
  }

  /** Writes down what was measured since the last time. */
  public void saveAlgorithms() {
    if (algorithms != null) {
      algorithms.save();
    }
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
    closeShared();
    // A library that serves several devices may have left another's context current.
    context.makeCurrent();
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

  private void closeShared() {
    for (AutoCloseable c : shared.values()) {
      try {
        c.close();
      } catch (Exception e) {
        throw e instanceof RuntimeException r ? r : new IllegalStateException(e);
      }
    }
    shared.clear();
  }
}
