package dev.cardinal.cpu.reference;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Variables;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Variables as host tensors by name. A stored tensor is never changed, only replaced, so a run may read it without copying. */
final class ReferenceVariables implements Variables {
  private final ReferenceDevice device;
  private final Map<String, HostTensor> values = new LinkedHashMap<>();
  private boolean closed;

  ReferenceVariables(ReferenceDevice device) {
    this.device = device;
  }

  ReferenceDevice device() {
    return device;
  }

  @Override
  public Map<String, TensorType> types() {
    requireOpen();
    Map<String, TensorType> types = new LinkedHashMap<>();
    values.forEach((name, v) -> types.put(name, v.type()));
    return Collections.unmodifiableMap(types);
  }

  @Override
  public void write(String name, HostTensor value) {
    requireOpen();
    requireType(name, value.type());
    values.put(name, value.copy());
  }

  @Override
  public HostTensor read(String name) {
    return current(name).copy();
  }

  @Override
  public long bytes() {
    requireOpen();
    return values.values().stream().mapToLong(v -> v.type().bytes()).sum();
  }

  /** Adds a variable of zeros unless it exists. */
  void ensure(String name, TensorType type) {
    requireOpen();
    requireType(name, type);
    if (!values.containsKey(name)) {
      values.put(name, HostTensor.zeros(type));
    }
  }

  /** The stored tensor itself, only to be read. */
  HostTensor current(String name) {
    requireOpen();
    HostTensor v = values.get(name);
    if (v == null) {
      throw new DeviceException("there is no variable " + name + "; known are " + values.keySet());
    }
    return v;
  }

  /** Stores a tensor that nobody will change. */
  void replace(String name, HostTensor value) {
    values.put(name, value);
  }

  private void requireType(String name, TensorType type) {
    HostTensor known = values.get(name);
    if (known != null && !known.type().equals(type)) {
      throw new DeviceException("variable " + name + " is " + known.type() + ", cannot be " + type
          + "; use the same network for both, or other variables");
    }
  }

  private void requireOpen() {
    device.requireOpen();
    if (closed) {
      throw new IllegalStateException("these variables are closed; make new ones with newVariables()");
    }
  }

  @Override
  public void close() {
    closed = true;
    values.clear();
  }
}
