package dev.cardinal.report;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small finished run to make reports of. */
final class Samples {
  private Samples() {}

  static List<EpochStats> epochs(int n) {
    List<EpochStats> epochs = new ArrayList<>();
    for (int e = 1; e <= n; e++) {
      double left = Math.exp(-e / 4.0);
      epochs.add(new EpochStats(e, 0.3 + 2 * left, 0.95 - 0.8 * left, 0.4 + 2 * left, 0.9 - 0.8 * left,
          0.99 - 0.4 * left, 0.1 / e, 61.5, 803.25));
    }
    return epochs;
  }

  static EpochStats untested(int epoch) {
    return new EpochStats(epoch, 1.5, 0.25, Double.NaN, Double.NaN, Double.NaN, 0.1, 2, 100);
  }

  static ConfusionMatrix confusion(int classes) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      names.add("class " + c);
    }
    ConfusionMatrix m = new ConfusionMatrix(names);
    for (int i = 0; i < 20 * classes; i++) {
      m.add(i % classes, i % 7 == 0 ? i * 31 % classes : i % classes);
    }
    return m;
  }

  static BufferedImage picture(int width, int height, Color colour) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, colour.getRGB());
      }
    }
    return image;
  }

  static ReportData report(String hostile) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("network", "resnext");
    facts.put(hostile, hostile);
    ConfusionMatrix m = new ConfusionMatrix(List.of("cat", hostile));
    m.add(0, 0);
    m.add(0, 1);
    m.add(1, 1);
    return new ReportData(hostile, facts, epochs(12), m, List.of(new Mistake(hostile, hostile, "cat", 0.987, picture(32, 32, Color.RED)),
        new Mistake("large", "cat", hostile, 0.5, picture(900, 300, Color.BLUE))));
  }
}
