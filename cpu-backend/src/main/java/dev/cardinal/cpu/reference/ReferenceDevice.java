package dev.cardinal.cpu.reference;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;

/** The processor, driven by plain Java. */
final class ReferenceDevice implements Device {
  private final DeviceInfo info;
  private final Parallel parallel;
  private boolean closed;

  ReferenceDevice(DeviceInfo info, int threads) {
    this.info = info;
    this.parallel = new Parallel(threads);
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Variables newVariables() {
    requireOpen();
    return new ReferenceVariables(this);
  }

  @Override
  public Program compile(Graph graph, Variables variables, CompileOptions options) {
    requireOpen();
    if (!(variables instanceof ReferenceVariables mine) || mine.device() != this) {
      throw new DeviceException("the variables belong to another device; make them with newVariables() of this " + info.name());
    }
    return new ReferenceProgram(this, graph, mine, options);
  }

  Parallel parallel() {
    return parallel;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("device " + info.name() + " is closed; open it again with Devices.open");
    }
  }

  @Override
  public void close() {
    closed = true;
    parallel.close();
  }
}
