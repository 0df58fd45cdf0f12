package dev.cardinal.backend;

import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** State on a device that outlives runs and is shared by programs: parameters, running statistics, optimiser state. The physical layout is the device's affair. */
public interface Variables extends AutoCloseable {
  /** The variables that exist, in order of creation. */
  Map<String, TensorType> types();

  /**
   * Sets a variable, creating it if it does not exist.
   *
   * @throws DeviceException if it exists with another type
   */
  void write(String name, HostTensor value);

  /**
   * Sets a variable by its elements, creating it if it does not exist.
   *
   * @param elements by linear (row-major) index, asked for once each and in order; a device may take them in pieces, so that never the whole variable lies in the Java heap
   * @throws DeviceException if it exists with another type
   */
  default void write(String name, TensorType type, IntToDoubleFunction elements) {
    write(name, HostTensor.generate(type, elements));
  }

  /**
   * A copy of a variable's value.
   *
   * @throws DeviceException if there is none of that name
   */
  HostTensor read(String name);

  /** Bytes allocated. */
  long bytes();

  @Override
  void close();
}
