package dev.cardinal.backend;

import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Map;

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
