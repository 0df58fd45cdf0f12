package dev.cardinal.command;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Precision;
import picocli.CommandLine.Option;

/** A command that computes. */
abstract class DeviceCommand extends BaseCommand {
  @Option(names = "--device", order = 80, paramLabel = "NAME", defaultValue = Devices.AUTO,
      description = "auto (the best there is), or a name that 'cardinal devices' lists: cpu, cpu:reference, cuda:0.")
  String device;

  @Option(names = "--threads", order = 81, paramLabel = "N", defaultValue = "0", description = "Threads of a CPU engine, of each where there are several; one per processor if not said.")
  int threads;

  @Option(names = "--precision", order = 82, paramLabel = "NAME", defaultValue = "float32",
      description = "Arithmetic of convolutions and linear layers, with float32 sums and weights: float32; bfloat16, faster on processors with matrix units and on GPUs; on GPUs also tf32 and float16, "
          + "with the loss scaled.")
  String precision;

  /** Opens what the options name. */
  Device openDevice() {
    return Devices.open(device, deviceOptions());
  }

  /** Refuses a device that is named and cannot be used, where nothing is computed that would find out. */
  final void requireDevice() {
    if (!device.equals(Devices.AUTO)) {
      openDevice().close();
    }
  }

  final DeviceOptions deviceOptions() {
    if (threads < 0) {
      throw usage("--threads must be at least 1, got " + threads);
    }
    return new DeviceOptions(threads, false, precisionOf(precision));
  }

  /** Whether training needs a scaled loss. */
  final boolean scalesLoss() {
    return precisionOf(precision) == Precision.FLOAT16;
  }

  private Precision precisionOf(String name) {
    return switch (name) {
      case "float32" -> Precision.FLOAT32;
      case "tf32" -> Precision.TF32;
      case "bfloat16", "bf16" -> Precision.BFLOAT16;
      case "float16", "fp16" -> Precision.FLOAT16;
      default -> throw usage("--precision is float32, tf32, bfloat16 or float16, got " + name);
    };
  }
}
