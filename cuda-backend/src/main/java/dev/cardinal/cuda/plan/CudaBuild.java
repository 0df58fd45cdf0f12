package dev.cardinal.cuda.plan;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.UnsupportedOnDeviceException;
import dev.cardinal.backend.Link;
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
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A program in the making. A lowering asks for the slots of its node's inputs ({@link #in}) and outputs ({@link #out}) and adds steps; all steps go to one stream, in order.
 *
 * <p>Values lie without gaps, each in its {@linkplain Form form}: {@link #order} and {@link #storage} say which. A lowering that can read or write only certain forms names them, and what lies
 * otherwise is converted: {@code in(v, Order.ROWS, DType.F32)} and {@code out(v, Order.ROWS, DType.F32)} are always right for float32 values.
 */
public final class CudaBuild implements AutoCloseable {
  private final Graph graph;
  private final Uses uses;
  private final CudaSession session;
  private final Forms preferred;
  private final Map<Value, Slot> slots = new HashMap<>();
  private final Map<Value, Form> forms = new HashMap<>();
  private final Map<Converted, Slot> converted = new HashMap<>();
  private final Map<Value, Slot> variableSlots = new HashMap<>();
  private final Map<String, Slot> inputs = new LinkedHashMap<>();
  private final Map<String, Slot> outputs = new LinkedHashMap<>();
  private final Map<Slot, String> names = new LinkedHashMap<>();
  private final List<CudaStep> steps = new ArrayList<>();
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Map<Class<?>, Object> shared = new HashMap<>();
  private final Link link;
  private final Slot scratch = Slot.fixed(0, 1);
  private long scratchBytes;
  private Node node;
  private Node costed;

  private record Converted(Value value, Form form) {}

  /**
   * For a graph.
   *
   * @param variables gives a variable's memory
   * @param constants gives a constant's memory, filled, which the caller owns
   * @param link the way to the other devices of a mesh, or null
   */
  public CudaBuild(Graph graph, CudaSession session, Function<Value, Long> variables, Function<Value, Long> constants, Link link) {
    this.link = link;
    this.graph = graph;
    this.uses = new Uses(graph);
    this.session = session;
    this.preferred = new Forms(graph, session.options().precision());
    graph.inputs().forEach((name, v) -> {
      Slot s = Slot.inArena(v.type().bytes());
      s.touch(0);
      inputs.put(name, s);
      define(v, s, Form.rows(v.type().dtype()));
    });
    graph.constants().keySet().forEach(v -> define(v, Slot.fixed(constants.apply(v), v.type().bytes()), Form.rows(v.type().dtype())));
    graph.variables().forEach((name, v) -> {
      Slot s = Slot.fixed(variables.apply(v), v.type().bytes());
      variableSlots.put(v, s);
      // Within a run everybody sees a variable's old value, also who takes it at the end.
      define(v, graph.assignments().containsKey(v) && uses.isKept(v) ? snapshot(name, s) : s, Form.rows(v.type().dtype()));
    });
  }

  /** Lets an input come in another form than the host's, for trials; before any lowering. */
  void assume(Value input, Form form) {
    Slot s = Slot.inArena(input.type().shape().size() * form.storage().bytes());
    s.touch(0);
    inputs.put(input.name(), s);
    define(input, s, form);
  }

  private Slot snapshot(String name, Slot variable) {
    Slot copy = Slot.inArena(variable.bytes());
    copy(name, variable, copy);
    return copy;
  }

  private void define(Value v, Slot s, Form form) {
    if (v.type().dtype() == DType.F64) {
      throw new UnsupportedOnDeviceException("GPUs are driven in float32 and narrower, and " + v.name() + " is " + v.type() + "; cast it to f32, or use cpu:reference");
    }
    slots.put(v, s);
    forms.put(v, form);
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
      Slot s = in(v, Order.ROWS, v.type().dtype());
      if (s != to) {
        copy(variable.name(), s, to);
      }
    });
    graph.outputs().forEach((name, v) -> {
      Slot s = in(v, Order.ROWS, v.type().dtype());
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

  /** The way to the other devices of a mesh, or null. */
  public Link link() {
    return link;
  }

  /** What the lowerings of a program share, made when first asked for; the program closes it. */
  public <T extends AutoCloseable> T shared(Class<T> type, Supplier<T> make) {
    return type.cast(shared.computeIfAbsent(type, k -> own(make.get())));
  }

  /** Whether runs of the program change variables. */
  public boolean learns() {
    return !graph.assignments().isEmpty();
  }

  /** Who reads what. */
  public Uses uses() {
    return uses;
  }

  /** In which order a value lies; before {@link #out} was asked for it, in which it should. */
  public Order order(Value v) {
    return form(v).order();
  }

  /** In which type a value's elements are kept; before {@link #out} was asked for it, in which they should be. */
  public DType storage(Value v) {
    return form(v).storage();
  }

  private Form form(Value v) {
    return forms.getOrDefault(v, preferred.of(v));
  }

  /** The form of the program's feature maps: what tensors of that element type should be for a convolution. */
  public Form maps(DType dtype) {
    Form f = preferred.maps();
    return dtype == DType.F32 ? f : new Form(f.order(), dtype);
  }

  /** Adds the step that brings a value of that shape from one form to another. */
  public void convert(Shape shape, Slot x, Form from, Slot y, Form to) {
    Conversion.add(this, shape, x, from, y, to);
  }

  /** The slot of an input, in the form that it has. */
  public Slot in(Value v) {
    return slots.get(v);
  }

  /** A slot with an input's value in that form: its own, or a converted copy, which all who ask for that form share. */
  public Slot in(Value v, Order order, DType storage) {
    Form from = forms.get(v);
    Form to = new Form(order, storage);
    if (from.equals(to) || from.storage() == storage && Conversion.sameOrder(v.type().shape())) {
      return slots.get(v);
    }
    return converted.computeIfAbsent(new Converted(v, to), k -> {
      Slot copy = Slot.inArena(v.type().shape().size() * storage.bytes());
      names.put(copy, v.name() + " " + v.type() + " as " + storage + " " + order.name().toLowerCase(Locale.ROOT));
      Conversion.add(this, v.type().shape(), slots.get(v), from, copy, to);
      return copy;
    });
  }

  /** A new slot for an output, or the variable's own memory where the operation overwrites a variable that takes the result; in the form that the value should have. */
  public Slot out(Value v) {
    Form form = preferred.of(v);
    return out(v, form.order(), form.storage());
  }

  /** As {@link #out(Value)}, in another form. */
  public Slot out(Value v, Order order, DType storage) {
    Form form = new Form(order, storage);
    int overwritten = node.op().overwrites(v.index(), node.inputs().size());
    Slot s = Slot.inArena(v.type().shape().size() * storage.bytes());
    if (overwritten >= 0 && form.equals(Form.rows(v.type().dtype()))) {
      Value variable = node.input(overwritten);
      boolean taken = graph.assignments().get(variable) == v && slots.get(variable) == variableSlots.get(variable);
      boolean lastReader = uses.readers(variable).stream().allMatch(n -> n.id() <= node.id());
      if (taken && lastReader) {
        s = variableSlots.get(variable);
      }
    }
    define(v, s, form);
    return s;
  }

  /** Gives an output the memory of an input, for operations that only read its rows differently. */
  public void alias(Value output, Value input) {
    DType storage = preferred.of(output).storage();
    Slot s = in(input, Order.ROWS, storage);
    if (s.isFixed()) {
      // An optimiser may overwrite a variable while the alias is still read.
      copy(node.name(), s, out(output, Order.ROWS, storage));
    } else {
      slots.put(output, s);
      forms.put(output, Form.rows(storage));
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

  /** Adds a step of the node's, at the cost that its operation states if it is the node's first. */
  public void step(String detail, List<Slot> reads, List<Slot> writes, Supplier<Runnable> binding) {
    Cost c = node.cost();
    boolean first = costed != node;
    costed = node;
    add(new CudaStep(node.name(), node.op().opName(), detail, first ? c.macs() : 0, first ? c.bytesRead() + c.bytesWritten() : bytes(reads) + bytes(writes), reads, writes, binding));
  }

  private static long bytes(List<Slot> slots) {
    return slots.stream().mapToLong(Slot::bytes).sum();
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
    step(name, slots(args, KernelArg.Access.WRITE), slots(args, KernelArg.Access.READ), launch(family, name, macros, shape, args));
  }

  /** Adds a launch that is no operation of the graph, as a change of form is none: the name stands for one in profiles. */
  void auxiliary(String op, String family, String name, Map<String, String> macros, LaunchShape shape, Arg... args) {
    List<Slot> reads = slots(args, KernelArg.Access.WRITE);
    List<Slot> writes = slots(args, KernelArg.Access.READ);
    add(new CudaStep(node == null ? "outputs" : node.name(), op, name, 0, bytes(reads) + bytes(writes), reads, writes, launch(family, name, macros, shape, args)));
  }

  /** The slots among arguments that are not only for the given kind of access. */
  private static List<Slot> slots(Arg[] args, KernelArg.Access butOnly) {
    List<Slot> found = new ArrayList<>();
    for (Arg a : args) {
      if (a instanceof Arg.Memory m && m.access() != butOnly) {
        found.add(m.slot());
      }
    }
    return found;
  }

  private Supplier<Runnable> launch(String family, String name, Map<String, String> macros, LaunchShape shape, Arg[] args) {
    CudaFunction function = session.kernels().function(family, name, macros);
    List<Arg> given = List.of(args);
    CudaStream stream = session.stream();
    return () -> {
      CudaLaunch launch = function.prepare(shape, given.stream().map(CudaBuild::bound).toList());
      return () -> launch.launch(stream);
    };
  }

  /** The macro that sets a kernel's storage type, for sources that include {@code storage.cuh}. */
  public static Map<String, String> macros(DType storage) {
    return Map.of("STORAGE", String.valueOf(storageNumber(storage)));
  }

  /** The number that {@code storage.cuh} knows a storage type by. */
  static int storageNumber(DType storage) {
    return switch (storage) {
      case F32 -> 0;
      case BF16 -> 1;
      case F16 -> 2;
      default -> throw new DeviceException("GPUs keep numbers as f32, bf16 or f16, not as " + storage + "; cast it, or use another device, such as cpu:reference");
    };
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
