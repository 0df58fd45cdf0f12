package dev.cardinal.cuda;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Variables;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.plan.CudaSession;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Variables in device memory, each in memory of its own, since programs of different graphs share them. */
final class CudaVariables implements Variables {
  private final CudaSession session;
  private final Map<String, TensorType> types = new LinkedHashMap<>();
  private final Map<String, Long> addresses = new LinkedHashMap<>();

  CudaVariables(CudaSession session) {
    this.session = session;
  }

  @Override
  public Map<String, TensorType> types() {
    return Collections.unmodifiableMap(types);
  }

  boolean isOf(CudaSession other) {
    return session == other;
  }

  /** The memory of a variable, which is added, as zeros, if it is not there. */
  long address(String name, TensorType type) {
    TensorType known = types.get(name);
    if (known != null && !known.equals(type)) {
      throw new DeviceException("variable " + name + " is " + known + ", not " + type + "; give one of them another name");
    }
    if (known == null) {
      long bytes = Math.max(1, type.bytes());
      long address = allocate(name, type, bytes);
      session.stream().fill(address, (byte) 0, bytes);
      addresses.put(name, address);
      types.put(name, type);
    }
    return addresses.get(name);
  }

  private long allocate(String name, TensorType type, long bytes) {
    try {
      return session.context().allocate(bytes);
    } catch (CudaException e) {
      if (!e.outOfMemory()) {
        throw e;
      }
      throw new DeviceException("variable " + name + " " + type + " needs " + (bytes >> 20) + " MiB of memory on " + session.context().properties().name() + ", where "
          + (session.context().memory().freeBytes() >> 20) + " MiB are free and the variables before it take " + (bytes() >> 20) + " MiB; use a smaller network, or end what else uses the GPU", e);
    }
  }

  @Override
  public void write(String name, HostTensor value) {
    session.context().makeCurrent();
    long address = address(name, value.type());
    // Runs that were issued before still see the old value.
    session.stream().synchronize();
    session.context().copyToDevice(address, value.array(), value.size());
  }

  @Override
  public HostTensor read(String name) {
    TensorType type = types.get(name);
    if (type == null) {
      throw new DeviceException("there is no variable " + name + "; known are " + types.keySet());
    }
    HostTensor t = HostTensor.zeros(type);
    session.context().makeCurrent();
    session.stream().synchronize();
    session.context().copyToHost(t.array(), addresses.get(name), t.size());
    return t;
  }

  @Override
  public long bytes() {
    return types.values().stream().mapToLong(TensorType::bytes).sum();
  }

  @Override
  public void close() {
    session.context().makeCurrent();
    addresses.values().forEach(session.context()::free);
    addresses.clear();
    types.clear();
  }
}
