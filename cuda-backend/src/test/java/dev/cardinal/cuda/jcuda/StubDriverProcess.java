package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.api.MemoryInfo;
import dev.cardinal.cuda.api.PinnedMemory;
import dev.cardinal.cuda.natives.CudaNatives;
import dev.cardinal.cuda.natives.NativeStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What {@link StubDriverTest} runs in a process of its own, since a driver is loaded once. */
final class StubDriverProcess {
  private static final int N = 6;
  private static final LaunchShape SHAPE = new LaunchShape(7, 5, 3, 32, 4, 2, 1024);

  private StubDriverProcess() {}

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  public static void main(String[] args) {
    String temporary = System.getProperty("java.io.tmpdir");
    CudaNatives.loadDriver(Path.of(args[0]), new NativeStore(Path.of(args[1])));
    require(temporary.equals(System.getProperty("java.io.tmpdir")), "the temporary folder is what it was");
    Cuda cuda = new JCudaInstallation();
    require(cuda.driverVersion() == 13010, "driver version");
    require(cuda.devices().get(1).equals(new DeviceProperties(1, "Stub One", 751, 761, 161, 2L << 33, 381, 81, 971)), "properties " + cuda.devices());
    try (CudaContext context = cuda.open(0); CudaContext other = cuda.open(1); CudaStream stream = context.newStream()) {
      require(context.memory().equals(new MemoryInfo(5L << 32, 6L << 32)), "memory info");
      require(context.enablePeerAccess(context) && !context.enablePeerAccess(other), "peer access");
      memory(context, other, stream);
      kernels(context, stream);
      events(context, stream);
    }
    System.out.println("all arrived");
  }

  private static void memory(CudaContext context, CudaContext other, CudaStream stream) {
    long a = context.allocate(4096);
    long b = context.allocate(4096);
    float[] given = {1.5f, -2, 3, Float.NaN, 0, 7};
    context.copyToDevice(a, given, N);
    float[] back = new float[N];
    stream.copy(b + 64, a, N * Float.BYTES);
    context.copyToHost(back, b + 64, N);
    require(Arrays.equals(given, back), "arrays and addresses with offsets");
    try (PinnedMemory pinned = context.allocatePinned(256)) {
      for (int i = 0; i < N; i++) {
        pinned.buffer(16, N * Integer.BYTES).putInt(i * Integer.BYTES, 100 + i);
      }
      stream.copyToDevice(a, pinned.address() + 16, N * Integer.BYTES);
      int[] ints = new int[N];
      context.copyToHost(ints, a, N);
      require(ints[0] == 100 && ints[N - 1] == 105, "pinned memory to the device " + Arrays.toString(ints));
      stream.fillInts(a, 77, 2);
      stream.fill(a + 8, (byte) -1, 4);
      stream.copyToHost(pinned.address() + 128, a, N * Integer.BYTES);
      require(pinned.buffer(128, 16).getInt(4) == 77 && pinned.buffer(128, 16).getInt(8) == -1 && pinned.buffer(128, 16).getInt(12) == 103, "fills and pinned memory from the device");
    }
    stream.copyFromPeer(b, other, a, 8);
    long[] word = new long[1];
    context.copyToHost(word, b, 1);
    require(word[0] == (77L << 32 | 77), "peer copy");
    try {
      context.allocate(1L << 31);
      throw new IllegalStateException("too much memory was given");
    } catch (CudaException e) {
      require(e.outOfMemory() && e.getMessage().equals("cuMemAlloc(bytes = 2147483648) failed with code 2: CUDA_ERROR_OUT_OF_MEMORY"), e.getMessage());
    }
    context.free(a);
    context.free(b);
  }

  private static void kernels(CudaContext context, CudaStream stream) {
    try (CudaModule module = context.loadModule("image\0".getBytes(StandardCharsets.US_ASCII))) {
      CudaFunction scale = module.function("scale");
      require(scale.registers() == 32 && scale.localBytes() == 0, "attributes");
      scale.allowSharedBytes(65536);
      long y = context.allocate(1024);
      context.copyToDevice(y, new float[] {1, 2, 3, 4, 5, 6}, N);
      CudaLaunch launch = scale.prepare(SHAPE, List.of(KernelArg.inOut(y, N * Float.BYTES), KernelArg.of(2f), KernelArg.of(N), KernelArg.of(3L << 32)));
      launch.launch(stream);
      launch.launch(stream);
      float[] back = new float[N];
      context.copyToHost(back, y, N);
      require(Arrays.equals(new float[] {13, 17, 21, 25, 29, 33}, back), "kernel arguments " + Arrays.toString(back));
      stream.beginCapture();
      launch.launch(stream);
      try (CudaGraph graph = stream.endCapture()) {
        context.copyToHost(back, y, N);
        require(back[0] == 13, "capture does nothing yet");
        graph.launch(stream);
        graph.launch(stream);
      }
      context.copyToHost(back, y, N);
      require(back[0] == 61, "graph launches " + back[0]);
      try {
        module.function("none");
        throw new IllegalStateException("a kernel was found that is not there");
      } catch (CudaException e) {
        require(e.getMessage().contains("cuModuleGetFunction(name = none)") && e.getMessage().contains("NOT_FOUND"), e.getMessage());
      }
      context.free(y);
    }
  }

  private static void events(CudaContext context, CudaStream stream) {
    try (CudaEvent start = context.newEvent(true); CudaEvent end = context.newEvent(false)) {
      start.record(stream);
      stream.waitFor(start);
      end.synchronize();
      require(end.happened() && end.millisSince(start) == 2.5f, "events");
      stream.beginCapture();
      require(!end.happened(), "what has not happened yet");
      stream.endCapture().close();
    }
    stream.synchronize();
    context.synchronize();
  }
}
