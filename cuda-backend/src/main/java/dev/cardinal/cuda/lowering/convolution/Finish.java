package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Form;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.op.Activation;
import dev.cardinal.tensor.Shape;
import java.util.HashMap;
import java.util.Map;

/** What a product is followed by where no kernel of ours does it on the way: a bias and an activation, in one pass. */
final class Finish {
  private static final String FAMILY = "convolution";
  private static final int THREADS = 256;
  private static final int MOST_BLOCKS = 8192;
  private static final int LANE_BYTES = 16;

  private Finish() {}

  /**
   * Adds the step, or nothing if there is neither bias nor activation.
   *
   * @param map {@code [N, C, spatial…]} or {@code [N, C]}, overwritten
   * @param bias rows of float32, or null
   */
  static void add(CudaBuild build, Slot map, Shape shape, Form form, Slot bias, Activation.Kind activation) {
    if (bias == null && activation == Activation.Kind.IDENTITY || shape.size() == 0) {
      return;
    }
    Map<String, String> macros = new HashMap<>(CudaBuild.macros(form.storage()));
    macros.put("ACTIVATION", number(activation));
    int inner = form.order() == Order.CHANNELS_LAST || shape.rank() == 2 ? 1 : Math.toIntExact(shape.spatialSize());
    int lanes = LANE_BYTES / form.storage().bytes();
    build.kernel(FAMILY, "finish", macros, LaunchShape.over((shape.size() + lanes - 1) / lanes, THREADS, MOST_BLOCKS), Arg.inOut(map), bias == null ? Arg.none() : Arg.in(bias), Arg.of(shape.size()), Arg.of(inner),
        Arg.of(shape.dim(1)));
  }

  /** The number that kernels know an activation by. */
  static String number(Activation.Kind activation) {
    return switch (activation) {
      case IDENTITY -> "0";
      case RELU -> "1";
      case RELU6 -> "2";
      case SIGMOID -> "3";
      case TANH -> "4";
      default -> throw new DeviceException("GPUs cannot fuse " + activation + " into a product; let it be an operation of its own");
    };
  }
}
