package dev.cardinal.cpu.onednn;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.HashMap;
import java.util.Map;

/**
 * Prints how many convolutions and gradients of whole numbers were computed by tiles and over sorted channels, and what all bits of the results add up to: a window, two groups, all positions in a line, a
 * stride, narrow groups.
 */
final class MeasuredKernels {
  private MeasuredKernels() {}

  private static void add(Graph g, String name, ConvGeometry geometry, TensorType xs, TensorType ws) {
    Value x = g.input("x " + name, xs);
    Value w = g.input("w " + name, ws);
    Value y = g.add(new Conv(geometry), x, w);
    Value dy = g.input("dy " + name, y.type());
    g.output("y " + name, y);
    g.output("dx " + name, g.add(new ConvBackwardData(geometry, Spatial.of(xs.shape().spatial())), dy, w));
    g.output("dw " + name, g.add(new ConvBackwardWeights(geometry, Spatial.of(ws.shape().spatial())), x, dy));
  }

  public static void main(String[] none) {
    Graph g = new Graph();
    add(g, "window", ConvGeometry.of(2, 1, 1, 1, 1), TensorType.f32(3, 32, 16, 16), TensorType.f32(64, 32, 3, 3));
    add(g, "groups", ConvGeometry.of(1, 1, 2, 2, 2), TensorType.f32(2, 128, 90), TensorType.f32(128, 64, 3));
    add(g, "line", ConvGeometry.of(2, 1, 0, 1, 1), TensorType.f32(6, 64, 24, 24), TensorType.f32(64, 64, 1, 1));
    add(g, "stride", ConvGeometry.of(2).withStride(2, 2), TensorType.f32(2, 64, 33, 47), TensorType.f32(128, 64, 1, 1));
    add(g, "narrow", ConvGeometry.of(2, 1, 1, 1, 32), TensorType.f32(5, 128, 9, 10), TensorType.f32(128, 4, 3, 3));
    Map<String, HostTensor> inputs = new HashMap<>();
    g.inputs().forEach((name, v) -> {
      PhiloxRandom random = new PhiloxRandom(1, name.hashCode());
      inputs.put(name, HostTensor.generate(v.type(), j -> random.nextInt(9) - 4));
    });
    try (Device device = Devices.open("cpu"); Variables variables = device.newVariables(); Program p = device.compile(g, variables, new CompileOptions(true))) {
      p.run(inputs);
      int sum = 0;
      for (String name : g.outputs().keySet()) {
        for (float f : p.read(name).floats()) {
          // Zeros may have either sign.
          sum = sum * 31 + Float.floatToIntBits(f + 0f);
        }
      }
      System.out.println("kernels " + count(p, "tiles") + " " + count(p, "narrow groups") + " " + sum);
    }
  }

  private static long count(Program p, String detail) {
    return p.profile().stream().filter(t -> t.detail().endsWith(detail)).count();
  }
}
