package dev.cardinal.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.backend.Device;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Image;
import dev.cardinal.train.SavedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what is in pictures. */
@Command(name = "predict", description = "Says what a trained network takes pictures for: the likeliest classes with their probabilities.")
final class PredictCommand extends DeviceCommand {
  private static final int BATCH = 16;

  @Parameters(index = "0", paramLabel = "CHECKPOINT", description = "A run folder (its best checkpoint), a checkpoint folder, or one of the files checkpoints/best and checkpoints/last.")
  Path checkpoint;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "PICTURE", description = "JPEG, PNG, BMP, GIF or WebP files.")
  List<Path> pictures;

  @Option(names = "--top", paramLabel = "N", defaultValue = "5", description = "How many classes to show; ${DEFAULT-VALUE} if not said.")
  int top;

  @Mixin
  ViewOptions views = new ViewOptions();

  @Override
  int execute() throws IOException {
    if (top < 1) {
      throw usage("--top must be at least 1, got " + top);
    }
    try (Device engine = openDevice(); SavedModel model = SavedModel.open(engine, checkpoint, TrainSetup::build, Math.min(BATCH, pictures.size()), views.views())) {
      for (int first = 0; first < pictures.size(); first += BATCH) {
        List<Path> files = pictures.subList(first, Math.min(first + BATCH, pictures.size()));
        List<Image> images = new ArrayList<>();
        for (Path file : files) {
          images.add(Datasets.image(file, DataOptions.defaults()));
        }
        List<List<SavedModel.Guess>> guesses = model.predict(images);
        for (int i = 0; i < files.size(); i++) {
          show(files.get(i), guesses.get(i).subList(0, Math.min(top, guesses.get(i).size())));
        }
      }
    }
    return 0;
  }

  private void show(Path file, List<SavedModel.Guess> guesses) throws IOException {
    if (json) {
      ObjectNode o = object().put("image", file.toString());
      ArrayNode list = o.putArray("predictions");
      guesses.forEach(g -> list.addObject().put("class", g.name()).put("probability", g.probability()));
      result(o);
      return;
    }
    int width = guesses.stream().mapToInt(g -> g.name().length()).max().orElse(1);
    say("%s", file);
    for (SavedModel.Guess g : guesses) {
      say("  %6.2f %%  %-" + width + "s  %s", 100 * g.probability(), g.name(), "#".repeat((int) Math.round(30 * g.probability())));
    }
  }
}
