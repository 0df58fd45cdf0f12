package dev.cardinal.backend.mesh;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.ProgramInfo;
import dev.cardinal.backend.ProgramInputs;
import dev.cardinal.graph.Graph;
import dev.cardinal.op.Layout;
import dev.cardinal.parallel.SplitGraph;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A program on every device of a {@link MeshDevice}, which run together. After a failure it does not run again: some devices may have changed their variables and others not. */
public final class MeshProgram implements Program {
  private final MeshDevice device;
  private final Graph graph;
  private final SplitGraph split;
  private final Rendezvous meeting;
  private final List<Program> programs;
  private final MeshVariables variables;
  private final double compileSeconds;

  MeshProgram(MeshDevice device, Graph graph, SplitGraph split, MeshVariables variables, Rendezvous meeting, List<Program> programs, double compileSeconds) {
    this.variables = variables;
    this.device = device;
    this.graph = graph;
    this.split = split;
    this.meeting = meeting;
    this.programs = programs;
    this.compileSeconds = compileSeconds;
  }

  @Override
  public void run(Map<String, HostTensor> inputs) {
    ProgramInputs.check(graph, inputs);
    if (meeting.failure() != null) {
      throw new DeviceException("the mesh has stopped, because " + device.describe(meeting.failed()) + " failed before: " + meeting.failure().getMessage() + "; go on from the last checkpoint",
          meeting.failure());
    }
    device.threads().each(d -> {
      try {
        Map<String, HostTensor> mine = new HashMap<>();
        inputs.forEach((name, t) -> mine.put(name, Shares.cut(t, split.inputs().get(name), d)));
        programs.get(d).run(mine);
      } catch (RuntimeException | Error e) {
        meeting.fail(d, e);
      }
    }, meeting::isAbsent);
    if (meeting.failure() != null) {
      device.settle(meeting);
      throw new DeviceException(device.describe(meeting.failed()) + " failed in a run, and the others of the mesh stopped: " + meeting.failure().getMessage() + "; go on from the last checkpoint",
          meeting.failure());
    }
  }

  @Override
  public HostTensor read(String output) {
    Layout layout = split.outputs().get(output);
    if (layout == null) {
      throw new IllegalArgumentException("the program has no output " + output + "; its outputs are " + graph.outputs().keySet());
    }
    List<HostTensor> read = new ArrayList<>();
    for (int d = 0; d < (layout.isWhole() ? 1 : programs.size()); d++) {
      read.add(programs.get(d).read(output));
    }
    return Shares.join(graph.outputs().get(output).type(), layout, read);
  }

  /** Bytes that were allocated on each device, by rank: the program's values and scratch memory, and all variables. */
  public List<Long> deviceBytes() {
    List<Long> bytes = new ArrayList<>();
    for (int d = 0; d < programs.size(); d++) {
      ProgramInfo i = programs.get(d).info();
      bytes.add(i.arenaBytes() + i.workspaceBytes() + variables.share(d).bytes());
    }
    return bytes;
  }

  /** Of all devices together; the compilation's time is that of the whole. */
  @Override
  public ProgramInfo info() {
    int steps = 0;
    long arena = 0;
    long unshared = 0;
    long workspace = 0;
    for (Program p : programs) {
      steps += p.info().steps();
      arena += p.info().arenaBytes();
      unshared += p.info().unsharedBytes();
      workspace += p.info().workspaceBytes();
    }
    return new ProgramInfo(steps, arena, unshared, workspace, compileSeconds);
  }

  /** Of all devices, each with its rank before the name. */
  @Override
  public List<NodeTime> profile() {
    List<NodeTime> all = new ArrayList<>();
    for (int d = 0; d < programs.size(); d++) {
      for (NodeTime t : programs.get(d).profile()) {
        all.add(new NodeTime(d + ":" + t.name(), t.op(), t.detail(), t.runs(), t.seconds(), t.macs(), t.bytes()));
      }
    }
    return all;
  }

  @Override
  public void close() {
    device.closeEach(programs);
  }
}
