package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Module;
import dev.cardinal.parallel.Mode;
import dev.cardinal.parallel.Plan;
import dev.cardinal.parallel.PlanJson;
import dev.cardinal.parallel.PlanPicture;
import dev.cardinal.parallel.PlanText;
import dev.cardinal.parallel.ScalingTable;
import dev.cardinal.parallel.SplitOptions;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows how a network would be divided over devices; needs none of them. */
@Command(name = "plan", description = "Shows how a network would be divided over several devices: kernels, work and memory of each, what moves between them, and how long a step would take.")
final class PlanCommand extends BaseCommand {
  private static final int LARGE = 96;

  @Parameters(index = "0", paramLabel = "NET", description = "Network; 'cardinal zoo' lists them.")
  String net;

  @Option(names = "--devices", order = 1, paramLabel = "K|LIST", defaultValue = "2",
      description = "Number of devices; ${DEFAULT-VALUE} if not said. Names, as other commands take them, are counted; they need not be there.")
  String asked;

  private int devices;

  @Option(names = "--parallel", order = 2, paramLabel = "MODE", defaultValue = "groups",
      description = "groups (channels), data (samples), hybrid (samples in convolutions, features in dense layers) or none; ${DEFAULT-VALUE} if not said.")
  String parallel;

  @Option(names = "--pin", order = 3, paramLabel = "LAYER=WAY", description = "Gives a layer's way: gather (its input), reduce (its output's sums) or whole (on every device). May be repeated.")
  Map<String, String> pins = new TreeMap<>();

  @Option(names = "--batch", order = 4, paramLabel = "N", defaultValue = "128", description = "Pictures in a step, over all devices; ${DEFAULT-VALUE} if not said.")
  int batch;

  @Option(names = "--size", order = 5, paramLabel = "PIXELS", description = "Side of the pictures; that of the network's paper if not said.")
  Integer size;

  @Option(names = "--svg", order = 6, paramLabel = "FILE", description = "Also draw the plan.")
  Path svg;

  @Option(names = "--scaling", order = 7, description = "Also estimate 2 to 64 devices in every mode over PCIe 4, NVLink and 100 Gb/s Ethernet.")
  boolean scaling;

  @Override
  int execute() throws IOException {
    devices = count();
    if (devices < 1 || batch < 1 || size != null && size < 1) {
      throw usage("--devices, --batch and --size must be at least 1");
    }
    ZooNet zoo = asked(() -> Zoo.find(net));
    if (zoo.task() == ZooNet.Task.GENERATION) {
      throw usage(net + " makes pictures; plans are of networks that classify them");
    }
    int side = size == null ? zoo.size() : size;
    int classes = zoo.task() == ZooNet.Task.SEGMENTATION ? zoo.classes() : side >= LARGE ? 1000 : 10;
    int channels = zoo.input().dim(0);
    Module module = asked(() -> zoo.build(classes, channels, side));
    Shape in = zoo.inputOf(channels, side);
    int[] spatial = java.util.Arrays.copyOfRange(in.dims(), 1, in.rank());
    Graph step = TrainingStep.training(module, new TensorType(DType.F32, Shape.of(batch, channels, spatial)), classes, new TrainOptions());
    SplitOptions options = asked(this::options);
    Plan plan = asked(() -> Plan.of(step, options));
    say("%s over %d devices, %s, a training step of %d pictures of %s%n", net, devices, parallel, batch, ZooNet.text(in));
    words().print(PlanText.print(plan));
    ObjectNode json = PlanJson.write(plan).put("net", net);
    if (scaling) {
      List<ScalingTable.Row> rows = ScalingTable.of(step, ScalingTable.DEVICES);
      say("");
      words().print(ScalingTable.print(rows));
      ArrayNode list = json.putArray("scaling");
      rows.forEach(r -> list.addObject().put("parallel", r.mode().name().toLowerCase(java.util.Locale.ROOT)).put("devices", r.devices()).put("link", r.link().name())
          .put("images_per_s", Double.isNaN(r.imagesPerSecond()) ? null : r.imagesPerSecond()).put("reason", r.reason()));
    }
    if (svg != null) {
      Files.writeString(svg, PlanPicture.svg(plan));
      say("%npicture %s", svg);
    }
    words().flush();
    result(json);
    return 0;
  }

  private int count() {
    if (asked.strip().matches("\\d{1,6}")) {
      return Integer.parseInt(asked.strip());
    }
    String[] names = asked.split(",", -1);
    if (!java.util.Arrays.stream(names).allMatch(n -> n.strip().matches("\\w+(:\\w+)*"))) {
      throw usage("--devices is a number or names such as cpu:0,cpu:1, got '" + asked + "'");
    }
    return names.length;
  }

  private SplitOptions options() {
    Mode mode = Mode.of(parallel);
    if (mode == Mode.NONE && devices > 1) {
      throw new IllegalArgumentException("--parallel none needs one device, got --devices " + devices + "; choose groups, data or hybrid");
    }
    SplitOptions o = SplitOptions.of(mode, devices);
    for (Map.Entry<String, String> e : pins.entrySet()) {
      o = o.pin(e.getKey(), choice(e.getValue()));
    }
    return o;
  }

  private static SplitOptions.Choice choice(String name) {
    for (SplitOptions.Choice c : SplitOptions.Choice.values()) {
      if (c.name().equalsIgnoreCase(name)) {
        return c;
      }
    }
    throw new IllegalArgumentException("a layer can be pinned to gather, reduce or whole, got " + name);
  }
}
