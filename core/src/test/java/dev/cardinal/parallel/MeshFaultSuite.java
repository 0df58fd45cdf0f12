package dev.cardinal.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Variables;
import dev.cardinal.backend.mesh.MeshDevice;
import dev.cardinal.graph.Graph;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A device that fails stops the others promptly, is named with its reason, and leaves nothing open. A subclass opens the devices. */
public abstract class MeshFaultSuite {
  private static final Duration PROMPT = Duration.ofSeconds(60);
  private static final String PATIENCE = "cardinal.mesh.patience";

  /** Opens one more device of the kind that is tested. */
  protected abstract Device open();

  @TestFactory
  Stream<DynamicTest> aFailureIsNamedAndEndsTheMesh() {
    // Early and late meetings are in the forward part, in the gradients' and in the update.
    return Stream.of(new Object[] {FailingDevice.Point.COMPILE, 1, "9 GiB"}, new Object[] {FailingDevice.Point.RUN, 1, "worker threw"}, new Object[] {FailingDevice.Point.RUN, 3, "worker threw"},
        new Object[] {FailingDevice.Point.MEETING, 1, "broke off"}, new Object[] {FailingDevice.Point.MEETING, 9, "broke off"}, new Object[] {FailingDevice.Point.MEETING, 25, "broke off"})
        .map(c -> DynamicTest.dynamicTest(c[0] + " " + c[1], () -> assertTimeoutPreemptively(PROMPT, () -> fails((FailingDevice.Point) c[0], (int) c[1], (String) c[2]))));
  }

  /** What goes on beside the runs fails at its beginning, between its halves, at its end, and in a later step. */
  @TestFactory
  Stream<DynamicTest> aFailureBesideTheRunsToo() {
    return Stream.of(1, 2, 3, 14).map(n -> DynamicTest.dynamicTest("meeting " + n, () -> assertTimeoutPreemptively(PROMPT, () -> fails(FailingDevice.Point.BESIDE, n, "broke off"))));
  }

  /** A device that hangs in a run is named after a while; the others stop and are closed, and only what the hanging one may still use is left. */
  @Test
  void aDeviceThatNeverComesIsNamed() {
    String before = System.setProperty(PATIENCE, "3");
    AtomicInteger left = new AtomicInteger();
    List<Device> devices = devices(FailingDevice.Point.ABSENT, 11, left);
    try {
      assertTimeoutPreemptively(PROMPT, () -> {
        MeshSuite.Net net = MeshSuite.nets().get(0);
        Graph g = MeshSuite.graph(net, MeshSuite.options());
        try (Device mesh = new MeshDevice(devices, SplitOptions.of(Mode.GROUPS, 4)); Variables v = mesh.newVariables()) {
          MeshSuite.begin(net, g, v);
          DeviceException e = assertThrows(DeviceException.class, () -> MeshSuite.run(net, g, mesh, v, 0, 5));
          assertTrue(e.getMessage().contains("device 1 (") && e.getMessage().contains("did not come to where the devices meet within 3 s"), e.getMessage());
        }
      });
      assertTrue(left.get() == 2 || left.get() == 3, "of the hanging device itself, its variables and its program, left are " + left.get());
    } finally {
      devices.forEach(d -> ((FailingDevice) d).release());
      assertNoThreadsAreLeft();
      if (before == null) {
        System.clearProperty(PATIENCE);
      } else {
        System.setProperty(PATIENCE, before);
      }
    }
  }

  private void fails(FailingDevice.Point point, int after, String reason) {
    AtomicInteger left = new AtomicInteger();
    MeshSuite.Net net = MeshSuite.nets().get(0);
    Graph g = MeshSuite.graph(net, MeshSuite.options());
    SplitOptions split = SplitOptions.of(point == FailingDevice.Point.BESIDE ? Mode.DATA : Mode.GROUPS, 4);
    try (Device mesh = new MeshDevice(devices(point, after, left), split); Variables v = mesh.newVariables()) {
      MeshSuite.begin(net, g, v);
      DeviceException e = assertThrows(DeviceException.class, () -> MeshSuite.run(net, g, mesh, v, 0, 5));
      assertTrue(e.getMessage().contains("device 1 (") && e.getMessage().contains(reason), e.getMessage());
    }
    assertEquals(0, left.get(), "devices and programs that were not closed");
    assertNoThreadsAreLeft();
  }

  private static void assertNoThreadsAreLeft() {
    long begin = System.nanoTime();
    List<String> left;
    do {
      // A thread that has nothing to do any more takes a moment to end.
      Thread.onSpinWait();
      left = Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(n -> n.startsWith("cardinal-mesh")).toList();
    } while (!left.isEmpty() && System.nanoTime() - begin < 10_000_000_000L);
    assertEquals(List.of(), left, "threads of meshes that were closed");
  }

  private List<Device> devices(FailingDevice.Point point, int after, AtomicInteger left) {
    List<Device> devices = new ArrayList<>();
    for (int d = 0; d < 4; d++) {
      devices.add(new FailingDevice(open(), d == 1 ? point : FailingDevice.Point.NEVER, after, left));
    }
    return devices;
  }

  /** Fails over and over with arenas of some megabytes; used by engines with native memory, which then look at the process. */
  protected void failOften(int times) {
    MeshSuite.Net small = MeshSuite.nets().get(4);
    MeshSuite.Net net = new MeshSuite.Net("wide", small.module(), 128);
    Graph g = MeshSuite.graph(net, MeshSuite.options());
    FailingDevice.Point[] points = {FailingDevice.Point.COMPILE, FailingDevice.Point.RUN, FailingDevice.Point.MEETING};
    for (int i = 0; i < times; i++) {
      AtomicInteger left = new AtomicInteger();
      try (Device mesh = new MeshDevice(devices(points[i % points.length], 1, left), SplitOptions.of(Mode.DATA, 4)); Variables v = mesh.newVariables()) {
        MeshSuite.begin(net, g, v);
        assertThrows(DeviceException.class, () -> MeshSuite.run(net, g, mesh, v, 0, 1));
      }
      assertEquals(0, left.get());
    }
  }
}
