package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.graph.Verifier;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.Layout;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.SplitRule;
import dev.cardinal.op.Way;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Divides a graph over devices. One walk over the nodes in order: each takes, among the placements that its operation's rule allows, the one for which the fewest bytes must move, given how its inputs lie
 * by then. A variable lies as its first reader wants it: forward convolutions and dense layers, which come first, decide, and gradients and updates follow.
 *
 * <p>The graph is that of a whole training step, before anything is fused: what the gradients need to move follows from the same rules as what the forward part moves, and where that gathers the gradients
 * reduce and scatter.
 */
public final class Splitter {
  private static final String OPTIMIZER = "optimizer";

  private final Graph graph;
  private final SplitOptions options;
  private final int devices;
  private final LocalGraphs locals;
  private final Conversions conversions;
  private final Map<Value, Spread> spreads = new HashMap<>();
  private final Map<String, Layout> variables = new LinkedHashMap<>();
  private final Map<String, Layout> known;
  private final List<LayerShare> layers = new ArrayList<>();
  private final Map<Value, Value> gradientOf = new HashMap<>();
  private final Map<Value, Value[]> meansToCome = new LinkedHashMap<>();

  private Splitter(Graph graph, SplitOptions options, Map<String, Layout> known) {
    this.graph = graph;
    this.options = options;
    this.devices = options.mode() == Mode.NONE ? 1 : options.devices();
    this.locals = new LocalGraphs(devices);
    this.conversions = new Conversions(locals);
    this.known = known;
  }

  /**
   * Divides a graph.
   *
   * @param known layouts of variables that lie somewhere already
   * @throws SplitException if a layer cannot be divided as asked, with the numbers of devices that the whole graph divides over
   */
  public static SplitGraph split(Graph graph, SplitOptions options, Map<String, Layout> known) {
    try {
      return new Splitter(graph, options, known).run();
    } catch (SplitException e) {
      throw known.isEmpty() ? new SplitException(e.getMessage() + DeviceCounts.advice(graph, options)) : e;
    }
  }

  /** Whether a graph divides as asked. */
  static boolean divides(Graph graph, SplitOptions options) {
    try {
      new Splitter(graph, options, Map.of()).run();
      return true;
    } catch (SplitException e) {
      return false;
    }
  }

  private SplitGraph run() {
    Map<String, Layout> inputs = new LinkedHashMap<>();
    int batch = graph.inputs().values().stream().filter(v -> v.type().shape().rank() > 1).mapToInt(v -> v.type().shape().dim(0)).findFirst().orElse(-1);
    graph.inputs().forEach((name, v) -> inputs.put(name, input(name, v, batch)));
    graph.constants().forEach((v, t) -> leaf(v, Layout.whole(devices), (g, type) -> g.constant(v.name(), t)));
    for (Map.Entry<String, Value> e : graph.variables().entrySet()) {
      spreads.put(e.getValue(), null);
      if (known.containsKey(e.getKey())) {
        pin(e.getValue(), known.get(e.getKey()));
      }
    }
    new Updates(this).findGradients(graph, gradientOf);
    conversions.collectIn(new Buckets(locals, devices, Buckets.capacity(gradientOf.keySet())));
    Set<Node> needed = needed();
    graph.nodes().stream().filter(needed::contains).forEach(this::place);
    Map<String, Layout> outputs = new LinkedHashMap<>();
    graph.outputs().forEach((name, v) -> outputs.put(name, output(name, v)));
    graph.assignments().forEach(this::assign);
    for (int d = 0; d < devices; d++) {
      Verifier.verify(locals.graph(d), "division, on device " + d);
    }
    return new SplitGraph(options, locals.all(), inputs, variables, outputs, layers, conversions.movements(), Math.max(1, batch));
  }

