package dev.cardinal.cpu.oracle;

import java.util.Map;
import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Networks written down again with PyTorch's functions, on given parameters by name. */
final class ZooTorchNets {
  private final Map<String, Tensor> parameters;
  private final boolean training;

  /**
   * Ready to run.
   *
   * @param training whether normalisation uses the batch's statistics (and moves the running ones in place)
   */
  ZooTorchNets(Map<String, Tensor> parameters, boolean training) {
    this.parameters = parameters;
    this.training = training;
  }

  Tensor forward(String net, Tensor x) {
    return switch (net) {
      case "resnext50" -> resnext50(x);
      case "mobilenet" -> mobilenet(x);
      case "shufflenet" -> shufflenet(x);
      case "googlenet" -> googlenet(x);
      case "densenet121" -> densenet121(x);
      case "unet-padded" -> unet(x);
      default -> throw new IllegalArgumentException(net);
    };
  }

  private Tensor conv(Tensor x, String name, int stride, int padding) {
    Tensor w = parameters.get(name + ".weight");
    return torch.convolution(x, w, optional(parameters.get(name + ".bias")), new long[] {stride, stride}, new long[] {padding, padding}, new long[] {1, 1}, false, new long[] {0, 0},
        x.size(1) / w.size(1));
  }

  private static TensorOptional optional(Tensor t) {
    return t == null ? new TensorOptional() : new TensorOptional(t);
  }

  private Tensor norm(Tensor x, String name, double epsilon) {
    return torch.batch_norm(x, optional(parameters.get(name + ".weight")), optional(parameters.get(name + ".bias")), optional(parameters.get(name + ".running_mean")),
        optional(parameters.get(name + ".running_var")), training, 0.1, epsilon, false);
  }

  private Tensor norm(Tensor x, String name) {
    return norm(x, name, 1e-5);
  }

  private static Tensor maxPool(Tensor x, int kernel, int stride, int padding, boolean ceil) {
    return torch.max_pool2d_with_indices(x, new long[] {kernel, kernel}, new long[] {stride, stride}, new long[] {padding, padding}, new long[] {1, 1}, ceil).get0();
  }

  private static Tensor avgPool(Tensor x, int kernel, int stride, int padding) {
    return torch.avg_pool2d(x, new long[] {kernel, kernel}, new long[] {stride, stride}, new long[] {padding, padding}, false, true, new LongOptional());
  }

  private static Tensor cat(Tensor... xs) {
    return torch.cat(new TensorVector(xs), 1);
  }

  private Tensor classify(Tensor x, String name) {
    Tensor flat = torch.adaptive_avg_pool2d(x, new long[] {1, 1}).flatten(1, -1);
    return torch.linear(flat, parameters.get(name + ".weight"), optional(parameters.get(name + ".bias")));
  }

  private Tensor resnext50(Tensor images) {
    Tensor x = maxPool(torch.relu(norm(conv(images, "conv1", 2, 3), "bn1")), 3, 2, 1, false);
    int[] blocks = {3, 4, 6, 3};
    for (int s = 0; s < 4; s++) {
      for (int b = 0; b < blocks[s]; b++) {
        String p = "layer" + (s + 1) + "." + b + ".";
        int stride = b == 0 && s > 0 ? 2 : 1;
        Tensor y = torch.relu(norm(conv(x, p + "conv1", 1, 0), p + "bn1"));
        y = torch.relu(norm(conv(y, p + "conv2", stride, 1), p + "bn2"));
        y = norm(conv(y, p + "conv3", 1, 0), p + "bn3");
        x = torch.relu(y.add(b == 0 ? norm(conv(x, p + "downsample.0", stride, 0), p + "downsample.1") : x));
      }
    }
    return classify(x, "fc");
  }

  private Tensor mobilenet(Tensor images) {
    Tensor x = torch.relu(norm(conv(images, "conv_stem", 2, 1), "bn1"));
    int[] pairs = {1, 2, 2, 6, 2};
    for (int s = 0; s < 5; s++) {
      for (int b = 0; b < pairs[s]; b++) {
        String p = "blocks." + s + "." + b + ".";
        x = torch.relu(norm(conv(x, p + "conv_dw", b == 0 && s > 0 ? 2 : 1, 1), p + "bn1"));
        x = torch.relu(norm(conv(x, p + "conv_pw", 1, 0), p + "bn2"));
      }
    }
    return classify(x, "classifier");
  }

