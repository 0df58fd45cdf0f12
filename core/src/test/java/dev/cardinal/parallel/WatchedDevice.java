package dev.cardinal.parallel;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Link;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A device whose meetings are written down; and whose run, once it has begun a sum beside itself, does not go past its next meeting before that sum is done. An engine that made the sum only when it
 * waits for it would stand still there for ever.
 */
final class WatchedDevice implements Device {
  private static final long PATIENCE_SECONDS = 30;

  private final Device device;
  private final List<String> events;

  /** Writes to a list that several threads may add to. */
  WatchedDevice(Device device, List<String> events) {
    this.device = device;
    this.events = events;
  }

  @Override
  public DeviceInfo info() {
    return device.info();
  }

  @Override
  public Variables newVariables() {
    return device.newVariables();
  }

  @Override
  public Program compile(Graph graph, Variables variables, CompileOptions options) {
    return device.compile(graph, variables, options.withLink(new WatchedLink(options.link())));
  }

  @Override
  public void close() {
    device.close();
  }

  private final class WatchedLink implements Link {
    private final Link link;
    private CountDownLatch begun;

    WatchedLink(Link link) {
      this.link = link;
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
      try {
        if (begun != null && !begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError("the sum that was begun does not go on beside the run");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      events.add("meet");
      return link.meet(mine);
    }

    @Override
    public void begin(int ticket, Consumer<Link> work) {
      events.add("begin " + ticket);
      CountDownLatch done = new CountDownLatch(1);
      begun = done;
      link.begin(ticket, l -> {
        work.accept(l);
        events.add("done " + ticket);
        done.countDown();
      });
    }

    @Override
    public void await(int ticket) {
      events.add("await " + ticket);
      link.await(ticket);
    }

    @Override
    public void whenFailed(Runnable stop) {
      link.whenFailed(stop);
    }
  }
}
