package dev.cardinal.cpu.onednn;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Prints what all bits of some convolutions and their gradients add up to: a first layer, groups, one channel a group, single taps. */
final class MeasuredNet {
  private MeasuredNet() {}

  public static void main(String[] none) {
    Graph g = new Graph();
    int[][] shapes = {{3, 32, 3, 1}, {32, 32, 3, 32}, {32, 64, 3, 8}, {64, 48, 1, 1}};
    for (int i = 0; i < shapes.length; i++) {
      int k = shapes[i][2];
      int groups = shapes[i][3];
      ConvGeometry geometry = ConvGeometry.of(2, 1, k / 2, 1, groups);
      Value x = g.input("x" + i, TensorType.f32(3, shapes[i][0], 20, 20));
      Value w = g.input("w" + i, TensorType.f32(shapes[i][1], shapes[i][0] / groups, k, k));
      Value y = g.add(new Conv(geometry), x, w);
      g.output("y" + i, y);
      g.output("dx" + i, g.add(new ConvBackwardData(geometry, Spatial.all(2, 20), Activation.Kind.IDENTITY), y, w));
      g.output("dw" + i, g.add(new ConvBackwardWeights(geometry, Spatial.all(2, k)), x, y));
    }
    Map<String, HostTensor> inputs = new HashMap<>();
    g.inputs().forEach((name, v) -> {
      PhiloxRandom random = new PhiloxRandom(1, name.hashCode());
      inputs.put(name, HostTensor.generate(v.type(), j -> random.nextGaussian()));
    });
    try (Device device = Devices.open("cpu"); Variables variables = device.newVariables(); Program p = device.compile(g, variables, CompileOptions.defaults())) {
      p.run(inputs);
      long sum = 0;
      for (String name : g.outputs().keySet()) {
        sum = sum * 31 + Arrays.hashCode(p.read(name).floats());
      }
      System.out.println("sum " + sum);
    }
  }
}
