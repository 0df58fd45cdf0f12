package dev.cardinal.nn;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.ShapeException;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/**
 * A part of a network: parameters, children, and how to build its nodes. Modules nest; a parameter's name is the path of modules to it, as in {@code layer1.0.conv2.weight}.
 *
 * <p>A module describes; it holds no values. {@link #initialize} makes first values, {@link Trace} builds graphs, and values live in a device's variables. One module may stand in one
 * place of a network only.
 *
 * <p>To write one: create children with {@link #child} in the constructor and call their {@link #apply} in {@link #build}.
 */
public abstract class Module {
  private final Map<String, Module> children = new LinkedHashMap<>();
  private final Map<String, Parameter> own = new LinkedHashMap<>();
  private Module parent;
  private String name = "";
  private boolean frozen;

  /** For subclasses. */
  protected Module() {}

  /** Adds a child under a name without dots. Returns the child. */
  protected final <M extends Module> M child(String childName, M module) {
    Module added = module;
    if (childName.isEmpty() || childName.contains(".")) {
      throw new IllegalArgumentException("a module's name is not empty and has no dots, got '" + childName + "'");
    }
    if (added.parent != null) {
      throw new IllegalArgumentException("module " + childName + " stands in this network already as " + added.path() + "; make a new one for each place");
    }
    if (children.putIfAbsent(childName, module) != null) {
      throw new IllegalArgumentException("there are two modules named " + childName + " in " + describe());
    }
    added.parent = this;
    added.name = childName;
    return module;
  }

  /** Declares a parameter of this module; declared again while the module is being configured, the later declaration holds. */
  protected final void parameter(String parameterName, Parameter p) {
    own.put(parameterName, p);
  }

  /** Takes a declaration back. */
  protected final void withoutParameter(String parameterName) {
    own.remove(parameterName);
  }

  /** Appends this module's nodes. */
  protected abstract Value build(Trace t, Value x);

  /** Appends this module's nodes under its name. */
  public final Value apply(Trace t, Value x) {
    try (Graph.Scope scope = t.graph().scope(name)) {
      return build(t, x);
    }
  }

  /** Path from the root of the network, empty at the root. */
  public final String path() {
    return parent == null ? name : parent.path().isEmpty() ? name : parent.path() + "." + name;
  }

  /**
   * The module at a path below this one.
   *
   * @throws IllegalArgumentException if there is none, naming what there is
   */
  public final Module find(String path) {
    Module m = this;
    for (String part : path.split("\\.")) {
      Module next = m.children.get(part);
      if (next == null) {
        throw new IllegalArgumentException("there is no module " + path + ": " + m.describe() + " has " + m.children.keySet());
      }
      m = next;
    }
    return m;
  }

  /** Children by name. */
  public final Map<String, Module> children() {
    return java.util.Collections.unmodifiableMap(children);
  }

  /** All parameters below this module by path, in order of declaration, depth first. */
  public final Map<String, Parameter> parameters() {
    Map<String, Parameter> all = new LinkedHashMap<>();
    collect("", all, false);
    return all;
  }

  /** As {@link #parameters}, without those that are frozen or not learned. */
  public final Map<String, Parameter> learnedParameters() {
    Map<String, Parameter> all = new LinkedHashMap<>();
    collect("", all, true);
    all.values().removeIf(p -> !p.isLearned());
    return all;
  }

  private void collect(String prefix, Map<String, Parameter> into, boolean skipFrozen) {
    if (skipFrozen && frozen) {
      return;
    }
    own.forEach((n, p) -> into.put(prefix + n, p));
    children.forEach((n, m) -> m.collect(prefix + n + ".", into, skipFrozen));
  }

  /** Number of learned values below this module, frozen or not. */
  public final long parameterCount() {
    return parameters().values().stream().filter(Parameter::isLearned).mapToLong(p -> p.type().shape().size()).sum();
  }

  /** Stops learning here and below: parameters keep their values, batch normalisation uses its running statistics and dropout does nothing. Returns this module. */
  public final Module freeze() {
    frozen = true;
    children.values().forEach(Module::freeze);
    return this;
  }

  /** Undoes {@link #freeze}, here and below. Returns this module. */
  public final Module unfreeze() {
    frozen = false;
    children.values().forEach(Module::unfreeze);
    return this;
  }

  /** Whether {@link #freeze} was called here or above. */
  public final boolean isFrozen() {
    return frozen;
  }

  /**
   * First values for all parameters. Each depends on seed and path only, so that adding a layer does not change the others.
   *
   * @return tensors by path, in the order of {@link #parameters}
   */
  public final Map<String, HostTensor> initialize(long seed) {
    Map<String, HostTensor> values = new LinkedHashMap<>();
    initialize(seed, (path, type, elements) -> values.put(path, HostTensor.generate(type, elements)));
    return values;
  }

  /** The same values by their elements, which are to be asked for once each and in order: nobody need hold as much memory as the network for them. */
  public final void initialize(long seed, ValuesReader reader) {
    parameters().forEach((path, p) -> reader.read(path, p.type(), p.initializer().values(p.type(), new PhiloxRandom(seed, stream(path)))));
  }

  /** Takes first values. */
  @FunctionalInterface
  public interface ValuesReader {
    /** Of one parameter: its path, its type, and its elements by linear (row-major) index. */
    void read(String path, TensorType type, IntToDoubleFunction elements);
  }

  /** FNV-1a, 64 bits: a fixed function, as {@link String#hashCode} is, but wide enough that paths do not collide. */
  private static long stream(String path) {
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < path.length(); i++) {
      h = (h ^ path.charAt(i)) * 0x100000001b3L;
    }
    return h;
  }

  private String describe() {
    return parent == null ? "the network (" + getClass().getSimpleName() + ")" : path() + " (" + getClass().getSimpleName() + ")";
  }

  /** Throws with this module's path before the message. */
  protected final void require(boolean ok, String format, Object... args) {
    if (!ok) {
      throw new ShapeException((path().isEmpty() ? getClass().getSimpleName() : path()) + ": " + String.format(format, args));
    }
  }
}
