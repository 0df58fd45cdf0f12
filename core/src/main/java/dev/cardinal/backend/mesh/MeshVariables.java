package dev.cardinal.backend.mesh;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Variables;
import dev.cardinal.op.Layout;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Variables that lie over several devices and are read and written whole, so that nobody outside knows how they lie. What is written before a program decides how it lies waits in the Java heap.
 */
final class MeshVariables implements Variables {
  private final MeshDevice device;
  private final List<Variables> shares;
  private final Map<String, TensorType> types = new LinkedHashMap<>();
  private final Map<String, Layout> layouts = new LinkedHashMap<>();
  private final Map<String, HostTensor> waiting = new LinkedHashMap<>();

  MeshVariables(MeshDevice device, List<Variables> shares) {
    this.device = device;
    this.shares = shares;
  }

  MeshDevice device() {
    return device;
  }

  Variables share(int d) {
    return shares.get(d);
  }

  Map<String, Layout> layouts() {
    return Collections.unmodifiableMap(layouts);
  }

  /** Lets variables lie as a divided graph wants them; those that were written before get their values there. */
  void place(Map<String, Layout> wanted, Map<String, TensorType> wholeTypes) {
    wanted.forEach((name, layout) -> {
      TensorType type = wholeTypes.get(name);
      requireType(name, type);
      types.put(name, type);
      Layout known = layouts.putIfAbsent(name, layout);
      if (known != null && !known.equals(layout)) {
        throw new IllegalStateException("variable " + name + " lies as " + known + ", a program was divided for " + layout);
      }
      if (known == null) {
        HostTensor value = waiting.remove(name);
        distribute(name, value == null ? HostTensor.zeros(type) : value);
      }
    });
  }

  private void distribute(String name, HostTensor value) {
    for (int d = 0; d < shares.size(); d++) {
      shares.get(d).write(name, Shares.cut(value, layouts.get(name), d));
    }
  }

  private void requireType(String name, TensorType type) {
    TensorType known = types.get(name);
    if (known != null && !known.equals(type)) {
      throw new DeviceException("variable " + name + " is " + known + ", cannot be " + type + "; use the same network for both, or other variables");
    }
  }

  @Override
  public Map<String, TensorType> types() {
    return Collections.unmodifiableMap(types);
  }

  @Override
  public void write(String name, HostTensor value) {
    requireType(name, value.type());
    types.put(name, value.type());
    if (layouts.containsKey(name)) {
      distribute(name, value);
    } else {
      waiting.put(name, value.copy());
    }
  }

  @Override
  public HostTensor read(String name) {
    if (!types.containsKey(name)) {
      throw new DeviceException("there is no variable " + name + "; known are " + types.keySet());
    }
    Layout layout = layouts.get(name);
    if (layout == null) {
      return waiting.get(name).copy();
    }
    List<HostTensor> read = new ArrayList<>();
    for (int d = 0; d < (layout.isWhole() ? 1 : shares.size()); d++) {
      read.add(shares.get(d).read(name));
    }
    return Shares.join(types.get(name), layout, read);
  }

  @Override
  public long bytes() {
    return shares.stream().mapToLong(Variables::bytes).sum();
  }

  @Override
  public void close() {
    waiting.clear();
    device.closeEach(shares);
  }
}
