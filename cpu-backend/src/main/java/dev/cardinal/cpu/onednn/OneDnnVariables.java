package dev.cardinal.cpu.onednn;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.plan.HostCopy;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Variables in native memory, row-major: the layouts that convolutions want differ between forward and backward, so a program reorders weights as it needs them (little beside the convolution), and
 * the optimiser runs over flat memory.
 */
final class OneDnnVariables implements Variables {
  private final Map<String, TensorType> types = new LinkedHashMap<>();
  private final Map<String, NativeMemory> memory = new LinkedHashMap<>();

  @Override
  public Map<String, TensorType> types() {
    return Collections.unmodifiableMap(types);
  }

  /** The memory of a variable, which is added if it is not there. */
  NativeMemory memory(String name, TensorType type) {
    TensorType known = types.get(name);
    if (known != null && !known.equals(type)) {
      throw new DeviceException("variable " + name + " is " + known + ", not " + type + "; give one of them another name");
    }
    if (known == null) {
      memory.put(name, NativeMemory.allocate(Math.max(1, type.bytes()), "variable " + name));
      types.put(name, type);
    }
    return memory.get(name);
  }

  @Override
  public void write(String name, HostTensor value) {
    HostCopy.toNative(value, memory(name, value.type()).address());
  }

  @Override
  public HostTensor read(String name) {
    TensorType type = types.get(name);
    if (type == null) {
      throw new DeviceException("there is no variable " + name + "; known are " + types.keySet());
    }
    HostTensor t = HostTensor.zeros(type);
    HostCopy.fromNative(t, memory.get(name).address());
    return t;
  }

  @Override
  public long bytes() {
    return memory.values().stream().mapToLong(NativeMemory::bytes).sum();
  }

  @Override
  public void close() {
    memory.values().forEach(NativeMemory::close);
    memory.clear();
    types.clear();
  }
}