  /** Dead nodes are left out first: a collective that only some devices think useless would never end. */
  private Set<Node> needed() {
    Set<Value> wanted = new HashSet<>(graph.outputs().values());
    wanted.addAll(graph.assignments().values());
    Set<Node> needed = new HashSet<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node n = graph.nodes().get(i);
      if (n.outputs().stream().anyMatch(wanted::contains)) {
        needed.add(n);
        wanted.addAll(n.inputs());
      }
    }
    return needed;
  }

  private interface Declare {
    Value in(Graph g, TensorType type);
  }

  private void leaf(Value v, Layout layout, Declare declare) {
    Value[] values = new Value[devices];
    Arrays.setAll(values, d -> declare.in(locals.graph(d), layout.local(v.type(), d)));
    spreads.put(v, new Spread(v.type(), layout, values));
  }

  private Layout input(String name, Value v, int batch) {
    boolean divided = devices > 1 && options.mode() != Mode.GROUPS && v.type().shape().rank() > 0 && v.type().shape().dim(0) == batch;
    if (divided && batch % devices != 0) {
      throw new SplitException("input " + name + ": a batch of " + batch + " does not divide over " + devices + " devices; use a multiple of " + devices);
    }
    Layout l = divided ? Layout.even(devices, 0, batch) : Layout.whole(devices);
    leaf(v, l, (g, type) -> g.input(name, type));
    return l;
  }

  private Layout output(String name, Value v) {
    Spread s = spread(v);
    Layout l = s.layout().isSum() ? Layout.whole(devices) : s.layout();
    Value[] values = conversions.convert(s, l, v.isComputed() ? v.node().name() : name);
    for (int d = 0; d < devices; d++) {
      locals.graph(d).output(name, values[d]);
    }
    return l;
  }

  private void assign(Value variable, Value value) {
    Spread s = spread(value);
    if (spreads.get(variable) == null) {
      pin(variable, s.layout().isSum() ? Layout.whole(devices) : s.layout());
    }
    Value[] to = spread(variable).in(variables.get(variable.name()), true);
    Value[] values = conversions.convert(s, variables.get(variable.name()), value.isComputed() ? value.node().name() : variable.name());
    for (int d = 0; d < devices; d++) {
      locals.graph(d).assign(to[d], values[d]);
    }
  }

  /** Decides how a variable lies. */
  void pin(Value variable, Layout layout) {
    variables.put(variable.name(), layout);
    leaf(variable, layout, (g, type) -> g.variable(variable.name(), type));
  }

  /** Defines a value as the mean of what the devices have, made where it is first read: in the update, with the others of its kind. */
  void defineMean(Value v, Value[] own) {
    meansToCome.put(v, own);
  }

  private void requireThere(Value v) {
    if (!meansToCome.containsKey(v)) {
      return;
    }
    Map<Value, Spread> sums = new LinkedHashMap<>();
    meansToCome.forEach((mean, own) -> sums.put(mean, new Spread(mean.type(), Layout.summands(devices), own)));
    meansToCome.clear();
    sums.values().forEach(s -> conversions.later(s, OPTIMIZER));
    sums.forEach((mean, s) -> define(mean, Layout.whole(devices), locals.scaled(OPTIMIZER, conversions.convert(s, Layout.whole(devices), OPTIMIZER), 1.0 / devices)));
  }

  /** How a value lies; a variable that nobody has read yet is whole from now on. */
  Spread spread(Value v) {
    requireThere(v);
    if (spreads.get(v) == null) {
      pin(v, Layout.whole(devices));
    }
    return spreads.get(v);
  }

  boolean isPinned(Value v) {
    requireThere(v);
    return spreads.get(v) != null;
  }

  Value[] in(Value v, Layout layout, String layer) {
    requireThere(v);
    if (spreads.get(v) == null) {
      pin(v, layout);
    }
    return conversions.convert(spreads.get(v), layout, layer);
  }

  LocalGraphs locals() {
    return locals;
  }

  Conversions conversions() {
    return conversions;
  }

  SplitOptions options() {
    return options;
  }

  int devices() {
    return devices;
  }

  void define(Value v, Layout layout, Value[] values) {
    spreads.put(v, new Spread(v.type(), layout, values, !(v.node().op() instanceof MaxPool) || v.index() == 0));
  }

  /** Where a gradient will be read: as its parameter lies; null if it is no parameter's gradient. */
  Layout wantedOfGradient(Value gradient) {
    Value parameter = gradientOf.get(gradient);
    return parameter == null || spreads.get(parameter) == null ? null : variables.get(parameter.name());
  }

  private void place(Node n) {
    if (devices == 1 || !(new Updates(this).place(n) || new AcrossSamples(this).place(n) || new AcrossChannels(this).place(n))) {
      emit(n, choose(n));
    }
    for (Value v : n.outputs()) {
      Layout wanted = wantedOfGradient(v);
      if (wanted == null || meansToCome.containsKey(v) || !spread(v).layout().isSum()) {
        continue;
      }
      if (wanted.isWhole() && spread(v).layout().isUndivided()) {
        conversions.later(spread(v), n.name());
      } else {
        conversions.convert(spread(v), wanted, n.name(), true);
      }
    }
  }

  private static boolean isLayer(Node n) {
    boolean weighted = n.op() instanceof Conv || n.op() instanceof Linear || n.op() instanceof ConvBackwardData;
    return weighted && !Conversions.isBackward(n.name()) && n.input(1).source() == Value.Source.VARIABLE;
  }

  private Candidate choose(Node n) {
    List<Spread> in = new ArrayList<>();
    for (Value v : n.inputs()) {
      requireThere(v);
      Spread s = spreads.get(v);
      in.add(s == null ? new Spread(v.type(), null, null) : s);
    }
    SplitRule rule = n.op().split(n.inputTypes(), n.outputTypes());
    Candidates candidates = new Candidates(n, in, devices);
    Candidate whole = Candidate.whole(n.op(), devices, n.inputs().size(), n.outputs().size());
    if (devices == 1) {
      return whole;
    }
    boolean layer = isLayer(n);
    List<Candidate> all = new ArrayList<>(candidates.of(layer ? waysOfLayer(n, rule) : options.mode() == Mode.GROUPS ? rule.ways().stream().filter(w -> !w.batch()).toList() : rule.ways()));
    all.addAll(Rearrangements.of(n, in, devices));
    Candidate summands = candidates.summands(rule);
    if (summands != null) {
      return summands;
    }
    if (layer && all.isEmpty()) {
      refuseGroups(n);
    }
    if (!layer || all.isEmpty()) {
      all.add(whole);
    }
    return cheapest(n, all, layer);
  }

  private List<Way> waysOfLayer(Node n, SplitRule rule) {
    SplitOptions.Choice pin = options.pins().get(n.name());
    boolean samples = options.mode() == Mode.DATA || options.mode() == Mode.HYBRID && !(n.op() instanceof Linear);
    return rule.ways().stream().filter(w -> w.batch() == samples).filter(w -> {
      boolean reduces = w.outputs().get(0).sum();
      return samples || pin == null || pin == SplitOptions.Choice.GATHER && !reduces || pin == SplitOptions.Choice.REDUCE && reduces;
    }).toList();
  }

  private void refuseGroups(Node n) {
    int groups = n.op() instanceof Conv c ? c.geometry().groups() : n.op() instanceof ConvBackwardData t ? t.geometry().groups() : 1;
    if (groups > 1 && options.pins().get(n.name()) != SplitOptions.Choice.WHOLE) {
      throw new SplitException(n.name() + ": " + groups + " groups of " + n.output(0).type().shape().dim(1) / groups + " channels do not divide over " + devices + " devices");
    }
  }

  private Candidate cheapest(Node n, List<Candidate> all, boolean layer) {
    boolean backward = Conversions.isBackward(n.name());
    Candidate best = null;
    long least = 0;
    int leastMoved = 0;
    for (Candidate c : all) {
      long bytes = 0;
      int moved = 0;
      for (int i = 0; i < n.inputs().size() && bytes >= 0; i++) {
        Spread s = spreads.get(n.input(i));
        if (s == null || i == c.lateBias()) {
          continue;
        }
        long cost = Conversions.cost(s, c.inputs().get(i), backward);
        bytes = cost == Long.MAX_VALUE ? -1 : bytes + cost;
        moved += s.layout().equals(c.inputs().get(i)) ? 0 : 1;
      }
      if (bytes < 0) {
        continue;
      }
      if (layer && c.outputs().get(0).isSum()) {
        // A sum is added up and divided right away.
        bytes += n.output(0).type().bytes() / devices * (devices - 1);
      }
      if (best == null || bytes < least || bytes == least && moved < leastMoved) {
        best = c;
        least = bytes;
        leastMoved = moved;
      }
    }
    if (best == null) {
      throw new SplitException(n.name() + ": no division of " + n.op() + " over " + devices + " devices fits how its inputs lie");
    }
    return best;
  }

  private void emit(Node n, Candidate c) {
    List<Value[]> in = new ArrayList<>();
    for (int i = 0; i < n.inputs().size(); i++) {
      if (i != c.lateBias()) {
        in.add(in(n.input(i), c.inputs().get(i), n.name()));
      }
    }
    List<Value[]> out = c.local() == null ? in : locals.emit(n.name(), c.local()::apply, in);
    for (int i = 0; i < out.size(); i++) {
      define(n.output(i), c.outputs().get(i), out.get(i));
    }
    if (c.lateBias() >= 0) {
      addBias(n, n.input(c.lateBias()));
    }
    if (isLayer(n)) {
      layers.add(LayerShare.of(n, c.inputs().get(1), spread(n.output(0)).layout(), out.get(0)));
    }
  }

  private void addBias(Node n, Value bias) {
    Value y = n.output(0);
    int channels = y.type().shape().dim(1);
    boolean divides = channels % devices == 0;
    Layout to = divides ? Layout.even(devices, 1, channels) : Layout.whole(devices);
    Value[] sum = conversions.convert(spread(y), to, n.name());
    Value[] b = in(bias, divides ? Layout.even(devices, 0, channels) : Layout.whole(devices), n.name());
    define(y, to, locals.add(n.name(), sum, locals.overMaps(n.name(), b, y.type().shape().rank())));
  }
}
