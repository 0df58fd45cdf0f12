package dev.cardinal.parallel;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.backend.mesh.MeshDevice;
import dev.cardinal.conformance.Tolerance;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Splitting does not change the function: a network trained for some steps on a mesh has the losses and the weights that it has on one device, to rounding. A subclass opens the devices.
 */
public abstract class MeshSuite {
  static final int CLASSES = 8;
  private static final int BATCH = 4;
  private static final int STEPS = 5;
  private static final int TERMS = 1024;
  private static final double LOSS = 1e-5;
  private static final double FLOOR = 1e-5;
  private static final double NOTHING = 1e-2;
  private static final boolean ALL_MESHES = Boolean.getBoolean("cardinal.allMeshes");
  private static final int RANDOM_NETS = 50;
  private static final int RANDOM_SIZE = 4;
  private static final List<SplitOptions> ALL_DIVISIONS = Stream.of(Mode.GROUPS, Mode.DATA, Mode.HYBRID).flatMap(m -> Stream.of(1, 2, 4).map(k -> SplitOptions.of(m, k))).toList();

  /** A network of the suite with the size of its pictures. */
  record Net(String name, Module module, int size) {}

  /**
   * What a training gives.
   *
   * @param undone biases that a normalisation takes off again, so that their gradients are 0 but for rounding
   */
  record Result(List<Double> losses, Map<String, HostTensor> variables, Set<String> undone) {}

  /** Opens one more device of the kind that is tested. */
  protected abstract Device open();

  /** Opens the devices of a mesh. */
  protected List<Device> open(int devices) {
    return Stream.generate(this::open).limit(devices).toList();
  }

  /**
   * Of the nine divisions of each random network (three modes over one, two and four devices) how many are tried; by turns, so that all are among them, and all nine with {@code -Dcardinal.allMeshes=true}.
   */
  protected int divisionsOfRandomNets() {
    return ALL_DIVISIONS.size();
  }

  /** Of the random networks every how many-th is tried; all of them with {@code -Dcardinal.allMeshes=true}. */
  protected int randomNetStep() {
    return 1;
  }

  private List<SplitOptions> divisions(int network) {
    int count = ALL_MESHES ? ALL_DIVISIONS.size() : divisionsOfRandomNets();
    // Five has no factor in common with nine: networks in a row begin with different modes and numbers of devices.
    return Stream.iterate(0, i -> i + 1).limit(count).map(i -> ALL_DIVISIONS.get((network * count + i) * 5 % ALL_DIVISIONS.size())).toList();
  }

  /** Whether a published network is tried so, for engines on which all would take long; with {@code -Dcardinal.allMeshes=true} it is anyway. */
  protected boolean tries(Mode mode, int devices) {
    return true;
  }

  static List<Net> nets() {
    return List.of(new Net("AlexNet", MeshNets.alexNet(CLASSES), 35), new Net("ResNeXt", MeshNets.resNeXt(CLASSES), 12), new Net("ShuffleNet", MeshNets.shuffleNet(CLASSES), 16),
        new Net("MobileNet", MeshNets.mobileNet(CLASSES), 16), new Net("NiN", MeshNets.networkInNetwork(CLASSES), 8), new Net("U-Net", MeshNets.uNet(CLASSES), 8));
  }

  MeshDevice mesh(SplitOptions options) {
    return new MeshDevice(open(options.devices()), options);
  }

  @TestFactory
  Stream<DynamicTest> publishedNetworksTrainAsOnOneDevice() {
    Map<Net, Result> alone = new HashMap<>();
    return nets().stream().flatMap(net -> Stream.of(Mode.GROUPS, Mode.DATA, Mode.HYBRID).flatMap(mode -> Stream.of(1, 2, 4).filter(k -> ALL_MESHES || tries(mode, k)).map(k ->
        DynamicTest.dynamicTest(net.name() + ", " + mode + " over " + k, () -> compare(alone.computeIfAbsent(net, n -> alone(n, options())), divided(net, SplitOptions.of(mode, k), options()))))));
  }

