package dev.cardinal.train;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Variables;
import dev.cardinal.data.Image;
import dev.cardinal.data.Pipeline;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.nn.Module;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A trained network, loaded from a checkpoint and compiled for a device:
 *
 * <pre>{@code
 * try (SavedModel model = SavedModel.open(device, Path.of("runs/train-1"), card -> myNet(card.classes().size()), 1)) {
 *   System.out.println(model.predict(Datasets.image(file, DataOptions.defaults())).get(0));
 * }}</pre>
 */
public final class SavedModel implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final ModelCard card;
  private final Variables variables;
  private final Predictor predictor;
  private final TensorType images;

  /**
   * A class and how likely the network thinks it.
   *
   * @param name of the class
   * @param probability 0 to 1
   */
  public record Guess(String name, double probability) {}

  private SavedModel(Checkpoint checkpoint, ModelCard card, Variables variables, Predictor predictor, TensorType images) {
    this.checkpoint = checkpoint;
    this.card = card;
    this.variables = variables;
    this.predictor = predictor;
    this.images = images;
  }

  /**
   * Loads the best checkpoint of a run, or the one that the path names; see {@link CheckpointStore#open(Path, CheckpointStore.Prefer)}.
   *
   * @param net builds the network from the card
   * @param batch pictures per run of the network
   * @param views what is shown of each picture
   * @throws IOException if there is no readable checkpoint, or it belongs to another network
   */
  public static SavedModel open(Device device, Path path, Function<ModelCard, Module> net, int batch, TestViews views) throws IOException {
    Checkpoint checkpoint = CheckpointStore.open(path, CheckpointStore.Prefer.BEST);
    ModelCard card = ModelCard.of(checkpoint);
    Module module = net.apply(card);
    TensorType images = new TensorType(DType.F32, Shape.of(batch, card.channels(), card.size(), card.size()));
    Variables variables = device.newVariables();
    try {
      TrainingState.load(module, checkpoint).forEach(variables::write);
      return new SavedModel(checkpoint, card, variables, new Predictor(device, variables, module, images, card.classes().size(), false, views), images);
    } catch (IOException | RuntimeException e) {
      variables.close();
      throw e;
    }
  }

  /** As above, with the pictures alone. */
  public static SavedModel open(Device device, Path path, Function<ModelCard, Module> net, int batch) throws IOException {
    return open(device, path, net, batch, TestViews.PLAIN);
  }

  /** Where it came from. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** What is known of it. */
  public ModelCard card() {
    return card;
  }

  /** The compiled network. */
  public Predictor predictor() {
    return predictor;
  }

  /** All classes with their probabilities, the likeliest first. */
  public List<Guess> predict(Image picture) {
    return predict(List.of(picture)).get(0);
  }

  /** For every picture all classes with their probabilities, the likeliest first. Pictures may be of any size. */
  public List<List<Guess>> predict(List<Image> pictures) {
    int batch = images.shape().dim(0);
    HostTensor input = HostTensor.zeros(images);
    Pipeline pipeline = card.evaluation();
    List<List<Guess>> all = new java.util.ArrayList<>();
    for (int first = 0; first < pictures.size(); first += batch) {
      int count = Math.min(batch, pictures.size() - first);
      for (int i = 0; i < count; i++) {
        pipeline.apply(pictures.get(first + i), new PhiloxRandom(0, 0), input.floats(), i * pipeline.length());
      }
      HostTensor p = predictor.probabilities(input);
      for (int i = 0; i < count; i++) {
        all.add(ranked(p, i));
      }
    }
    return all;
  }

  private List<Guess> ranked(HostTensor p, int row) {
    int classes = card.classes().size();
    return IntStream.range(0, classes).mapToObj(c -> new Guess(card.classes().get(c), p.floats()[row * classes + c]))
        .sorted(Comparator.comparingDouble(Guess::probability).reversed()).toList();
  }

  @Override
  public void close() {
    predictor.close();
    variables.close();
  }
}
