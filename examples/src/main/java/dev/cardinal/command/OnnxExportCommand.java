package dev.cardinal.command;

import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.io.onnx.OnnxExport;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.Shape;
import dev.cardinal.train.ModelCard;
import dev.cardinal.train.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes a trained network as an ONNX model. Takes {@code --device} as its sisters do; writing needs none. */
@Command(name = "export", description = {"Writes a trained network as an ONNX model, for any batch size.",
    "The model takes normalised pictures [N, C, H, W] and gives one logit per class."})
final class OnnxExportCommand extends DeviceCommand {
  @Parameters(index = "0", paramLabel = "CHECKPOINT", description = "A run folder (its best checkpoint), a checkpoint folder, or one of the files checkpoints/best and checkpoints/last.")
  Path checkpoint;

  @Parameters(index = "1", paramLabel = "OUT.onnx", description = "The file to write.")
  Path out;

  @Override
  int execute() throws IOException {
    requireDevice();
    Checkpoint saved = CheckpointStore.open(checkpoint, CheckpointStore.Prefer.BEST);
    ModelCard card = ModelCard.of(saved);
    Module net = TrainSetup.build(card);
    OnnxExport.write(out, net, Shape.of(card.channels(), card.size(), card.size()), TrainingState.load(net, saved));
    say("wrote %s: %s, opset %d, %,d parameters, %,d bytes", out, card.net(), OnnxExport.OPSET, net.parameterCount(), Files.size(out));
    result(object().put("checkpoint", saved.folder().toString()).put("model", out.toString()).put("net", card.net()).put("opset", OnnxExport.OPSET).put("params", net.parameterCount()));
    return 0;
  }
}
