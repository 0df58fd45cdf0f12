package dev.cardinal.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.report.EpochStats;

/** The history of a run as it stands in a checkpoint. */
final class HistoryJson {
  private HistoryJson() {}

  static ObjectNode write(EpochStats s) {
    return JsonNodeFactory.instance.objectNode()
        .put("epoch", s.epoch())
        .put("train_loss", s.trainLoss())
        .put("train_top1", s.trainTop1())
        .put("test_loss", s.testLoss())
        .put("test_top1", s.testTop1())
        .put("test_top5", s.testTop5())
        .put("learning_rate", s.learningRate())
        .put("seconds", s.seconds())
        .put("images_per_second", s.imagesPerSecond());
  }

  static EpochStats read(JsonNode n) {
    return new EpochStats(n.path("epoch").asInt(), n.path("train_loss").asDouble(), n.path("train_top1").asDouble(), n.path("test_loss").asDouble(), n.path("test_top1").asDouble(),
        n.path("test_top5").asDouble(), n.path("learning_rate").asDouble(), n.path("seconds").asDouble(), n.path("images_per_second").asDouble());
  }
}
