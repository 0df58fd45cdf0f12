package dev.cardinal.cuda.collective;

import dev.cardinal.backend.Link;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.plan.Slot;
import java.util.List;

/** Sums tensors over the devices on a stream beside the program's. */
interface BesideSum {
  /** What carries it, for people. */
  String by();

  /** Recorded in the program's stream when the summands lie where the sums will be. */
  CudaEvent started();

  /** Meets the others, when the step that begins it is bound. */
  void bind(Link link, List<Slot> tensors);

  /** Issues it, on the thread beside the device's own; nothing waits for the GPU. */
  void run(Link lane);
}
