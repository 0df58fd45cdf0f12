package dev.cardinal.accounting;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.tensor.Shape;

/** A summary as JSON: {@code net, params, macs, layers: [{name, kind, output, params, macs, activation_bytes}]}, then {@code input, batch, activation_bytes} and {@code training_memory} in bytes. */
public final class SummaryJson {
  private SummaryJson() {}

  /** The object. */
  public static ObjectNode render(Summary s) {
    ObjectNode o = JsonNodeFactory.instance.objectNode().put("net", s.net()).put("params", s.params()).put("macs", s.macs());
    ArrayNode layers = o.putArray("layers");
    for (LayerCost l : s.layers()) {
      ObjectNode row = layers.addObject().put("name", l.name()).put("kind", l.kind());
      shape(row.putArray("output"), l.output());
      row.put("params", l.params()).put("macs", l.macs()).put("activation_bytes", l.activationBytes());
    }
    shape(o.putArray("input"), s.input());
    o.put("batch", s.batch()).put("activation_bytes", s.activationBytes());
    TrainingMemory m = s.training();
    if (m != null) {
      o.putObject("training_memory").put("total_bytes", m.totalBytes()).put("arena_bytes", m.arenaBytes()).put("unshared_bytes", m.unsharedBytes())
          .put("parameter_bytes", m.parameterBytes()).put("optimizer_bytes", m.optimizerBytes()).put("input_bytes", m.inputBytes());
    }
    return o;
  }

  private static void shape(ArrayNode into, Shape s) {
    for (int d : s.dims()) {
      into.add(d);
    }
  }
}