  private Tensor shufflenet(Tensor images) {
    Tensor x = maxPool(torch.relu(norm(conv(images, "conv1", 2, 1), "bn1")), 3, 2, 1, false);
    int[] units = {4, 8, 4};
    for (int s = 0; s < 3; s++) {
      for (int b = 0; b < units[s]; b++) {
        String p = "stage" + (s + 2) + "." + b + ".";
        Tensor y = torch.relu(norm(conv(x, p + "squeeze.0", 1, 0), p + "squeeze.1"));
        if (s + b > 0) {
          long n = y.size(0);
          long c = y.size(1);
          y = y.reshape(n, 3, c / 3, y.size(2), y.size(3)).transpose(1, 2).reshape(n, c, y.size(2), y.size(3));
        }
        y = norm(conv(y, p + "spatial.0", b == 0 ? 2 : 1, 1), p + "spatial.1");
        y = norm(conv(y, p + "expand.0", 1, 0), p + "expand.1");
        x = torch.relu(b == 0 ? cat(avgPool(x, 3, 2, 1), y) : y.add(x));
      }
    }
    return classify(x, "fc");
  }

  private Tensor googlenet(Tensor images) {
    BinaryOperator<String> in = (block, part) -> block + "." + part;
    Tensor x = maxPool(basic(images, "conv1", 2, 3), 3, 2, 0, true);
    x = maxPool(basic(basic(x, "conv2", 1, 0), "conv3", 1, 1), 3, 2, 0, true);
    for (String block : new String[] {"3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"}) {
      if (block.equals("4a")) {
        x = maxPool(x, 3, 2, 0, true);
      } else if (block.equals("5a")) {
        x = maxPool(x, 2, 2, 0, true);
      }
      String p = "inception" + block;
      x = cat(basic(x, in.apply(p, "branch1"), 1, 0),
          basic(basic(x, in.apply(p, "branch2.0"), 1, 0), in.apply(p, "branch2.1"), 1, 1),
          basic(basic(x, in.apply(p, "branch3.0"), 1, 0), in.apply(p, "branch3.1"), 1, 1),
          basic(maxPool(x, 3, 1, 1, true), in.apply(p, "branch4.1"), 1, 0));
    }
    return classify(x, "fc");
  }

  private Tensor basic(Tensor x, String name, int stride, int padding) {
    return torch.relu(norm(conv(x, name + ".conv", stride, padding), name + ".bn", 0.001));
  }

  private Tensor densenet121(Tensor images) {
    Tensor x = maxPool(torch.relu(norm(conv(images, "features.conv0", 2, 3), "features.norm0")), 3, 2, 1, false);
    int[] layers = {6, 12, 24, 16};
    for (int b = 1; b <= 4; b++) {
      for (int l = 1; l <= layers[b - 1]; l++) {
        String p = "features.denseblock" + b + ".denselayer" + l + ".";
        Tensor y = conv(torch.relu(norm(x, p + "norm1")), p + "conv1", 1, 0);
        x = cat(x, conv(torch.relu(norm(y, p + "norm2")), p + "conv2", 1, 1));
      }
      if (b < 4) {
        String p = "features.transition" + b + ".";
        x = avgPool(conv(torch.relu(norm(x, p + "norm")), p + "conv", 1, 0), 2, 2, 0);
      }
    }
    return classify(torch.relu(norm(x, "features.norm5")), "classifier");
  }

  private Tensor unet(Tensor images) {
    Tensor[] levels = new Tensor[5];
    Tensor x = images;
    for (int i = 0; i < 5; i++) {
      x = pair(i == 0 ? x : maxPool(x, 2, 2, 0, false), "down" + (i + 1));
      levels[i] = x;
    }
    for (int i = 3; i >= 0; i--) {
      String p = "rise" + (i + 1);
      Tensor upper = torch.convolution(x, parameters.get(p + ".weight"), optional(parameters.get(p + ".bias")), new long[] {2, 2}, new long[] {0, 0}, new long[] {1, 1}, true, new long[] {0, 0}, 1);
      x = pair(cat(levels[i], upper), "up" + (i + 1));
    }
    return conv(x, "head", 1, 0);
  }

  private Tensor pair(Tensor x, String name) {
    return torch.relu(conv(torch.relu(conv(x, name + ".conv1", 1, 1)), name + ".conv2", 1, 1));
  }
}
