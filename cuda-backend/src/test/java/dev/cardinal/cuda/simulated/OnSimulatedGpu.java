package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/** Tests with an opened simulated GPU; what they make is closed after each. */
abstract class OnSimulatedGpu {
  /** An action that may fail in any way. */
  interface Closing {
    void close() throws Exception;
  }

  /** The machine. */
  protected SimulatedCuda cuda;
  /** Its first device. */
  protected CudaContext context;
  /** A stream of that. */
  protected CudaStream stream;
  private final Deque<Closing> owned = new ArrayDeque<>();

  @BeforeEach
  void open() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    cuda = SimulatedGpu.cuda();
    context = own(cuda.open(0));
    stream = own(context.newStream());
  }

  @AfterEach
  void close() throws Exception {
    while (!owned.isEmpty()) {
      if (owned.size() > 1) {
        context.makeCurrent();
      }
      owned.pop().close();
    }
  }

  /** Lets it be closed when the test ends, before what was made earlier. */
  <T extends AutoCloseable> T own(T t) {
    owned.push(t::close);
    return t;
  }

  /** Does something when the test ends. */
  void atEnd(Closing action) {
    owned.push(action);
  }

  /** Memory that is freed when the test ends. */
  long allocate(long bytes) {
    long a = context.allocate(bytes);
    owned.push(() -> context.free(a));
    return a;
  }

  /** Memory with floats. */
  long floats(float... values) {
    long a = allocate((long) values.length * Float.BYTES);
    context.copyToDevice(a, values, values.length);
    return a;
  }

  /** What lies there, after all work of the stream. */
  float[] read(long address, int n) {
    stream.synchronize();
    float[] v = new float[n];
    context.copyToHost(v, address, n);
    return v;
  }

  /** Compiled source. */
  CudaModule module(String source, String... options) {
    return own(context.loadModule(cuda.compiler().compile("test.cu", source, List.of(options)).image()));
  }

  /** Launches a kernel called k. */
  void launch(String source, LaunchShape shape, KernelArg... args) {
    module(source).function("k").prepare(shape, List.of(args)).launch(stream);
  }

  /** That there is a fault of that kind, and that its message has these words. */
  static void faults(SimulatedFault.Kind kind, String words, Executable planted) {
    SimulatedFault f = assertThrows(SimulatedFault.class, planted);
    assertTrue(f.getMessage().contains(words), f.getMessage());
    assertEquals(kind, f.kind(), f.getMessage());
  }
}
