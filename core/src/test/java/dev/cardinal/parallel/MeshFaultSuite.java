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
import org.junit.jupiter.api.TestFactory;

/** A device that fails stops the others promptly, is named with its reason, and leaves nothing open. A subclass opens the devices. */
public abstract class MeshFaultSuite {
  private static final Duration PROMPT = Duration.ofSeconds(60);

  /** Opens one more device of the kind that is tested. */
  protected abstract Device open();

  @TestFactory
  Stream<DynamicTest> aFailureIsNamedAndEndsTheMesh() {
    // Early and late meetings are in the forward part, in the gradients' and in the update.
    return Stream.of(new Object[] {FailingDevice.Point.COMPILE, 1, "9 GiB"}, new Object[] {FailingDevice.Point.RUN, 1, "worker threw"}, new Object[] {FailingDevice.Point.RUN, 3, "worker threw"},
        new Object[] {FailingDevice.Point.MEETING, 1, "broke off"}, new Object[] {FailingDevice.Point.MEETING, 9, "broke off"}, new Object[] {FailingDevice.Point.MEETING, 25, "broke off"})
        .map(c -> DynamicTest.dynamicTest(c[0] + " " + c[1], () -> assertTimeoutPreemptively(PROMPT, () -> fails((FailingDevice.Point) c[0], (int) c[1], (String) c[2]))));
  }

  private void fails(FailingDevice.Point point, int after, String reason) {
    AtomicInteger left = new AtomicInteger();
    MeshSuite.Net net = MeshSuite.nets().get(0);
    Graph g = MeshSuite.graph(net, MeshSuite.options());
    List<Device> devices = new ArrayList<>();
    devices.add(new FailingDevice(open(), FailingDevice.Point.NEVER, 0, left));
    devices.add(new FailingDevice(open(), point, after, left));
    devices.add(new FailingDevice(open(), FailingDevice.Point.NEVER, 0, left));
    devices.add(new FailingDevice(open(), FailingDevice.Point.NEVER, 0, left));
    try (Device mesh = new MeshDevice(devices, SplitOptions.of(Mode.GROUPS, 4)); Variables v = mesh.newVariables()) {
      MeshSuite.begin(net, g, v);
      DeviceException e = assertThrows(DeviceException.class, () -> MeshSuite.run(net, g, mesh, v, 0, 5));
      assertTrue(e.getMessage().contains("device 1 (") && e.getMessage().contains(reason), e.getMessage());
    }
    assertEquals(0, left.get(), "devices and programs that were not closed");
  }
}
