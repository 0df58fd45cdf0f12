package dev.cardinal.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.mesh.DeviceNames;
import dev.cardinal.backend.mesh.MeshDevice;
import dev.cardinal.parallel.Mode;
import dev.cardinal.parallel.SplitOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** A command that computes on one device or on several that divide the network. */
abstract class DividedCommand extends DeviceCommand {
  @Option(names = "--parallel", order = 83, paramLabel = "MODE",
      description = "Divide the network over --devices: groups (channels, as AlexNet did), data (samples), hybrid (samples in convolutions, features in dense layers); none if not said.")
  String parallel;

  @Option(names = "--devices", order = 84, paramLabel = "K|LIST",
      description = "Devices to divide it over: a number of them, or names such as cuda:0,cuda:1; cpu:0,cpu:1 are two that share the processor, cuda:0,cuda:0 two on one GPU.")
  String devices;

  @Option(names = "--sync-bn", order = 85, arity = "0..1", fallbackValue = "true", paramLabel = "true|false",
      description = "Whether batch normalisation takes its statistics over the whole batch where samples are divided, as one device does; with false each device takes its own, and the running "
          + "statistics are the mean of theirs. true if not said.")
  Boolean syncBn;

  final boolean isSaid(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  /** Whether several devices were asked for, or one by that way. */
  final boolean isDivided() {
    return devices != null;
  }

  private Mode mode() {
    return parallel == null ? Mode.NONE : asked(() -> Mode.of(parallel));
  }

  private List<String> names() {
    return asked(() -> DeviceNames.parse(devices, device));
  }

  /** How the options divide a network. Wrong usage is refused here, before anything is opened. */
  final SplitOptions division() {
    Mode mode = mode();
    boolean byName = devices != null && !devices.strip().matches("\\d+");
    if (devices == null && mode != Mode.NONE) {
      throw usage("--parallel " + parallel + " needs several devices; name them with --devices, as in --devices cpu:0,cpu:1");
    }
    if (devices == null) {
      return SplitOptions.of(Mode.NONE, 1);
    }
    if (byName && isSaid("--device")) {
      throw usage("--device and a list of --devices exclude each other; leave out --device");
    }
    int count = names().size();
    if (mode == Mode.NONE && count > 1) {
      throw usage("--devices " + devices + " are " + count + " devices and nothing is divided over them; choose --parallel groups, data or hybrid");
    }
    return SplitOptions.of(mode, count).synchronised(syncBn == null || syncBn);
  }

  @Override
  final Device openDevice() {
    SplitOptions division = division();
    return isDivided() ? asked(() -> MeshDevice.open(names(), division, deviceOptions())) : super.openDevice();
  }

  /** Adds devices and mode to a result. */
  final ObjectNode withDivision(ObjectNode o, Device engine) {
    var list = o.putArray("devices");
    (isDivided() ? names() : List.of(engine.info().name())).forEach(list::add);
    return o.put("parallel", mode().name().toLowerCase(Locale.ROOT)).put("sync_bn", syncBn == null || syncBn);
  }

  /** The options that say the same, to begin a run again. */
  final List<String> divisionArguments() {
    List<String> words = new ArrayList<>();
    Map.of("--parallel", parallel == null ? "" : parallel, "--devices", devices == null ? "" : devices, "--sync-bn", syncBn == null ? "" : syncBn.toString()).entrySet().stream()
        .filter(e -> !e.getValue().isEmpty()).sorted(Map.Entry.comparingByKey()).forEach(e -> words.addAll(List.of(e.getKey(), e.getValue())));
    return words;
  }

  /** Takes the division of an earlier run where this one's options do not say another: another --device alone divides nothing, other --devices are divided as before. */
  final void divideAs(JsonNode stored) {
    String before = stored.path("device").asText(device);
    boolean alone = isSaid("--device") && devices == null && parallel == null;
    device = isSaid("--device") ? device : before;
    if (alone || !stored.path("divided").asBoolean()) {
      return;
    }
    List<String> names = new ArrayList<>();
    stored.path("devices").forEach(n -> names.add(n.asText()));
    if (!isSaid("--device") && !names.isEmpty()) {
      device = DeviceNames.kindOf(names.get(0));
    }
    devices = devices == null ? String.join(",", names) : devices;
    parallel = parallel == null ? stored.path("parallel").asText("none") : parallel;
    syncBn = syncBn == null ? Boolean.valueOf(stored.path("sync_bn").asBoolean(true)) : syncBn;
  }
}
