package dev.cardinal.cpu.reference;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.ProgramInfo;
import dev.cardinal.backend.ProgramInputs;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Cost;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the nodes one after the other. A computed value is dropped after its last reader; variables change at the very end, so every
 * reader sees the old values.
 */
final class ReferenceProgram implements Program {
  private final ReferenceDevice device;
  private final Graph graph;
  private final ReferenceVariables variables;
  private final boolean profile;
  private final List<Kernel<Op>> kernels = new ArrayList<>();
  private final Lifetimes lifetimes;
  private final long[] nanos;
  private final ProgramInfo info;
  private final Map<String, HostTensor> outputs = new HashMap<>();
  private long runs;
  private boolean closed;

  ReferenceProgram(ReferenceDevice device, Graph graph, ReferenceVariables variables, CompileOptions options) {
    long start = System.nanoTime();
    this.device = device;
    this.graph = graph;
    this.variables = variables;
    this.profile = options.profile();
    this.nanos = new long[graph.nodes().size()];
    for (Node n : graph.nodes()) {
      kernels.add(n.op() instanceof Collective c && options.link() != null ? new Exchange(c, options.link()) : Kernels.ALL.get(n.op()));
      for (Value v : n.outputs()) {
        if (v.type().shape().size() > Integer.MAX_VALUE - 8) {
          throw new DeviceException(n + " gives " + v.type() + ", more than the 2^31 - 9 elements that a Java array holds;"
              + " use a smaller batch or another device");
        }
      }
    }
    graph.variables().forEach((name, v) -> variables.ensure(name, v.type()));
    lifetimes = new Lifetimes(graph);
    info = new ProgramInfo(graph.nodes().size(), lifetimes.peakBytes(), lifetimes.totalBytes(), 0, (System.nanoTime() - start) * 1e-9);
  }

  @Override
  public void run(Map<String, HostTensor> inputs) {
    requireOpen();
    HostTensor[] values = new HostTensor[graph.values().size()];
    ProgramInputs.check(graph, inputs);
    graph.inputs().forEach((name, v) -> values[v.id()] = inputs.get(name));
    graph.constants().forEach((v, t) -> values[v.id()] = t);
    graph.variables().forEach((name, v) -> values[v.id()] = variables.current(name));
    outputs.clear();
    for (Node n : graph.nodes()) {
      long start = System.nanoTime();
      launch(n, values);
      nanos[n.id()] += System.nanoTime() - start;
      for (Value v : lifetimes.diesAfter(n)) {
        values[v.id()] = null;
      }
    }
    graph.outputs().forEach((name, v) -> outputs.put(name, settled(v, values)));
    // All new values are collected before the first is stored: a variable may take the old value of another.
    Map<String, HostTensor> next = new LinkedHashMap<>();
    graph.assignments().forEach((variable, v) -> next.put(variable.name(), settled(v, values)));
    next.forEach(variables::replace);
    runs++;
  }

  private void launch(Node n, HostTensor[] values) {
    HostTensor[] in = n.inputs().stream().map(v -> values[v.id()]).toArray(HostTensor[]::new);
    HostTensor[] out = n.outputs().stream().map(v -> HostTensor.zeros(v.type())).toArray(HostTensor[]::new);
    kernels.get(n.id()).run(n.op(), in, out, device.parallel());
    for (int i = 0; i < out.length; i++) {
      values[n.output(i).id()] = out[i];
    }
  }

  /** A value that stays as it is when the run is over: the caller may reuse the array of an input. */
  private static HostTensor settled(Value v, HostTensor[] values) {
    HostTensor t = values[v.id()];
    return v.source() == Value.Source.INPUT ? t.copy() : t;
  }

  @Override
  public HostTensor read(String output) {
    requireOpen();
    if (!graph.outputs().containsKey(output)) {
      throw new IllegalArgumentException("the program has no output " + output + "; its outputs are " + graph.outputs().keySet());
    }
    HostTensor t = outputs.get(output);
    if (t == null) {
      throw new IllegalStateException("output " + output + " has no value yet; run the program first");
    }
    return t.copy();
  }

  @Override
  public ProgramInfo info() {
    return info;
  }

  @Override
  public List<NodeTime> profile() {
    requireOpen();
    List<NodeTime> times = new ArrayList<>();
    if (profile) {
      for (Node n : graph.nodes()) {
        Cost c = n.cost();
        long bytes = c.bytesRead() + c.bytesWritten();
        times.add(new NodeTime(n.name(), n.op().opName(), "plain Java", runs, nanos[n.id()] * 1e-9, c.macs(), bytes));
      }
    }
    return times;
  }

  private void requireOpen() {
    device.requireOpen();
    if (closed) {
      throw new IllegalStateException("this program is closed; compile the graph again");
    }
  }

  @Override
  public void close() {
    closed = true;
    outputs.clear();
  }
}
