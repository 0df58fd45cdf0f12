package dev.cardinal.cuda.plan;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Cost;
import dev.cardinal.pass.Uses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A program in the making. A lowering asks for the slots of its node's inputs ({@link #in}) and outputs ({@link #out}) and adds steps; all steps go to one stream, in order. Values lie in N, C, spatial
 * order without gaps.
 */
public final class CudaBuild implements AutoCloseable {
  private final Graph graph;
  private final Uses uses;
  private final CudaSession session;
  private final Map<Value, Slot> slots = new HashMap<>();
  private final Map<Value, Slot> variableSlots = new HashMap<>();
  private final Map<String, Slot> inputs = new LinkedHashMap<>();
  private final Map<String, Slot> outputs = new LinkedHashMap<>();
  private final Map<Slot, String> names = new LinkedHashMap<>();
  private final List<CudaStep> steps = new ArrayList<>();
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Slot scratch = Slot.fixed(0, 1);
  private long scratchBytes;
  private Node node;

  /**
   * For a graph.
   *
   * @param variables gives a variable's memory
   * @param constants gives a constant's memory, filled, which the caller owns
   */
  public CudaBuild(Graph graph, CudaSession session, Function<Value, Long> variables, Function<Value, Long> constants) {
    this.graph = graph;
    this.uses = new Uses(graph);
    this.session = session;
    graph.inputs().forEach((name, v) -> {
      Slot s = Slot.inArena(v.type().bytes());
      s.touch(0);
      inputs.put(name, s);
      define(v, s);
    });
    graph.constants().keySet().forEach(v -> define(v, Slot.fixed(constants.apply(v), v.type().bytes())));
    graph.variables().forEach((name, v) -> {
      Slot s = Slot.fixed(variables.apply(v), v.type().bytes());
      variableSlots.put(v, s);
      // Within a run everybody sees a variable's old value, also who takes it at the end.
      define(v, graph.assignments().containsKey(v) && uses.isKept(v) ? snapshot(name, s) : s);
    });
  }

  private Slot snapshot(String name, Slot variable) {
    Slot copy = Slot.inArena(variable.bytes());
    copy(name, variable, copy);
    return copy;
  }

  private void define(Value v, Slot s) {
    slots.put(v, s);
    names.putIfAbsent(s, v.name() + " " + v.type());
  }

  /** Begins the lowering of a node. */
  public void node(Node n) {
    node = n;
  }

  /** Adds what gives outputs and assigned variables their values. */
  public void finish() {
    node = null;
    graph.assignments().forEach((variable, v) -> {
      Slot to = variableSlots.get(variable);
      if (slots.get(v) != to) {
        copy(variable.name(), slots.get(v), to);
      }
    });
    graph.outputs().forEach((name, v) -> {
      Slot s = slots.get(v);
      // What is read later must outlive the steps, and a variable's memory changes with the next run of any program.
      outputs.put(name, s.isFixed() ? snapshot(name, s) : s);
    });
    outputs.values().forEach(s -> s.touch(steps.size()));
  }

  /** Copies a slot to another of the same size. */
  public void copy(String name, Slot from, Slot to) {
    CudaStream stream = session.stream();
    add(new CudaStep(name, "Copy", "memcpy", 0, 2 * to.bytes(), List.of(from), List.of(to), () -> {
      long target = to.address();
      long source = from.address();
      return () -> stream.copy(target, source, to.bytes());
    }));
  }

  /** What the device offers: stream, libraries, kernels, options. */
  public CudaSession session() {
    return session;
  }

  /** Who reads what. */
  public Uses uses() {
    return uses;
  }

  /** The slot of an input. */
  public Slot in(Value v) {
    return slots.get(v);
  }

  /** A new slot for an output, or the variable's own memory where the operation overwrites a variable that takes the result. */
  public Slot out(Value v) {
    int overwritten = node.op().overwrites(v.index(), node.inputs().size());
    Slot s = Slot.inArena(v.type().bytes());
    if (overwritten >= 0) {
      Value variable = node.input(overwritten);
      boolean taken = graph.assignments().get(variable) == v && slots.get(variable) == variableSlots.get(variable);
      boolean lastReader = uses.readers(variable).stream().allMatch(n -> n.id() <= node.id());
      if (taken && lastReader) {
        s = variableSlots.get(variable);
      }
    }
    define(v, s);
    return s;
  }

