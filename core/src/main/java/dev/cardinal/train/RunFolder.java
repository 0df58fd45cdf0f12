package dev.cardinal.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.io.AtomicFile;
import dev.cardinal.report.ConfusionImage;
import dev.cardinal.report.ConfusionMatrix;
import dev.cardinal.report.ContactSheet;
import dev.cardinal.report.CsvHistory;
import dev.cardinal.report.Curves;
import dev.cardinal.report.EpochStats;
import dev.cardinal.report.HtmlReport;
import dev.cardinal.report.Mistake;
import dev.cardinal.report.ReportData;
import dev.cardinal.report.TensorBoardEvents;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The folder of a training run, kept up to date after every epoch:
 *
 * <pre>
 * runs/train-3/
 *   arguments.json   how the run was started, all that a resume needs
 *   results.csv      one row per epoch
 *   curves.png       loss, accuracy, learning rate
 *   confusion.png    confusion matrix of the best epoch
 *   batches.png      the first training pictures as the network sees them
 *   report.html      all of that in one page, with the worst mistakes
 *   events.out.…     for TensorBoard
 *   checkpoints/     see {@link dev.cardinal.io.CheckpointStore}
 * </pre>
 */
public final class RunFolder implements TrainListener, AutoCloseable {
  private static final String ARGUMENTS = "arguments.json";
  private static final int COLUMNS = 8;
  private static final int TILE = 96;
  private static final JsonMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Path folder;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private String title = "Training";
  private Trainer trainer;
  private CsvHistory csv;
  private TensorBoardEvents events;
  private ConfusionMatrix confusion = new ConfusionMatrix(List.of());
  private List<Mistake> mistakes = List.of();

  private RunFolder(Path folder) {
    this.folder = folder;
  }

  /** A new folder {@code parent/kind-N} with the first number that is free; two processes never get the same. */
  public static RunFolder numbered(Path parent, String kind) throws IOException {
    Files.createDirectories(parent);
    for (int n = 1;; n++) {
      try {
        return new RunFolder(Files.createDirectory(parent.resolve(kind + "-" + n)));
      } catch (FileAlreadyExistsException e) {
        // Taken; the next number.
      }
    }
  }

  /**
   * A new folder of this name; an empty one may exist.
   *
   * @throws IOException if there is something in it, or a file stands in its place
   */
  public static RunFolder named(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new IOException(folder + " is a file, no folder for a run; name another with --out");
    }
    if (Files.isDirectory(folder)) {
      try (Stream<Path> entries = Files.list(folder)) {
        if (entries.findAny().isPresent()) {
          throw new IOException(folder + " is not empty; name another folder with --out, or go on with that run with --resume " + folder);
        }
      }
      return new RunFolder(folder);
    }
    return new RunFolder(Files.createDirectories(folder));
  }

  /**
   * The folder of an earlier run, from its own path or one inside it.
   *
   * @throws IOException if it is none
   */
  public static RunFolder existing(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new IOException("the run " + path + " does not exist; name a folder that training made, such as runs/train-1");
    }
    Path absolute = path.toAbsolutePath().normalize();
    Path at = absolute;
    for (int up = 0; at != null && up <= 3; up++, at = at.getParent()) {
      if (Files.isRegularFile(at.resolve(ARGUMENTS))) {
        return new RunFolder(up == 0 ? path : at);
      }
    }
    throw new IOException(path + " is no folder of a run: it has no " + ARGUMENTS + "; name a folder that training made, such as runs/train-1");
  }

  /** The folder. */
  public Path path() {
    return folder;
  }

  /** Where its checkpoints are. */
  public Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  /** Whether a checkpoint was saved. */
  public boolean hasCheckpoint() {
    return Files.exists(checkpoints().resolve("last"));
  }

  /** The HTML page. */
  public Path report() {
    return folder.resolve("report.html");
  }

  /** Writes down how the run was started. */
  public void writeArguments(ObjectNode arguments) throws IOException {
    AtomicFile.writeText(folder.resolve(ARGUMENTS), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(arguments) + "\n");
  }

  /**
   * How the run was started.
   *
   * @throws IOException if that cannot be read
   */
  public ObjectNode readArguments() throws IOException {
    Path file = folder.resolve(ARGUMENTS);
    try {
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      if (json instanceof ObjectNode o) {
        return o;
      }
    } catch (JsonProcessingException e) {
      throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
    }
    throw new IOException(file + " is damaged: it holds no JSON object");
  }

  /** Sets the heading of the report and what it lists about the run. */
  public RunFolder describe(String heading, Map<String, String> listed) {
    title = heading;
    facts.clear();
    facts.putAll(listed);
    return this;
  }

  @Override
  public void started(Trainer t, int fromEpoch) throws IOException {
    close();
    trainer = t;
    csv = CsvHistory.open(folder.resolve("results.csv"), 0);
    for (EpochStats done : t.history()) {
      csv.append(done);
    }
    events = new TensorBoardEvents(folder, fromEpoch);
    if (fromEpoch == 0) {
      TrainOptions o = t.options();
      List<ContactSheet.Tile> tiles = Pictures.firstBatches(t.data().train(), t.trainPipeline(), LoaderOptions.training(o.batch, o.seed));
      ContactSheet.write(folder.resolve("batches.png"), tiles, COLUMNS, TILE);
      writeReport();
    }
  }

  @Override
  public boolean finishedEpoch(EpochStats stats, Evaluation test, Path checkpoint, boolean best) throws IOException {
    csv.append(stats);
    events.epoch(stats);
    Curves.write(folder.resolve("curves.png"), trainer.history());
    if (best || confusion.size() == 0) {
      confusion = test.confusion();
      mistakes = Pictures.mistakes(trainer.data().test(), test);
      ConfusionImage.write(folder.resolve("confusion.png"), confusion);
    }
    writeReport();
    return true;
  }

  private void writeReport() throws IOException {
    HtmlReport.write(report(), new ReportData(title, facts, trainer.history(), confusion, mistakes));
  }

  @Override
  public void close() throws IOException {
    if (csv != null) {
      csv.close();
      events.close();
    }
  }
}
