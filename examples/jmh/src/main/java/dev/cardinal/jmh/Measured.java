package dev.cardinal.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What all benchmarks of operations have in common: operations, GFLOP and GB per second on a device. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public abstract class Measured {
  /** A device's name; any that {@code cardinal devices} lists. */
  @Param("cpu")
  public String device;

  /** Pictures. */
  @Param("16")
  public int batch;

  Repeated repeated;

  final void run(Rates rates) {
    repeated.run();
    rates.count(repeated);
  }

  /** Frees the device. */
  @TearDown
  public void close() {
    repeated.close();
  }
}
