package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.Devices;
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
      } else if (d.usable()) {
        say("%-14s usable    %s, %s", d.name(), d.engine(), d.hardware());
      } else {
        say("%-14s unusable  %s. %s.", d.name(), d.problem(), d.fix());
      }
    }
    if (all.stream().noneMatch(DeviceInfo::usable)) {
      say("There is no usable device; 'cardinal doctor' tells more.");
    }
    return 0;
  }

  static ObjectNode toJson(DeviceInfo d) {
    ObjectNode o = object().put("device", d.name()).put("engine", d.engine()).put("hardware", d.hardware()).put("usable", d.usable()).put("problem", d.problem()).put("fix", d.fix());
    ObjectNode details = o.putObject("details");
    d.details().forEach(details::put);
    return o;
  }
}
