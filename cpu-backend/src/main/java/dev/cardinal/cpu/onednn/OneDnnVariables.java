package dev.cardinal.cpu.onednn;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.plan.HostCopy;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/**
 * Variables in flat native memory, row-major: they lie one behind the other, in order of creation, in a few large blocks, so that an optimiser's update is one sweep over long stretches. The layouts
 * that convolutions want differ between forward and backward, so a program reorders weights as it needs them (little beside the convolution).
 */
final class OneDnnVariables implements Variables {
  private static final long CACHE_LINE = 64;
  private static final long FIRST_BLOCK = 1 << 20;
  private static final long LARGEST_BLOCK = 256 << 20;
  /** Elements that are in the Java heap at a time. */
  private static final int PIECE = 1 << 16;

  private final Map<String, TensorType> types = new LinkedHashMap<>();
  private final Map<String, Long> addresses = new LinkedHashMap<>();
  private final List<NativeMemory> blocks = new ArrayList<>();
  private long next;
  private long end;

  @Override
  public Map<String, TensorType> types() {
    return Collections.unmodifiableMap(types);
  }

  /** Where a variable is, which is added, with zeros, if it is not there. */
  long address(String name, TensorType type) {
    TensorType known = types.get(name);
    if (known != null && !known.equals(type)) {
      throw new DeviceException("variable " + name + " is " + known + ", not " + type + "; give one of them another name");
    }
    if (known == null) {
      addresses.put(name, place(name, type.bytes()));
      types.put(name, type);
    }
    return addresses.get(name);
  }

  private long place(String name, long bytes) {
    long taken = (Math.max(1, bytes) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    if (next + taken > end) {
      long size = Math.max(taken, Math.min(LARGEST_BLOCK, FIRST_BLOCK << Math.min(blocks.size(), 8)));
      NativeMemory block = NativeMemory.allocate(size, "variable " + name + ", in a block with those that follow,");
      blocks.add(block);
      next = block.address();
      end = next + size;
    }
    long address = next;
    next += taken;
    return address;
  }

  @Override
  public void write(String name, HostTensor value) {
    HostCopy.toNative(value, address(name, value.type()));
  }

  @Override
  public void write(String name, TensorType type, IntToDoubleFunction elements) {
    long address = address(name, type);
    long size = type.shape().size();
    HostTensor piece = HostTensor.zeros(type.with(Shape.of((int) Math.min(PIECE, size))));
    for (long from = 0; from < size; from += PIECE) {
      int first = Math.toIntExact(from);
      if (size - from < piece.size()) {
        piece = HostTensor.zeros(type.with(Shape.of((int) (size - from))));
      }
      for (int i = 0; i < piece.size(); i++) {
        piece.set(i, elements.applyAsDouble(first + i));
      }
      HostCopy.toNative(piece, address + from * type.dtype().bytes());
    }
  }

  @Override
  public HostTensor read(String name) {
    TensorType type = types.get(name);
    if (type == null) {
      throw new DeviceException("there is no variable " + name + "; known are " + types.keySet());
    }
    HostTensor t = HostTensor.zeros(type);
    HostCopy.fromNative(t, addresses.get(name));
    return t;
  }

  @Override
  public long bytes() {
    return types.values().stream().mapToLong(TensorType::bytes).sum();
  }

  @Override
  public void close() {
    blocks.forEach(NativeMemory::close);
    blocks.clear();
    addresses.clear();
    types.clear();
    next = 0;
    end = 0;
  }
}
