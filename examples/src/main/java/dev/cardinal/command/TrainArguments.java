package dev.cardinal.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.Schedule;
import dev.cardinal.train.TestViews;
import dev.cardinal.train.TrainOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What decides the result of a training run. Fields that are null were not said; {@link TrainSetup} fills them. Kept in the run's folder so that a resume needs nothing else. */
final class TrainArguments {
  @Option(names = "--net", order = 1, paramLabel = "NAME", description = "Network; 'cardinal zoo' lists them. resnext-mini if not said.")
  String net;

  @Option(names = "--data", order = 2, paramLabel = "DATA",
      description = "A folder or a .zip, .tar or .tar.gz of <train|test>/<class>/picture, cifar10:DIR, cifar100:DIR, mnist:DIR, or shapes (generated, needs nothing). shapes if not said.")
  String data;

  @Option(names = "--epochs", order = 3, paramLabel = "N", description = "Epochs in all; 10 if not said, 5 for shapes.")
  Integer epochs;

  @Option(names = "--batch", order = 4, paramLabel = "N", description = "Pictures in a step; 128 if not said, 32 for pictures above 64x64.")
  Integer batch;

  @Option(names = "--lr", order = 5, paramLabel = "RATE", description = "Base learning rate; if not said 0.1 for SGD (0.01 for nets without batch normalisation), 0.001 for Adam.")
  Double lr;

  @Option(names = "--schedule", order = 6, paramLabel = "SCHEDULE", description = "Learning rate over the run: " + Schedule.FORMS + ". onecycle if not said.")
  String schedule;

  @Option(names = "--optimizer", order = 7, paramLabel = "NAME", description = "sgd, nesterov, adam or adamw; nesterov if not said.")
  String optimizer;

  @Option(names = "--momentum", order = 8, paramLabel = "M", description = "Momentum of SGD; 0.9 if not said.")
  Double momentum;

  @Option(names = "--weight-decay", order = 9, paramLabel = "D", description = "Decay of weights, not of biases and norms; if not said 0.0005 for SGD, 0 for Adam, 0.01 for AdamW.")
  Double weightDecay;

  @Option(names = "--augment", order = 10, paramLabel = "NAME",
      description = "none, flip, shift, cifar (pad, crop, flip), reflect (the same, padded with its mirror image), cutout, rotate, alexnet or imagenet; what suits the pictures if not said.")
  String augment;

  @Option(names = "--size", order = 11, paramLabel = "PIXELS", description = "Side of the network's input; what suits net and pictures if not said.")
  Integer size;

  @Option(names = "--label-smoothing", order = 12, paramLabel = "S", description = "Share of the target spread over all classes; 0 if not said.")
  Double labelSmoothing;

  @Option(names = "--clip", order = 13, paramLabel = "NORM", description = "Clip the norm of all gradients together; off if not said.")
  Double clip;

  @Option(names = "--average", order = 14, paramLabel = "DECAY", description = "Evaluate and save an exponential moving average of the weights, as in 0.999; off if not said.")
  Double average;

  @Option(names = "--early-stop", order = 15, paramLabel = "N", description = "Stop when test accuracy has not risen for N epochs; off if not said.")
  Integer earlyStop;

  @Option(names = "--mirror-test", order = 16, arity = "0..1", fallbackValue = "true", description = "Evaluate each picture together with its mirror image.")
  Boolean mirrorTest;

  @Option(names = "--shift-test", order = 16, arity = "0..1", fallbackValue = "true", description = "Evaluate each picture together with two copies shifted by a pixel.")
  Boolean shiftTest;

  @Option(names = "--seed", order = 17, paramLabel = "N", description = "Decides initial weights, order, augmentation, dropout and held-out pictures; 1 if not said.")
  Long seed;

  @Option(names = "--limit", order = 18, paramLabel = "N", description = "Use only N training and N test pictures, for a quick try; all if not said.")
  Integer limit;

  @Option(names = "--keep", order = 19, paramLabel = "N", description = "Checkpoints kept besides the best; 2 if not said.")
  Integer keep;

  @Option(names = "--strict", order = 20, arity = "0..1", fallbackValue = "true", description = "Fail on a broken picture instead of skipping it.")
  Boolean strict;

  @Option(names = "--max-pixels", order = 21, paramLabel = "N", description = "Refuse pictures with more pixels; 67108864 if not said.")
  Long maxPixels;

  @Option(names = "--weights", order = 22, paramLabel = "FILE",
      description = "Begin with weights by name: a .safetensors file that PyTorch saved (names as torchvision's and timm's), or a run of ours. Random ones if not said.")
  String weights;

  @Option(names = "--fresh", order = 23, paramLabel = "LAYERS", description = "Layers that begin anew whatever --weights has, such as the head when the classes are others: fc, or layer4,fc.")
  String fresh;

  @Option(names = "--freeze", order = 24, paramLabel = "LAYERS", description = "Layers that keep their weights and do not learn: conv1,bn1,layer1.")
  String freeze;

