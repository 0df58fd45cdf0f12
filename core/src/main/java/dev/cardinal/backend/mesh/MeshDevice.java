package dev.cardinal.backend.mesh;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.parallel.Mode;
import dev.cardinal.parallel.SplitGraph;
import dev.cardinal.parallel.SplitOptions;
import dev.cardinal.parallel.Splitter;
import dev.cardinal.pass.Pipeline;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Several devices that look like one. A graph is divided when it is compiled; variables are read and written whole, so training, evaluation and checkpoints do not know of it, and a checkpoint of two
 * devices goes on on one or four.
 *
 * <pre>{@code
 * try (Device two = MeshDevice.open(List.of("cuda:0", "cuda:1"), Mode.GROUPS)) {
 *   new Trainer(net, data, pipeline, pipeline, two, options, folder, description).run();
 * }
 * }</pre>
 */
public final class MeshDevice implements Device {
  private final List<Device> devices;
  private final List<String> names;
  private final SplitOptions options;
  private final DeviceThreads threads;
  private final DeviceThreads beside;
  private final Set<Integer> lost = ConcurrentHashMap.newKeySet();

  /**
   * A mesh of opened devices, which it closes.
   *
   * @param devices one for each part, no two the same object
   * @param options their number must be that of the devices
   */
  public MeshDevice(List<Device> devices, SplitOptions options) {
    this(devices, devices.stream().map(d -> d.info().name()).toList(), options);
  }

  private MeshDevice(List<Device> devices, List<String> names, SplitOptions options) {
    if (options.devices() != devices.size()) {
      throw new IllegalArgumentException("a division over " + options.devices() + " devices needs as many, got " + devices.size());
    }
    if (options.mode() == Mode.NONE && devices.size() > 1) {
      throw new IllegalArgumentException("with nothing divided one device is enough, got " + devices.size() + "; choose groups, data or hybrid");
    }
    List<String> engines = devices.stream().map(d -> d.info().engine()).distinct().toList();
    if (engines.size() > 1) {
      throw new IllegalArgumentException("the devices of a mesh must be of one engine, got " + String.join(" and ", engines) + " for " + String.join(",", names));
    }
    this.devices = List.copyOf(devices);
    this.names = List.copyOf(names);
    this.options = options;
    this.threads = new DeviceThreads(devices.size(), "mesh");
    this.beside = new DeviceThreads(devices.size(), "mesh-beside");
  }

  /** Opens devices by name, a name given twice as two devices; the processor's share its threads. */
  public static MeshDevice open(List<String> names, Mode mode) {
    return open(names, SplitOptions.of(mode, names.size()), DeviceOptions.defaults());
  }

  /**
   * Opens devices by name.
   *
   * @param names as {@link DeviceNames#parse} gives them
   * @param each how to drive each of them; with no number of threads the processors are divided among them
   * @throws dev.cardinal.backend.DeviceException if one cannot be used; those opened before are closed again
   */
  public static MeshDevice open(List<String> names, SplitOptions options, DeviceOptions each) {
    int threads = each.threads() > 0 ? each.threads() : Math.max(1, Runtime.getRuntime().availableProcessors() / names.size());
    List<Device> opened = DeviceNames.open(names, new DeviceOptions(threads, each.deterministic(), each.precision()));
    try {
      return new MeshDevice(opened, names, options);
    } catch (RuntimeException e) {
      Closing.all(opened);
      throw e;
    }
  }

  DeviceThreads threads() {
    return threads;
  }

  /** Closes what belongs to the devices, one part for each; what a device may still be using whose thread never came back stays as it is until the process ends. */
  void closeEach(List<? extends AutoCloseable> parts) {
    List<AutoCloseable> closed = new ArrayList<>();
    for (int d = 0; d < parts.size(); d++) {
      if (!lost.contains(d)) {
        closed.add(parts.get(d));
      }
    }
    Closing.all(closed);
  }

  /** After a failure: lets what goes on end, so that memory may be freed. */
  void settle(Rendezvous meeting) {
    meeting.settle();
    if (meeting.isAbsent(meeting.failed())) {
      lost.add(meeting.failed());
    }
  }

  /** A device for an error's text. */
  String describe(int rank) {
    return "device " + rank + " (" + names.get(rank) + ")";
  }

  @Override
  public DeviceInfo info() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("parallel", options.mode().name().toLowerCase(java.util.Locale.ROOT));
    for (int d = 0; d < devices.size(); d++) {
      details.put("device " + d, names.get(d) + ", " + devices.get(d).info().hardware());
    }
    DeviceInfo first = devices.get(0).info();
    return DeviceInfo.usable(String.join(",", names), first.engine(), devices.size() + " × " + first.hardware(), details);
  }

  @Override
  public Variables newVariables() {
    List<Variables> shares = new ArrayList<>();
    try {
      devices.forEach(d -> shares.add(d.newVariables()));
    } catch (RuntimeException | Error e) {
      Closing.all(shares);
      throw e;
    }
    return new MeshVariables(this, shares);
  }

  /** None: a graph is divided as it was built, and each part then goes through the passes of its own device. */
  @Override
  public Pipeline passes() {
    return new Pipeline(List.of());
  }

  /**
   * {@inheritDoc}
   *
   * @throws dev.cardinal.parallel.SplitException if a layer cannot be divided
   */
  @Override
  public Program compile(Graph graph, Variables variables, CompileOptions compile) {
    if (!(variables instanceof MeshVariables mine) || mine.device() != this) {
      throw new DeviceException("programs of a mesh need variables made by its own newVariables()");
    }
    long begin = System.nanoTime();
    SplitGraph split = Splitter.split(graph, options, mine.layouts());
    Map<String, TensorType> types = new LinkedHashMap<>();
    graph.variables().forEach((name, v) -> types.put(name, v.type()));
    mine.place(split.variables(), types);
    Rendezvous meeting = new Rendezvous(devices.size(), beside);
    Program[] programs = new Program[devices.size()];
    threads.each(d -> {
      try {
        programs[d] = Compilation.compile(devices.get(d), split.graphs().get(d), mine.share(d), compile.withLink(meeting.link(d)));
      } catch (RuntimeException | Error e) {
        meeting.fail(d, e);
      }
    }, meeting::isAbsent);
    if (meeting.failure() != null) {
      settle(meeting);
      Closing.all(java.util.Arrays.stream(programs).filter(java.util.Objects::nonNull).toList());
      throw new DeviceException(describe(meeting.failed()) + " of the mesh cannot run its part: " + meeting.failure().getMessage(), meeting.failure());
    }
    return new MeshProgram(this, graph, split, mine, meeting, List.of(programs), (System.nanoTime() - begin) / 1e9);
  }

  @Override
  public void close() {
    threads.close();
    beside.close();
    closeEach(devices);
  }
}