  @TestFactory
  Stream<DynamicTest> randomNetworksTrainAsOnOneDevice() {
    int step = ALL_MESHES ? 1 : randomNetStep();
    return Stream.iterate(0, i -> i + step).limit((RANDOM_NETS + step - 1) / step).map(i -> DynamicTest.dynamicTest("network " + i, () -> {
      Net net = new Net("random " + i, MeshNets.random(i, CLASSES), RANDOM_SIZE);
      Result alone = alone(net, options());
      for (SplitOptions split : divisions(i / step)) {
        assertAll(split.mode() + " over " + split.devices(), () -> compare(alone, divided(net, split, options())));
      }
    }));
  }

  @TestFactory
  Stream<DynamicTest> optimisersTrainAsOnOneDevice() {
    Net net = nets().get(0);
    Map<String, TrainOptions> all = Map.of("clipped", options().clipNorm(0.05), "averaged", options().averaging(0.9), "AdamW", new TrainOptions().optimizer(new Optimizer.Adam(0.01, true)).clipNorm(0.05));
    return all.entrySet().stream().flatMap(o -> Stream.of(Mode.GROUPS, Mode.DATA, Mode.HYBRID).map(mode -> DynamicTest.dynamicTest(o.getKey() + ", " + mode,
        () -> same(net, SplitOptions.of(mode, 2), o.getValue()))));
  }

  /** Nobody outside knows how variables lie: what two devices, cut by channels, had after two steps goes on anywhere. */
  @TestFactory
  Stream<DynamicTest> checkpointsGoOnUnderAnyDivision() {
    Net net = nets().get(0);
    TrainOptions o = options();
    Result expected = alone(net, o);
    Map<String, HostTensor> saved = new LinkedHashMap<>();
    Graph g = graph(net, o);
    try (Device two = mesh(SplitOptions.of(Mode.GROUPS, 2)); Variables v = two.newVariables()) {
      begin(net, g, v);
      saved.putAll(run(net, g, two, v, 0, 2).variables);
    }
    return Stream.of(SplitOptions.of(Mode.NONE, 1), SplitOptions.of(Mode.GROUPS, 4), SplitOptions.of(Mode.DATA, 2), SplitOptions.of(Mode.HYBRID, 4)).map(s -> DynamicTest.dynamicTest(s.mode() + " over "
        + s.devices(), () -> {
          try (Device d = mesh(s); Variables v = d.newVariables()) {
            saved.forEach(v::write);
            Result rest = run(net, g, d, v, 2, STEPS);
            compare(new Result(expected.losses.subList(2, STEPS), expected.variables, expected.undone), rest);
          }
        }));
  }

  /** Order of events, not time: a sum of late layers' gradients is begun, and done, before the run meets the others for the statistics of early layers. */
  @Test
  void sumsOfGradientsOverlapTheBackwardPart() {
    Module deep = new Sequential().add("conv1", conv2d(3, 16, 3).padding(1)).add("bn1", batchNorm(16)).add("relu1", relu()).add("conv2", conv2d(16, 16, 3).padding(1).groups(4))
        .add("bn2", batchNorm(16)).add("relu2", relu()).add("flatten", flatten()).add("fc1", linear(1024, 32)).add("relu3", relu()).add("fc2", linear(32, CLASSES));
    Net net = new Net("deep", deep, 8);
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    List<Device> two = open(2);
    Device watched = new WatchedDevice(two.get(0), events);
    Result together;
    try (Device mesh = new MeshDevice(List.of(watched, two.get(1)), SplitOptions.of(Mode.DATA, 2))) {
      Graph g = graph(net, options());
      try (Variables v = mesh.newVariables(); Program p = Compilation.compile(mesh, g, v)) {
        begin(net, g, v);
        events.clear();
        p.run(inputs(net, g, 0));
      }
      List<String> step = List.copyOf(events);
      int begun = step.indexOf(step.stream().filter(e -> e.startsWith("begin")).findFirst().orElseThrow());
      String ticket = step.get(begun).substring("begin ".length());
      int done = step.indexOf("done " + ticket);
      int awaited = step.indexOf("await " + ticket);
      long meetings = step.subList(done, awaited).stream().filter("meet"::equals).count();
      assertTrue(begun < done && done < awaited && meetings >= 2, "the first sum is done while both normalisations are still to come, got " + step);
      together = train(net, mesh, options(), STEPS);
    }
    compare(alone(net, options()), together);
  }