  @Option(names = "--whiten", order = 25, arity = "0..1", fallbackValue = "true",
      description = "Begin with filters of the first convolution that whiten the patches of the training pictures, and keep them: fewer epochs to the same accuracy.")
  Boolean whiten;

  @Option(names = "--bias-rate", order = 26, paramLabel = "FACTOR",
      description = "Learning rate of biases, those of normalisation too, as a multiple of that of weights; 1 if not said. 64 shortens short trainings. SGD only.")
  Double biasRate;

  /** Fills what depends on nothing else. */
  void fillDefaults() {
    net = or(net, "resnext-mini");
    data = or(data, "shapes");
    epochs = or(epochs, data.equals("shapes") ? 5 : 10);
    schedule = or(schedule, "onecycle");
    optimizer = or(optimizer, "nesterov");
    momentum = or(momentum, 0.9);
    weightDecay = or(weightDecay, optimizer.equals("adam") ? 0 : optimizer.equals("adamw") ? 0.01 : 5e-4);
    labelSmoothing = or(labelSmoothing, 0.0);
    clip = or(clip, 0.0);
    average = or(average, 0.0);
    earlyStop = or(earlyStop, 0);
    mirrorTest = or(mirrorTest, false);
    shiftTest = or(shiftTest, false);
    seed = or(seed, 1L);
    limit = or(limit, 0);
    keep = or(keep, 2);
    strict = or(strict, false);
    maxPixels = or(maxPixels, 1L << 26);
    whiten = or(whiten, false);
    biasRate = or(biasRate, 1.0);
  }

  private static <T> T or(T said, T otherwise) {
    return said == null ? otherwise : said;
  }

  /**
   * As the trainer takes them.
   *
   * @throws IllegalArgumentException if a value is out of its range or no known name
   */
  TrainOptions options() {
    require(labelSmoothing >= 0 && labelSmoothing < 1, "--label-smoothing must be at least 0 and below 1, got " + labelSmoothing);
    require(clip >= 0, "--clip must not be negative, got " + clip);
    require(momentum >= 0 && momentum < 1, "--momentum must be at least 0 and below 1, got " + momentum);
    require(weightDecay >= 0, "--weight-decay must not be negative, got " + weightDecay);
    require(limit >= 0, "--limit must not be negative, got " + limit);
    require(fresh == null || weights != null, "--fresh " + fresh + " needs --weights: without it all layers begin anew");
    require(!whiten || weights == null, "--whiten sets the first layer from the pictures and --weights from a file; leave out one of them");
    require(maxPixels >= 1, "--max-pixels must be at least 1, got " + maxPixels);
    TrainOptions o = new TrainOptions().epochs(epochs).optimizer(parseOptimizer()).schedule(Schedule.parse(schedule)).labelSmoothing(labelSmoothing).clipNorm(clip)
        .averaging(average).earlyStopping(earlyStop).testViews(new TestViews(mirrorTest, shiftTest)).seed(seed).keepLast(keep);
    if (batch != null) {
      o.batch(batch);
    }
    return lr == null ? o : o.rate(lr);
  }

  private Optimizer parseOptimizer() {
    return switch (optimizer) {
      case "sgd", "nesterov" -> new Optimizer.Sgd(momentum, weightDecay, optimizer.equals("nesterov")).withBiasRate(biasRate);
      case "adam", "adamw" -> {
        require(biasRate == 1, "--bias-rate is for SGD, not for " + optimizer);
        yield new Optimizer.Adam(weightDecay, optimizer.equals("adamw"));
      }
      default -> throw new IllegalArgumentException("there is no optimiser " + optimizer + "; use sgd, nesterov, adam or adamw");
    };
  }

  private static void require(boolean ok, String message) {
    if (!ok) {
      throw new IllegalArgumentException(message);
    }
  }

  /** All values that are set, by the names of their options. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (OptionSpec o : CommandSpec.forAnnotatedObject(this).options()) {
      Object value = o.getValue();
      if (value != null) {
        json.putPOJO(o.longestName().substring(2), value);
      }
    }
    return json;
  }

  /** The command line that says the same. */
  List<String> toArguments() {
    List<String> list = new ArrayList<>();
    toJson().properties().forEach(e -> {
      list.add("--" + e.getKey());
      list.add(e.getValue().asText());
    });
    return list;
  }

  /**
   * What {@link #toJson} gave.
   *
   * @throws IOException if it is something else
   */
  static TrainArguments ofJson(JsonNode json, Object source) throws IOException {
    TrainArguments a = new TrainArguments();
    List<String> list = new ArrayList<>();
    for (Map.Entry<String, JsonNode> e : json.properties()) {
      list.add("--" + e.getKey() + "=" + e.getValue().asText());
    }
    try {
      new CommandLine(a).parseArgs(list.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new IOException("the arguments in " + source + " cannot be read: " + e.getMessage(), e);
    }
    a.fillDefaults();
    return a;
  }
}
