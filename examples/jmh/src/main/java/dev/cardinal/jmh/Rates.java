package dev.cardinal.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Arithmetic and traffic per second, beside the operations per second. */
@State(Scope.Thread)
@AuxCounters
public class Rates {
  /** In 10⁹ operations. */
  public double gflops;
  /** In 10⁹ bytes. */
  public double gigabytes;

  /** Begins to count. */
  @Setup(Level.Iteration)
  public void reset() {
    gflops = 0;
    gigabytes = 0;
  }

  void count(Repeated r) {
    gflops += 1e-9 * r.flops();
    gigabytes += 1e-9 * r.bytes();
  }
}
