package dev.cardinal.backend;

import java.util.List;

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
}
