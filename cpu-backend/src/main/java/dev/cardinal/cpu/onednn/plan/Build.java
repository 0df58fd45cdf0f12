package dev.cardinal.cpu.onednn.plan;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Link;
import dev.cardinal.backend.UnsupportedOnDeviceException;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.Workers;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.pass.Uses;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongBiFunction;

/**
 * A program in the making, as its operations are lowered one after the other. A lowering asks for its inputs in the order it likes ({@link #in(Value, Order)} adds a reorder where needed, once per value
 * and order), declares its outputs in the order it writes ({@link #out}) and adds steps.
 */
public final class Build implements AutoCloseable {
  /** An argument of a primitive: its position, layout and memory. */
  public record Arg(int id, MemoryDesc desc, Slot slot, boolean written) {
    /** That the primitive reads. */
    public static Arg read(int id, MemoryDesc desc, Slot slot) {
      return new Arg(id, desc, slot, false);
    }

    /** That the primitive writes. */
    public static Arg write(int id, MemoryDesc desc, Slot slot) {
      return new Arg(id, desc, slot, true);
    }
  }

  private final Graph graph;
  private final Uses uses;
  private final Workers workers;
  private final Link link;
  private final boolean reduced;
  private final Choices choices;
  private final ToLongBiFunction<String, TensorType> variables;
  private final Forms forms = new Forms();
  private final Map<Object, Object> kept = new HashMap<>();
  private final Map<Value, Node> postponed = new HashMap<>();
  private final Map<Value, Slot> variableSlots = new HashMap<>();
  private final Steps steps = new Steps();
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final Map<String, Tensor> outputs = new LinkedHashMap<>();
  private Node node;
  private boolean nodeHasStep;

  /**
   * For a graph.
   *
   * @param variables gives the address of the variable of a name and type
   * @param link the way to the other devices of a mesh, or null
   * @param reduced whether operands of products may be rounded to bfloat16
   * @param choices what is known of implementations that rival each other
   */
  public Build(Graph graph, Workers workers, ToLongBiFunction<String, TensorType> variables, Link link, boolean reduced, Choices choices) {
    this.choices = choices;
    this.reduced = reduced;
    this.link = link;
    this.graph = graph;
    this.uses = new Uses(graph);
    this.workers = workers;
    this.variables = variables;
  }

  /** Which of several implementations to take. */
  public Choices choices() {
    return choices;
  }

  /** Whether operands of products may be rounded to bfloat16. */
  public boolean reduced() {
    return reduced;
  }

  /** Declares inputs, variables and constants. */
  public void begin() {
    graph.inputs().forEach((name, v) -> {
      Slot s = Slot.inArena(v.type().bytes());
      s.touch(0);
      inputs.put(name, forms.define(v, new Tensor(v.type(), Order.PLAIN, s)));
    });
    graph.constants().forEach((v, t) -> {
      NativeMemory m = own(NativeMemory.allocate(Math.max(1, v.type().bytes()), "constant " + v.name()));
      HostCopy.toNative(t, m.address());
      forms.define(v, new Tensor(v.type(), Order.PLAIN, Slot.fixed(m.address(), v.type().bytes())));
    });
    graph.variables().forEach((name, v) -> {
      Slot s = Slot.fixed(variables.applyAsLong(name, v.type()), v.type().bytes());
      variableSlots.put(v, s);
      boolean readAtTheEnd = graph.assignments().containsKey(v) && uses.isKept(v);
      forms.define(v, new Tensor(v.type(), Order.PLAIN, readAtTheEnd ? snapshot(name, s) : s));
    });
  }

  /** Within a run everybody sees a variable's old value, also who takes it at the end. */
  private Slot snapshot(String name, Slot variable) {
    Slot copy = temp(variable.bytes);
    copy(name, variable, copy);
    return copy;
  }

  /** Leaves a node to the one that reads its result. */
  public void postpone(Node n) {
    postponed.put(n.output(0), n);
  }

  /** The node that was left to a reader of its result, or {@code null}. */
  public Node postponed(Value v) {
    return postponed.get(v);
  }

  /** Lowers a node, and with it the one that was left to it. */
  public void lower(Node n, Runnable lowering) {
    node(n);
    Node left = n.inputs().isEmpty() ? null : postponed(n.input(0));
    Steps.small(bytes(n) + (left == null ? 0 : bytes(left)), n.cost().macs() + (left == null ? 0 : left.cost().macs()), lowering);
  }

  private static long bytes(Node n) {
    List<TensorType> all = new ArrayList<>(n.inputTypes());
    all.addAll(n.outputTypes());
    return all.stream().mapToLong(TensorType::bytes).sum();
  }

  /** Begins steps of a node. */
  public void node(Node n) {
    node = n;
    nodeHasStep = false;
  }

