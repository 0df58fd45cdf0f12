package dev.cardinal.backend;

import dev.cardinal.tensor.HostTensor;
import java.util.List;
import java.util.Map;

/** A compiled graph. Everything is fixed and allocated; a run only launches. Not thread-safe. */
public interface Program extends AutoCloseable {
  /**
   * Runs once: reads the inputs and variables, then writes the assigned variables. May return before a device has finished; {@link #read} waits.
   *
   * @param inputs one tensor per graph input, by name; may be reused as soon as this returns
   * @throws IllegalArgumentException if one is missing, unknown or of another type
   */
  void run(Map<String, HostTensor> inputs);

  /** A copy of an output of the last run, by the name the graph gave it. */
  HostTensor read(String output);

  /** Sizes and times of the compiled program. */
  ProgramInfo info();

  /** Time spent per node over all runs since compilation; empty unless compiled with {@link CompileOptions#profile}. */
  List<NodeTime> profile();

  @Override
  void close();
}
