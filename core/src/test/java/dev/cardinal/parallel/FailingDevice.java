package dev.cardinal.parallel;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Link;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.ProgramInfo;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A device that fails at a chosen point, and counts what is not closed. */
final class FailingDevice implements Device {
  /** Where it fails. */
  enum Point {
    NEVER,
    COMPILE,
    RUN,
    MEETING,
    BESIDE,
    /** It does not fail but never comes, until it is let go. */
    ABSENT
  }

  private final Device device;
  private final Point point;
  private final int after;
  private final AtomicInteger open;
  private final CountDownLatch released = new CountDownLatch(1);

  /** Fails at the {@code after}-th run or meeting. */
  FailingDevice(Device device, Point point, int after, AtomicInteger open) {
    this.device = device;
    this.point = point;
    this.after = after;
    this.open = open;
    open.incrementAndGet();
  }

  /** Lets one go that stayed away. */
  void release() {
    released.countDown();
  }

  @Override
  public DeviceInfo info() {
    return device.info();
  }

  @Override
  public Variables newVariables() {
    open.incrementAndGet();
    return new CountedVariables(device.newVariables());
  }

  @Override
  public Program compile(Graph graph, Variables variables, CompileOptions options) {
    if (point == Point.COMPILE) {
      throw new DeviceException("the program needs 9 GiB and 1 GiB is free; use a smaller batch");
    }
    Program p = device.compile(graph, ((CountedVariables) variables).variables, point == Point.MEETING || point == Point.BESIDE || point == Point.ABSENT
        ? options.withLink(new FailingLink(options.link(), point != Point.BESIDE)) : options);
    open.incrementAndGet();
    return new FailingProgram(p);
  }

  @Override
  public void close() {
    open.decrementAndGet();
    device.close();
  }

  private final class CountedVariables implements Variables {
    private final Variables variables;

    CountedVariables(Variables variables) {
      this.variables = variables;
    }

    @Override
    public Map<String, TensorType> types() {
      return variables.types();
    }

    @Override
    public void write(String name, HostTensor value) {
      variables.write(name, value);
    }

    @Override
    public HostTensor read(String name) {
      return variables.read(name);
    }

    @Override
    public long bytes() {
      return variables.bytes();
    }

    @Override
    public void close() {
      open.decrementAndGet();
      variables.close();
    }
  }

  private final class FailingLink implements Link {
    private final Link link;
    private final boolean fails;
    private final AtomicInteger meetings;

    FailingLink(Link link, boolean fails) {
      this(link, fails, new AtomicInteger());
    }

    private FailingLink(Link link, boolean fails, AtomicInteger meetings) {
      this.link = link;
      this.fails = fails;
      this.meetings = meetings;
    }

    @Override
    public int rank() {
      return link.rank();
    }

    @Override
    public int size() {
      return link.size();
    }

    @Override
    public <T> List<T> meet(T mine) {
      if (fails && meetings.incrementAndGet() == after) {
        stayAway();
        throw new DeviceException("the transfer broke off");
      }
      return link.meet(mine);
    }

    private void stayAway() {
      if (point == Point.ABSENT) {
        try {
          released.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }

    @Override
    public void begin(int ticket, Consumer<Link> work) {
      link.begin(ticket, l -> work.accept(point == Point.BESIDE ? new FailingLink(l, true, meetings) : l));
    }

    @Override
    public void await(int ticket) {
      link.await(ticket);
    }

    @Override
    public void whenFailed(Runnable stop) {
      link.whenFailed(stop);
    }
  }

  private final class FailingProgram implements Program {
    private final Program program;
    private int runs;

    FailingProgram(Program program) {
      this.program = program;
    }

    @Override
    public void run(Map<String, HostTensor> inputs) {
      if (point == Point.RUN && ++runs == after) {
        throw new IllegalStateException("the worker threw");
      }
      program.run(inputs);
    }

    @Override
    public HostTensor read(String output) {
      return program.read(output);
    }

    @Override
    public ProgramInfo info() {
      return program.info();
    }

    @Override
    public List<NodeTime> profile() {
      return program.profile();
    }

    @Override
    public void close() {
      open.decrementAndGet();
      program.close();
    }
  }
}
