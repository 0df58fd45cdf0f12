package dev.cardinal.parallel;

import dev.cardinal.graph.Node;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Linear;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a plan's picture says of its layers in words.
 *
 * @param window before each layer, as in {@code 11×11 / 4}, or {@code dense}
 * @param below what follows each layer before the next, as in {@code max pooling}, or nothing
 */
record PlanLabels(List<String> window, List<String> below) {
  static PlanLabels of(Plan p, List<LayerShare> layers) {
    Map<String, Integer> at = new HashMap<>();
    layers.forEach(l -> at.put(l.layer(), at.size()));
    String[] window = new String[layers.size()];
    String[] below = new String[layers.size()];
    Arrays.fill(window, "");
    Arrays.fill(below, "");
    int last = -1;
    for (Node n : p.split().graphs().get(0).nodes()) {
      if (Conversions.isBackward(n.name())) {
        continue;
      }
      Integer layer = at.get(n.name());
      String of = window(n);
      if (layer != null && !of.isEmpty()) {
        last = layer;
        window[layer] = of;
      } else if (last >= 0 && n.op().opName().endsWith("Pool")) {
        below[last] = n.op().opName().startsWith("Max") ? "max pooling" : "average pooling";
      }
    }
    return new PlanLabels(new ArrayList<>(Arrays.asList(window)), new ArrayList<>(Arrays.asList(below)));
  }

  private static String window(Node n) {
    if (n.op() instanceof Linear) {
      return "dense";
    }
    ConvGeometry g = n.op() instanceof Conv c ? c.geometry() : n.op() instanceof ConvBackwardData t ? t.geometry() : null;
    if (g == null) {
      return "";
    }
    Shape w = n.input(1).type().shape();
    String size = Arrays.stream(w.spatial()).mapToObj(Integer::toString).collect(Collectors.joining("×"));
    return g.stride().isAll(1) ? size : size + " / " + g.stride().at(0);
  }
}