  /** Adds what gives outputs and assigned variables their values. */
  public void finish() {
    node = null;
    graph.assignments().forEach((variable, v) -> {
      Slot to = variableSlots.get(variable);
      Tensor t = in(v, Order.PLAIN);
      if (t.slot() != to) {
        copy(variable.name(), t.slot(), to);
      }
    });
    graph.outputs().forEach((name, v) -> {
      Tensor t = in(v, Order.PLAIN);
      if (t.slot().fixed) {
        Slot copy = temp(t.slot().bytes);
        copy(name, t.slot(), copy);
        t = new Tensor(t.type(), Order.PLAIN, copy);
      }
      outputs.put(name, t);
    });
    outputs.values().forEach(t -> t.slot().touch(steps.all().size()));
  }

  private void copy(String name, Slot from, Slot to) {
    long bytes = to.bytes;
    steps.add(new Step(name, "Copy", "memcpy", 0, 2 * bytes, List.of(from), List.of(to), () -> {
      long source = from.address();
      long target = to.address();
      return () -> NativeMemory.copy(source, target, bytes);
    }));
  }

  /** The threads for kernels of our own. */
  public Workers workers() {
    return workers;
  }

  /** How many threads share a step of the current node: one where there is little to do. */
  public int threads() {
    return OpenMp.isAlone() ? 1 : workers.threads();
  }

  /** The way to the other devices of a mesh, or null. */
  public Link link() {
    return link;
  }

  /** Who reads what. */
  public Uses uses() {
    return uses;
  }

  /** Tells how to make a value that is not made before somebody asks for it: who knows another way to it may never do. */
  public void defer(Value v, Supplier<Tensor> maker) {
    forms.defer(v, maker);
  }

  /** Whether nobody has asked for a value that was deferred. */
  public boolean isDeferred(Value v) {
    return forms.isDeferred(v);
  }

  /** Whether a value is there in an order already. */
  public boolean has(Value v, Order order) {
    return forms.of(v).containsKey(order);
  }

  /** The order in which a value is there in full precision: channels last if in both; one that is there in no such order can be had channels last. */
  public Order order(Value v) {
    return has(v, Order.CHANNELS_LAST) || !has(v, Order.PLAIN) ? Order.CHANNELS_LAST : Order.PLAIN;
  }

  /** An input as it is, in full precision. */
  public Tensor in(Value v) {
    return in(v, order(v));
  }

  /** An input as it is, rounded where it is there in no other form. */
  public Tensor stored(Value v) {
    Map<Order, Tensor> there = forms.of(v);
    return there.getOrDefault(order(v), there.get(Order.REDUCED));
  }

  /** The order that maps have between operations of the library: rounded if products may round their operands, because they then are read and written in half the time. */
  public Order mapOrder(Value v) {
    return reduced && v.type().dtype() == DType.F32 && v.type().shape().rank() >= 3 ? Order.REDUCED : Order.CHANNELS_LAST;
  }

  /** An input in an order; adds a reorder if it is not there in that order. */
  public Tensor in(Value v, Order order) {
    Tensor t = forms.of(v).get(order);
    if (t != null) {
      return t;
    }
    Tensor from = stored(v);
    if (v.type().dtype().bytes() != Float.BYTES) {
      throw new DeviceException(v + " cannot be stored channels last: its elements are not four bytes long");
    }
    Tensor to = forms.define(v, new Tensor(v.type(), order, Slot.inArena(Tensor.bytes(v.type(), order))));
    steps.reorder(v.name(), describe(from), from.slot(), describe(to), to.slot());
    return to;
  }

  /** An output, to be written in an order. Where the operation overwrites a variable that takes the result, the output is the variable. */
  public Tensor out(Value v, Order order) {
    int target = node.op().overwrites(v.index(), node.inputs().size());
    Slot slot = null;
    if (target >= 0 && v.equals(graph.assignments().get(node.input(target)))) {
      slot = variableSlots.get(node.input(target));
    }
    return forms.define(v, new Tensor(v.type(), order, slot == null ? Slot.inArena(Tensor.bytes(v.type(), order)) : slot));
  }

  /** Lets an output be an input's memory under another shape; a variable that changes in this run is copied, because later readers want its old value. */
  public void alias(Value v, Tensor same) {
    Slot s = same.slot();
    boolean changes = graph.assignments().keySet().stream().anyMatch(a -> variableSlots.get(a) == s);
    forms.define(v, new Tensor(v.type(), same.order(), changes ? snapshot(v.name(), s) : s));
  }

  /** Memory for something between the steps of an operation, or for a backward operation to find by {@link #keep}. */
  public Slot temp(long bytes) {
    return Slot.inArena(bytes);
  }

  /** Memory that one step needs only while it runs. All share it, so that it stays in the caches; where it is the step's binding learns. */
  public LongSupplier scratch(long bytes) {
    return steps.scratch(bytes);
  }

  /** Remembers what a later operation may look for, as a workspace. */
  public void keep(Object key, Object what) {
    kept.put(key, what);
  }

  /** Tells how a later step may make a value anew, in its order, out of what is kept anyway. */
  public void remember(Value v, Supplier<Tensor> recipe) {
    forms.remember(v, recipe);
  }

