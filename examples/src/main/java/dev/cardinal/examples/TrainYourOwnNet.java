package dev.cardinal.examples;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.channelShuffle;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Normalize;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.report.EpochStats;
import dev.cardinal.train.Evaluation;
import dev.cardinal.train.ModelCard;
import dev.cardinal.train.SavedModel;
import dev.cardinal.train.TrainListener;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A network of one's own: define it, train it, load it again, predict. Arguments: device and epochs, both optional. */
public final class TrainYourOwnNet {
  private static final int SIZE = 32;

  private TrainYourOwnNet() {}

  /** Three stages; in each a grouped 3x3 convolution looks around, a shuffle mixes the groups, and a pointwise convolution widens. */
  static Module net(int classes) {
    Sequential net = new Sequential().add("stem", conv2d(3, 16, 3).padding(1).noBias()).add("norm", batchNorm(16)).add("relu", relu());
    for (int channels = 16; channels < 128; channels *= 2) {
      net.add("stage" + channels, new Sequential(
          conv2d(channels, channels, 3).padding(1).groups(4).noBias(), batchNorm(channels), relu(), channelShuffle(4),
          conv2d(channels, 2 * channels, 1).noBias(), batchNorm(2 * channels), relu(), maxPool(2, 2, 0)));
    }
    return net.add("pool", globalAvgPool()).add("flatten", flatten()).add("classifier", linear(128, classes));
  }

  /** Trains and predicts. */
  public static void main(String[] args) throws IOException {
    String where = args.length > 0 ? args[0] : Devices.AUTO;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    Path folder = Files.createTempDirectory("own-net");
    try (Device device = Devices.open(where); DataSplits data = Datasets.open("shapes", DataOptions.defaults())) {
      ModelCard card = new ModelCard("my-net", data.train().classes(), 3, SIZE, Normalize.IMAGENET, "cifar", "my program 1.0");
      TrainOptions options = new TrainOptions().epochs(epochs).batch(64).rate(0.1);
      new Trainer(net(card.classes().size()), data, card.training(), card.evaluation(), device, options, folder, card.toJson()).listen(new TrainListener() {
        @Override
        public boolean finishedEpoch(EpochStats s, Evaluation test, Path checkpoint, boolean best) {
          System.out.printf("epoch %d: loss %.3f, test accuracy %.1f %%%n", s.epoch(), s.trainLoss(), 100 * s.testTop1());
          return true;
        }
      }).run();

      try (SavedModel model = SavedModel.open(device, folder, c -> net(c.classes().size()), 1)) {
        for (int i = 0; i < 4; i++) {
          SavedModel.Guess best = model.predict(data.test().image(i)).get(0);
          System.out.printf("%s looks like %s (%.1f %%)%n", data.test().name(i), best.name(), 100 * best.probability());
        }
      }
    }
  }
}