  /** Gives an output the memory of an input, for operations that only read it differently. */
  public void alias(Value output, Value input) {
    Slot s = slots.get(input);
    if (s.isFixed()) {
      // An optimiser may overwrite a variable while the alias is still read.
      Slot own = out(output);
      copy(node.name(), s, own);
    } else {
      slots.put(output, s);
    }
  }

  /** Memory for a value between two steps of one lowering. */
  public Slot temporary(long bytes) {
    Slot s = Slot.inArena(bytes);
    names.put(s, node.name() + " (temporary)");
    return s;
  }

  /** Asks for scratch memory, which all steps share: {@link #scratchAddress} is where, once steps are bound. */
  public void scratch(long bytes) {
    scratchBytes = Math.max(scratchBytes, bytes);
  }

  /** Where scratch memory is; only steps that are being bound may ask. */
  public long scratchAddress() {
    return scratch.address();
  }

  /** Adds a step of the node's, at the cost that its operation states. */
  public void step(String detail, List<Slot> reads, List<Slot> writes, Supplier<Runnable> binding) {
    Cost c = node.cost();
    add(new CudaStep(node.name(), node.op().opName(), detail, c.macs(), c.bytesRead() + c.bytesWritten(), reads, writes, binding));
  }

  private void add(CudaStep s) {
    int at = steps.size();
    s.reads().forEach(r -> r.touch(at));
    s.writes().forEach(w -> w.touch(at));
    steps.add(s);
  }

  /** Adds a launch of a kernel of ours. */
  public void kernel(String family, String name, LaunchShape shape, Arg... args) {
    kernel(family, name, Map.of(), shape, args);
  }

  /** Adds a launch of a kernel of ours, compiled with macros set. */
  public void kernel(String family, String name, Map<String, String> macros, LaunchShape shape, Arg... args) {
    CudaFunction function = session.kernels().function(family, name, macros);
    List<Slot> reads = new ArrayList<>();
    List<Slot> writes = new ArrayList<>();
    for (Arg a : args) {
      if (a instanceof Arg.Memory m) {
        if (m.access() != KernelArg.Access.WRITE) {
          reads.add(m.slot());
        }
        if (m.access() != KernelArg.Access.READ) {
          writes.add(m.slot());
        }
      }
    }
    List<Arg> given = List.of(args);
    CudaStream stream = session.stream();
    step(name, reads, writes, () -> {
      CudaLaunch launch = function.prepare(shape, given.stream().map(CudaBuild::bound).toList());
      return () -> launch.launch(stream);
    });
  }

  private static KernelArg bound(Arg a) {
    if (a instanceof Arg.Memory m) {
      return new KernelArg.Pointer(m.slot().address(), m.slot().bytes(), m.access());
    }
    return ((Arg.Fixed) a).value();
  }

  /** Lets the program own something, which it closes. */
  public <T extends AutoCloseable> T own(T t) {
    owned.add(t);
    return t;
  }

  /** The steps, in order. */
  public List<CudaStep> steps() {
    return steps;
  }

  /** Slots of the graph's inputs. */
  public Map<String, Slot> inputs() {
    return inputs;
  }

  /** Slots of the graph's outputs. */
  public Map<String, Slot> outputs() {
    return outputs;
  }

  /** What slots are for, in messages. */
  Map<Slot, String> names() {
    return names;
  }

  /** Scratch memory that steps asked for. */
  public long scratchBytes() {
    return scratchBytes;
  }

  void placeScratch(long address) {
    scratch.place(address);
  }

  @Override
  public void close() {
    DeviceException failure = null;
    for (int i = owned.size() - 1; i >= 0; i--) {
      try {
        owned.get(i).close();
      } catch (Exception e) {
        failure = failure == null ? new DeviceException("a program's resources could not be freed: " + e.getMessage(), e) : failure;
      }
    }
    owned.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