  /** Without synchronised statistics each device normalises as if its samples were all there are, and the running statistics are the mean of theirs. */
  @Test
  void ownStatisticsAreThoseOfEachDevicesSamples() {
    Module module = new Sequential().add("conv1", conv2d(3, 16, 3).padding(1)).add("bn1", batchNorm(16)).add("relu1", relu()).add("flatten", flatten()).add("fc", linear(1024, CLASSES));
    Net net = new Net("normalised", module, 8);
    Graph whole = graph(net, options());
    Map<String, HostTensor> in = inputs(net, whole, 0);
    float[][] logits = new float[3][];
    HostTensor[] means = new HostTensor[3];
    HostTensor[] variances = new HostTensor[3];
    for (int half = 0; half < 3; half++) {
      int at = half;
      boolean divided = half == 2;
      TensorType images = images(net).with(images(net).shape().with(0, divided ? BATCH : BATCH / 2));
      Graph g = TrainingStep.training(module, images, CLASSES, options());
      Map<String, HostTensor> mine = new HashMap<>(in);
      if (!divided) {
        mine.put(TrainingStep.IMAGES, HostTensor.generate(images, i -> in.get(TrainingStep.IMAGES).get((int) (at * images.shape().size() + i))));
        mine.put(TrainingStep.LABELS, HostTensor.generate(g.inputs().get(TrainingStep.LABELS).type(), i -> in.get(TrainingStep.LABELS).get(at * BATCH / 2 + i)));
      }
      try (Device d = divided ? mesh(SplitOptions.of(Mode.DATA, 2).synchronised(false)) : open(); Variables v = d.newVariables(); Program p = Compilation.compile(d, g, v)) {
        begin(net, g, v);
        p.run(mine);
        logits[half] = p.read(TrainingStep.LOGITS).floats();
        means[half] = v.read("bn1.running_mean");
        variances[half] = v.read("bn1.running_var");
      }
    }
    for (int i = 0; i < logits[2].length; i++) {
      int half = i / (logits[2].length / 2);
      assertEquals(logits[half][i % logits[0].length], logits[2][i], 1e-4);
    }
    for (int c = 0; c < means[2].size(); c++) {
      assertEquals((means[0].get(c) + means[1].get(c)) / 2, means[2].get(c), 1e-5);
      assertEquals((variances[0].get(c) + variances[1].get(c)) / 2, variances[2].get(c), 1e-5);
    }
  }

  static TrainOptions options() {
    return new TrainOptions().optimizer(new Optimizer.Sgd(0.9, 1e-3, true));
  }

  private void same(Net net, SplitOptions split, TrainOptions o) {
    compare(alone(net, o), divided(net, split, o));
  }

  private Result alone(Net net, TrainOptions o) {
    try (Device d = open()) {
      return train(net, d, o, STEPS);
    }
  }

  private Result divided(Net net, SplitOptions split, TrainOptions o) {
    try (Device d = mesh(split)) {
      return train(net, d, o, STEPS);
    }
  }

  /**
   * Equal to rounding: a gradient is a sum over at most {@value #TERMS} positions of samples, and there are as many as there are steps. What gradients are 0 is rounding only, which a channel of hardly any
   * variance may enlarge three-hundredfold: that is held to be small.
   */
  static void compare(Result expected, Result actual) {
    for (int i = 0; i < expected.losses.size(); i++) {
      assertEquals(expected.losses.get(i), actual.losses.get(i), LOSS * Math.abs(expected.losses.get(i)), "loss of step " + i);
    }
    assertEquals(expected.variables.keySet(), actual.variables.keySet());
    double tolerance = Tolerance.of(DType.F32, (long) STEPS * TERMS);
    double gradients = expected.variables.entrySet().stream().filter(e -> e.getKey().startsWith(Optimizer.STATE_PREFIX)).mapToDouble(e -> largest(e.getValue())).max().orElse(0);
    expected.variables.forEach((name, t) -> {
      HostTensor a = actual.variables.get(name);
      assertEquals(t.type(), a.type(), name);
      if (name.startsWith(Optimizer.STATE_PREFIX) && expected.undone.stream().anyMatch(name::endsWith)) {
        assertTrue(Math.max(largest(t), largest(a)) <= NOTHING * gradients, name + " is " + largest(t) + " and " + largest(a) + ", where other gradients are up to " + gradients);
        return;
      }
      double scale = largest(t);
      double worst = 0;
      for (int i = 0; i < t.size(); i++) {
        worst = Math.max(worst, Math.abs(t.get(i) - a.get(i)));
      }
      assertTrue(worst <= tolerance * scale + FLOOR, name + " differs by " + worst + " of " + scale);
    });
  }