  /** As {@link #in(Value, Order)}, but what there is a recipe for is made anew, once, so that it need not be kept until now. */
  public Tensor again(Value v, Order order) {
    Supplier<Tensor> recipe = !isDeferred(v) && has(v, order) ? forms.recipe(v) : null;
    return recipe == null ? in(v, order) : forms.define(v, recipe.get());
  }

  /** Whether {@link #again} would make a value anew. */
  public boolean isMadeAgain(Value v) {
    return forms.isRemembered(v);
  }

  /** What was remembered under a key, or {@code null}. */
  public <T> T kept(Object key, Class<T> type) {
    return type.cast(kept.get(key));
  }

  /** A descriptor of a float tensor as it is stored. */
  public MemoryDesc describe(Tensor t) {
    return describe(t.type(), t.order());
  }

  /** A descriptor of a float tensor of a type in an order. */
  public MemoryDesc describe(TensorType type, Order order) {
    long[] dims = Tensor.dims(type.shape());
    long[] strides = Tensor.strides(type.shape(), order);
    return own(order == Order.REDUCED ? MemoryDesc.reduced(dims, strides) : MemoryDesc.strided(dims, strides));
  }

  /** Hands something native to the program, which closes it. */
  public <T extends AutoCloseable> T own(T resource) {
    return steps.own(resource);
  }

  /** Allows the last step's output to take the place of one of its inputs, if that is not needed afterwards: for steps that read each element before they write it. */
  public void mayReplace(Slot output, Slot input) {
    steps.mayReplace(output, input);
  }

  /** Adds a step of the current node. */
  public void step(String detail, List<Slot> reads, List<Slot> writes, Step.Binding binding) {
    steps.add(node.name(), node.op().opName(), detail, macs(), reads, writes, binding);
  }

  /** Adds a step of an earlier node, which was deferred. */
  public void stepOf(Node n, String detail, List<Slot> reads, List<Slot> writes, Step.Binding binding) {
    steps.add(n.name(), n.op().opName(), detail, 0, reads, writes, binding);
  }

  /** Adds a step that makes anew what an earlier node gave. */
  public void stepAgain(String name, String detail, List<Slot> reads, List<Slot> writes, Step.Binding binding) {
    steps.add(name, "Again", detail, 0, reads, writes, binding);
  }

  /** Adds a primitive as a step of the current node; the program closes it. */
  public void primitive(Primitive p, Arg... args) {
    steps.primitive(node.name(), node.op().opName(), macs(), p, args);
  }

  /** Adds a primitive as a step that makes anew what an earlier node gave; the program closes it. */
  public void primitiveAgain(String name, Primitive p, Arg... args) {
    steps.primitive(name, "Again", 0, p, args);
  }

  /** The current node's multiply-adds, for its first step. */
  private long macs() {
    long macs = nodeHasStep ? 0 : node.cost().macs();
    nodeHasStep = true;
    return macs;
  }

  /** Adds a copy of a tensor into another layout. */
  public void reorder(MemoryDesc from, Slot source, MemoryDesc to, Slot target) {
    steps.reorder(node.name(), from, source, to, target);
  }

  /** Adds a copy of a tensor into another layout, multiplied by factors, one for each place along the first {@code axes} axes together. */
  public void reorderScaled(String name, MemoryDesc from, Slot source, int axes, Tensor factors, MemoryDesc to, Slot target) {
    steps.reorderScaled(name, from, source, axes, factors, to, target);
  }

  /** The current node's own work: copies a tensor or a box of one to another. */
  public void copyBox(MemoryDesc from, Slot source, MemoryDesc to, Slot target) {
    Primitive p = Steps.made(from, to, () -> Primitives.reorder(from, to));
    if (p == null) {
      throw new DeviceException(node.name() + ": oneDNN cannot move these elements; use cpu:reference");
    }
    primitive(p, Arg.read(Primitives.SOURCE, from, source), Arg.write(Primitives.DESTINATION, to, target));
  }

  /** Inputs by name, to be filled before a run. */
  public Map<String, Tensor> inputs() {
    return inputs;
  }

  /** Outputs by name, row-major. */
  public Map<String, Tensor> outputs() {
    return outputs;
  }

  /** The steps in order. */
  public List<Step> steps() {
    return steps.all();
  }

  List<Steps.Reuse> reuses() {
    return steps.reuses();
  }

  /** Scratch memory that all primitives share. */
  public long scratchBytes() {
    return steps.scratchBytes();
  }

  void placeScratch(long address) {
    steps.placeScratch(address);
  }

  /** Refuses element types that the engine does not compute in. */
  public static void requireFloat32(Node n) {
    List<TensorType> all = new ArrayList<>(n.inputTypes());
    all.addAll(n.outputTypes());
    for (TensorType t : all) {
      if (t.dtype().isFloating() && t.dtype() != DType.F32) {
        throw new UnsupportedOnDeviceException(n.name() + ": the cpu device computes " + n.op().opName() + " in f32, got " + t + "; use cpu:reference for " + t.dtype());
      }
    }
  }

  @Override
  public void close() {
    steps.close();
  }
}
