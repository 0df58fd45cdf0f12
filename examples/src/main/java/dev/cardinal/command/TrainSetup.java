package dev.cardinal.command;

import dev.cardinal.data.DataException;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Image;
import dev.cardinal.data.Normalize;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.io.onnx.StateDict;
import dev.cardinal.nn.BatchNorm;
import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.train.ModelCard;
import dev.cardinal.train.PatchWhitening;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** From arguments to data, network and its card: what was not said is chosen to suit. */
final class TrainSetup {
  private static final int LOOKED_AT = 16;
  private static final int MEASURED = 500;

  private TrainSetup() {}

  /**
   * Opens the data that a text names.
   *
   * @throws DataException if it cannot be used for classification
   */
  static DataSplits data(String spec, long seed, boolean strict, long maxPixels, int limit) throws IOException {
    DataSplits all = Datasets.open(spec, DataOptions.defaults().withSeed(seed).withFailOnBroken(strict).withMaxPixels(maxPixels));
    if (limit == 0) {
      return all;
    }
    return DataSplits.of(spec + " limited to " + limit, FewPictures.of(all.train(), limit), FewPictures.of(all.test(), limit), all.warnings());
  }

  /** The text with its path made absolute, so that it means the same from every folder. */
  static String absolute(String spec) {
    int colon = spec.indexOf(':');
    String kind = colon > 0 ? spec.substring(0, colon).toLowerCase(Locale.ROOT) : "";
    String prefix = kind.equals("cifar10") || kind.equals("cifar100") || kind.equals("mnist") ? spec.substring(0, colon + 1) : "";
    try {
      return spec.equals("shapes") ? spec : prefix + Path.of(spec.substring(prefix.length())).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      return spec; // Opening it will say what is wrong.
    }
  }

  /**
   * The network of a name, if it classifies pictures.
   *
   * @throws IllegalArgumentException if there is none, or it does something else
   */
  static ZooNet classifier(String name) {
    ZooNet zoo = Zoo.find(name);
    if (zoo.task() != ZooNet.Task.CLASSIFICATION || zoo.input().rank() != 3) {
      throw new IllegalArgumentException(name + " takes " + ZooNet.text(zoo.input()) + " and does " + zoo.task().name().toLowerCase(Locale.ROOT)
          + "; this command trains classifiers of pictures, use " + name + " from Java");
    }
    return zoo;
  }

  /** Fills what depends on data and network, and builds the card. */
  static ModelCard fill(TrainArguments a, DataSplits data) throws IOException {
    ZooNet zoo = classifier(a.net);
    Dataset train = data.train();
    if (train.classes().size() < 2) {
      throw new DataException(a.data + " has one class only ('" + train.classes().get(0) + "'); a classifier needs at least two");
    }
    a.size = a.size == null ? suitableSize(train, zoo) : a.size;
    if (a.size < 1) {
      throw new IllegalArgumentException("--size must be at least 1, got " + a.size);
    }
    if (a.batch == null) {
      a.batch = Math.min(a.size > 64 ? 32 : 128, train.size());
    }
    if (a.batch > train.size()) {
      throw new IllegalArgumentException("a batch of " + a.batch + " is larger than the " + train.size() + " training images; use --batch " + train.size() + " or less");
    }
    a.augment = a.augment == null ? Augmentations.suggested(train, a.size) : a.augment;
    Normalize normalize = rounded(Normalize.measured(train, MEASURED, 0));
    return new ModelCard(a.net, train.classes(), train.channels(), a.size, normalize, a.augment, Version.cardinal());
  }

  /** The network of a card, by its name in the zoo. */
  static Module build(ModelCard card) {
    return Zoo.find(card.net()).build(card.classes().size(), card.channels(), card.size());
  }

  /**
   * Freezes the layers that the arguments name, and the first convolution if it whitens. Returns the network.
   *
   * @throws IllegalArgumentException if there is no such layer, or none is left to learn
   */
  static Module freeze(Module net, TrainArguments a) {
    layers(a.freeze).forEach(path -> net.find(path).freeze());
    if (a.whiten) {
      firstConvolution(net).freeze();
    }
    if (net.learnedParameters().isEmpty()) {
      throw new IllegalArgumentException("--freeze " + a.freeze + " leaves nothing to learn; leave out a layer, such as the last");
    }
    return net;
  }

  private static Convolution firstConvolution(Module net) {
    return convolutions(net).findFirst().orElseThrow(() -> new IllegalArgumentException("--whiten needs a network that has a convolution"));
  }

  private static Stream<Convolution> convolutions(Module m) {
    return m instanceof Convolution c ? Stream.of(c) : m.children().values().stream().flatMap(TrainSetup::convolutions);
  }

  /**
   * Tensors to begin with, by name: from a file or measured on the pictures as the arguments say, or none.
   *
   * @throws IOException if weights cannot be read or do not fit the network, listing the differences
   */
  static Map<String, HostTensor> start(Module net, TrainArguments a, DataSplits data, ModelCard card) throws IOException {
    if (a.whiten) {
      String path = firstConvolution(net).path() + ".weight";
      return Map.of(path, PatchWhitening.filters(data.train(), card.evaluation(), net.initialize(a.seed).get(path), a.seed));
    }
    if (a.weights == null) {
      return Map.of();
    }
    Path given = Path.of(a.weights);
    Path file = a.weights.endsWith(".safetensors") ? given : CheckpointStore.open(given, CheckpointStore.Prefer.BEST).folder().resolve("model.safetensors");
    return StateDict.read(file, net, layers(a.fresh));
  }

  private static List<String> layers(String text) {
    return text == null ? List.of() : Arrays.stream(text.split(",")).map(String::strip).toList();
  }

  /** Networks without batch normalisation do not stand the rates that those with it like. */
  static double suitableRate(Module net, TrainArguments a) {
    boolean adam = a.optimizer.startsWith("adam");
    return adam ? 0.001 : hasNorm(net) ? 0.1 : 0.01;
  }

  private static boolean hasNorm(Module m) {
    return m instanceof BatchNorm || m.children().values().stream().anyMatch(TrainSetup::hasNorm);
  }

  /** The pictures' own side if all have the same and the network takes it without a need for more, else the side of the network's paper. */
  private static int suitableSize(Dataset data, ZooNet net) throws IOException {
    int side = 0;
    for (int i = 0; i < Math.min(LOOKED_AT, data.size()); i++) {
      Image image = data.image((int) ((long) i * data.size() / LOOKED_AT) % data.size());
      int shorter = Math.min(image.height(), image.width());
      if (side != 0 && shorter != side) {
        return net.size();
      }
      side = shorter;
    }
    return side >= net.minSize() && side <= net.size() ? side : net.size();
  }

  private static Normalize rounded(Normalize n) {
    float[] mean = n.mean();
    float[] std = n.std();
    for (int c = 0; c < mean.length; c++) {
      mean[c] = Math.round(mean[c] * 10_000) / 10_000f;
      std[c] = Math.max(1, Math.round(std[c] * 10_000)) / 10_000f;
    }
    return new Normalize(mean, std);
  }
}
