package dev.cardinal.backend;

import java.util.List;
import java.util.function.Consumer;

/**
 * What one device's program knows of its peers on a mesh: a place where all of them meet. Everything that devices exchange goes through it: host tensors, addresses of memory that a peer may read,
 * events to wait for, the identity of a library's communicator. Devices must meet in the same order.
 */
public interface Link {
  /** Which device this is, from 0. */
  int rank();

  /** Number of devices. */
  int size();

  /**
   * Waits until every device has come, and gives what each brought, by rank. What a device brings must stay as it is until the next meeting.
   *
   * @throws DeviceException if a device failed and will not come; the cause is that failure
   */
  <T> List<T> meet(T mine);

  /**
   * Begins work with the other devices that goes on beside this device's own, one piece after the other. All devices begin the same pieces in the same order. If one fails, all hear of it at their next
   * meeting or when they wait.
   *
   * @param ticket to wait for it by, used once in a run
   * @param work is given a link whose meetings are apart from those of this one
   */
  void begin(int ticket, Consumer<Link> work);

  /**
   * Waits until what was begun under a ticket is done.
   *
   * @throws DeviceException if a device failed; the cause is that failure
   */
  void await(int ticket);

  /**
   * Lets something be done as soon as a device has failed, so that nobody goes on waiting for it where the host does not see it; at once if one has failed already. It runs on a thread of the device that
   * failed, must not wait for others, and must not throw.
   */
  void whenFailed(Runnable stop);
}
