package dev.cardinal.command;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import picocli.CommandLine.Option;

/** A command that computes. */
abstract class DeviceCommand extends BaseCommand {
  @Option(names = "--device", order = 80, paramLabel = "NAME", defaultValue = Devices.AUTO,
      description = "auto (the best there is), or a name that 'cardinal devices' lists: cpu, cpu:reference, cuda:0.")
  String device;

  @Option(names = "--threads", order = 81, paramLabel = "N", defaultValue = "0", description = "Threads of a CPU engine; one per processor if not said.")
  int threads;

  final Device openDevice() {
    if (threads < 0) {
      throw usage("--threads must be at least 1, got " + threads);
    }
    return Devices.open(device, new DeviceOptions(threads, false));
  }
}