  private static double largest(HostTensor t) {
    double most = 0;
    for (int i = 0; i < t.size(); i++) {
      most = Math.max(most, Math.abs(t.get(i)));
    }
    return most;
  }

  private static Set<String> undone(Graph g) {
    Set<String> names = new HashSet<>();
    for (Node n : g.nodes()) {
      if (n.op() instanceof BatchNormTraining && n.input(0).isComputed()) {
        Node before = n.input(0).node();
        boolean convolves = before.op() instanceof Conv || before.op() instanceof ConvBackwardData;
        before.inputs().stream().skip(2).filter(v -> convolves && v.source() == Value.Source.VARIABLE).forEach(v -> names.add(v.name()));
      }
    }
    return names;
  }

  static Graph graph(Net net, TrainOptions o) {
    return TrainingStep.training(net.module(), images(net), CLASSES, o);
  }

  static TensorType images(Net net) {
    return new TensorType(DType.F32, Shape.of(BATCH, 3, net.size(), net.size()));
  }

  /** Some steps from the same beginning. */
  static Result train(Net net, Device device, TrainOptions o, int steps) {
    Graph g = graph(net, o);
    try (Variables v = device.newVariables()) {
      begin(net, g, v);
      return run(net, g, device, v, 0, steps);
    }
  }

  static void begin(Net net, Graph g, Variables v) {
    Map<String, HostTensor> first = net.module().initialize(7);
    g.variables().forEach((name, value) -> {
      String raw = name.startsWith(TrainingStep.AVERAGE_PREFIX) ? name.substring(TrainingStep.AVERAGE_PREFIX.length()) : name;
      v.write(name, name.equals(Trace.RANDOM_STATE) ? HostTensor.of(Shape.of(2), 11L, 0L) : first.containsKey(raw) ? first.get(raw) : HostTensor.zeros(value.type()));
    });
  }

  static Result run(Net net, Graph g, Device device, Variables v, int from, int to) {
    List<Double> losses = new ArrayList<>();
    try (Program p = Compilation.compile(device, g, v)) {
      for (int step = from; step < to; step++) {
        p.run(inputs(net, g, step));
        losses.add(p.read(TrainingStep.LOSS).item());
      }
    }
    Map<String, HostTensor> variables = new LinkedHashMap<>();
    g.variables().keySet().stream().sorted().forEach(name -> variables.put(name, v.read(name)));
    return new Result(losses, variables, undone(g));
  }

  /** Pictures and labels of a step; one label does not count. */
  static Map<String, HostTensor> inputs(Net net, Graph g, int step) {
    PhiloxRandom r = new PhiloxRandom(5, step);
    Map<String, HostTensor> in = new HashMap<>();
    in.put(TrainingStep.IMAGES, HostTensor.generate(images(net), i -> r.nextGaussian()));
    in.put(TrainingStep.LABELS, HostTensor.generate(g.inputs().get(TrainingStep.LABELS).type(), i -> i == 1 ? TrainingStep.IGNORED : (i * 5 + step) % CLASSES));
    in.put(TrainingStep.RATE, HostTensor.scalar(0.01f));
    if (g.inputs().containsKey(TrainingStep.AVERAGING)) {
      in.put(TrainingStep.AVERAGING, HostTensor.scalar(0.9f));
    }
    return in;
  }
}
