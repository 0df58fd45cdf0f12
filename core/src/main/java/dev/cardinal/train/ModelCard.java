package dev.cardinal.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.data.Normalize;
import dev.cardinal.data.Pipeline;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.io.Checkpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a checkpoint says of its network besides the weights: all that evaluation, prediction and going on need. The trainer keeps its JSON in every checkpoint.
 *
 * @param net name of the network, by which the reader builds it
 * @param classes names of the outputs, in order
 * @param channels 1 or 3
 * @param size side of the square pictures in pixels
 * @param normalize from bytes to the network's inputs
 * @param augment name of the augmentation, see {@link Augmentations}; evaluation depends on it too
 * @param version of the library that trained it
 */
public record ModelCard(String net, List<String> classes, int channels, int size, Normalize normalize, String augment, String version) {
  /** Copies the list. */
  public ModelCard {
    classes = List.copyOf(classes);
    if (classes.isEmpty() || size < 1 || channels != normalize.channels()) {
      throw new IllegalArgumentException("a model card needs classes, a size and as many channels as its normalisation, got " + classes.size() + " classes, size " + size + ", "
          + channels + " channels and a normalisation of " + normalize.channels());
    }
  }

  /** What is done to a picture before the network evaluates it. */
  public Pipeline evaluation() {
    return Augmentations.evaluation(augment, size, normalize);
  }

  /** What is done to a picture before the network learns from it. */
  public Pipeline training() {
    return Augmentations.byName(augment, size, normalize);
  }

  /** As it stands in a checkpoint. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("net", net);
    ArrayNode names = json.putArray("classes");
    classes.forEach(names::add);
    json.put("channels", channels).put("size", size);
    ArrayNode mean = json.putArray("mean");
    ArrayNode std = json.putArray("std");
    for (int c = 0; c < channels; c++) {
      mean.add(normalize.mean()[c]);
      std.add(normalize.std()[c]);
    }
    return json.put("augment", augment).put("cardinal", version);
  }

  /**
   * The card of a checkpoint.
   *
   * @throws IOException if it has none, or one that makes no sense
   */
  public static ModelCard of(Checkpoint checkpoint) throws IOException {
    JsonNode json = checkpoint.meta();
    if (!json.path("net").isTextual()) {
      throw new IOException("checkpoint " + checkpoint.folder() + " does not say which network it is of; it can be read only by the program that wrote it");
    }
    try {
      List<String> names = new ArrayList<>();
      json.path("classes").forEach(c -> names.add(c.asText()));
      ModelCard card = new ModelCard(json.path("net").asText(), names, json.path("channels").asInt(), json.path("size").asInt(),
          new Normalize(floats(json.path("mean")), floats(json.path("std"))), json.path("augment").asText(), json.path("cardinal").asText("unknown"));
      card.evaluation();
      return card;
    } catch (IllegalArgumentException e) {
      throw new IOException("the description of checkpoint " + checkpoint.folder() + " is damaged: " + e.getMessage(), e);
    }
  }

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.path(i).asDouble(Double.NaN);
    }
    return values;
  }
}
