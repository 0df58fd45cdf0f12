package dev.cardinal.train;

import dev.cardinal.nn.Module;
import dev.cardinal.tensor.HostTensor;
import java.util.function.BiConsumer;

/** A network's first values on their way through the Java heap to a device. */
public final class FirstValues {
  /** Bytes of a network whose first values are worth a collection of garbage. */
  private static final long LARGE = 64L << 20;

  private FirstValues() {}

  /** Hands over one parameter's values after the other, none of which should be kept: what they took goes back to the system, because values between layers will soon take its place outside the heap. */
  public static void pass(Module net, long seed, BiConsumer<String, HostTensor> take) {
    net.initialize(seed, take);
    if (net.parameters().values().stream().mapToLong(p -> p.type().bytes()).sum() > LARGE) {
      System.gc();
    }
  }
}
