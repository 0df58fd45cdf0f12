package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Devices;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists the devices, usable or not. */
@Command(name = "devices", description = "Lists the devices, the preferred first, and why one cannot be used.")
final class DevicesCommand extends BaseCommand {
  @Override
  int execute() throws Exception {
    List<DeviceInfo> all = Devices.list();
    for (DeviceInfo d : all) {
      if (json) {
        result(toJson(d));
      } else {
        lines(d).forEach(line -> say("%s", line));
      }
    }
    if (all.stream().noneMatch(DeviceInfo::usable)) {
      say("There is no usable device; 'cardinal doctor' tells more.");
    }
    return 0;
  }

  /** One line, and for a GPU that a driver shows what was found of its libraries, where and in which version, with the command that brings what is missing. */
  static List<String> lines(DeviceInfo d) {
    List<String> lines = new ArrayList<>();
    lines.add(d.usable() ? String.format("%-14s usable    %s, %s", d.name(), d.engine(), d.hardware()) : String.format("%-14s unusable  %s. %s.", d.name(), d.problem(), d.fix()));
    if (d.details().containsKey("GPU")) {
      d.details().forEach((what, found) -> lines.add(String.format("%-14s %-16s %s", "", what, found)));
    }
    return lines;
  }

  static ObjectNode toJson(DeviceInfo d) {
    ObjectNode o = object().put("device", d.name()).put("engine", d.engine()).put("hardware", d.hardware()).put("usable", d.usable()).put("problem", d.problem()).put("fix", d.fix());
    ObjectNode details = o.putObject("details");
    d.details().forEach(details::put);
    return o;
  }
}
