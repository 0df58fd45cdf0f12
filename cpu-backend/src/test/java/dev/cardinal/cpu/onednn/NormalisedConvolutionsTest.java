package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Residual;
import dev.cardinal.nn.Sequential;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainingStep;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Convolutions that do the normalisation after them in the same pass, in evaluation: random networks on the oneDNN engine against the reference. */
class NormalisedConvolutionsTest {
  private static final int NETWORKS = 40;
  private static final int CLASSES = 3;

  private final PhiloxRandom random = new PhiloxRandom(21, 1);

  private int of(int... values) {
    return values[(int) random.nextLong(values.length)];
  }

  private Sequential normed(int in, int out, boolean last) {
    int groups = of(1, 1, 1, 2, 4, 8);
    int kernel = of(1, 1, 3, 3, 5);
    groups = in % groups == 0 && out % groups == 0 ? groups : 1;
    Convolution conv = conv2d(in, out, kernel).padding(kernel / 2).groups(of(1, 5) == 5 && in == out ? in : groups);
    Sequential s = new Sequential(of(1, 1, 1, 4) == 4 ? conv : conv.noBias(), batchNorm(out));
    return last || of(0, 1) == 0 ? s : s.add("relu", relu());
  }

  private Sequential net() {
    Sequential net = new Sequential();
    int channels = 3;
    for (int i = 0; i < 3; i++) {
      int width = of(4, 8, 16, 24, 128, 136);
      Module body = new Sequential().add("a", normed(channels, width, false)).add("b", normed(width, width, true));
      net.add("block" + i, of(0, 1) == 0 ? body : new Residual(body, channels == width ? null : normed(channels, width, true)));
      channels = width;
    }
    return net.add("pool", globalAvgPool()).add("flat", flatten()).add("fc", linear(channels, CLASSES));
  }

  /** First values, but statistics as after some training. */
  private Map<String, HostTensor> values(Module net) {
    Map<String, HostTensor> values = new TreeMap<>();
    net.initialize(random.nextLong(1000)).forEach((name, t) -> values.put(name, name.endsWith("running_var") ? HostTensor.generate(t.type(), i -> 0.3 + random.nextFloat())
        : name.endsWith("running_mean") || t.shape().rank() == 1 ? HostTensor.generate(t.type(), i -> t.get(i) + 0.3 * random.nextGaussian()) : t));
    return values;
  }

  private record Result(float[] logits, List<NodeTime> launches) {}

  private static Result evaluate(Device d, Module net, Map<String, HostTensor> values, HostTensor x) {
    try (Variables variables = d.newVariables()) {
      values.forEach(variables::write);
      try (Program p = Compilation.compile(d, TrainingStep.evaluation(net, x.type(), CLASSES, false), variables, new CompileOptions(true))) {
        p.run(Map.of(TrainingStep.IMAGES, x));
        return new Result(p.read(TrainingStep.LOGITS).floats(), p.profile());
      }
    }
  }

  @Test
  void giveWhatTheReferenceGives() {
    long all = 0;
    long separate = 0;
    try (Device cpu = Devices.open("cpu"); Device reduced = Devices.open("cpu", new DeviceOptions(0, false, Precision.BFLOAT16)); Device reference = Devices.open("cpu:reference")) {
      for (int n = 0; n < NETWORKS; n++) {
        Module net = net();
        Map<String, HostTensor> values = values(net);
        HostTensor x = HostTensor.generate(TensorType.f32(of(1, 2, 5), 3, of(6, 9), 7), i -> random.nextGaussian());
        float[] want = evaluate(reference, net, values, x).logits;
        Result got = evaluate(cpu, net, values, x);
        float[] rounded = evaluate(reduced, net, values, x).logits;
        double size = 0.1;
        for (float w : want) {
          size = Math.max(size, Math.abs(w));
        }
        for (int i = 0; i < want.length; i++) {
          assertEquals(want[i], got.logits[i], 2e-5 * size, "network " + n + ", logit " + i + ": " + net.parameters().keySet());
          assertEquals(want[i], rounded[i], 0.06 * size, "bfloat16, network " + n + ", logit " + i);
        }
        List<NodeTime> normalisations = got.launches.stream().filter(t -> t.op().equals("BatchNormInference")).toList();
        all += normalisations.stream().filter(t -> t.detail().equals("scale")).count();
        separate += normalisations.stream().filter(t -> !t.detail().equals("scale")).count();
      }
    }
    // Those after a convolution with a bias.
    assertTrue(separate > 0 && separate < 0.4 * all, separate + " passes of normalisation of their own, of " + all);
  }
}
