package dev.cardinal.parallel;

import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A plan as a picture in the manner of Krizhevsky et al. 2012, figure 2: a lane for each device, a box for what each layer gives there, as high as its map and as deep as its kernels, arrows between the
 * lanes where a layer sees what the others made, windows and strides above them, pooling below, and at the end the softmax, computed once.
 */
public final class PlanPicture {
  private static final int LANE = 170;
  private static final int STEP = 100;
  private static final int MOST_LAYERS = 60;
  /** Colours of what a device sees of its own, and of the others. */
  private static final String OWN = "888888";
  private static final String OTHERS = "c0392b";

  private PlanPicture() {}

  /** The SVG document. */
  public static String svg(Plan p) {
    List<LayerShare> layers = p.split().layers().subList(0, Math.min(MOST_LAYERS, p.split().layers().size()));
    Set<String> exchanging = p.split().movements().stream().filter(Movement::forward).map(Movement::layer).collect(Collectors.toSet());
    int devices = p.split().devices();
    PlanLabels labels = PlanLabels.of(p, layers);
    int width = left(layers.size()) + STEP;
    int height = LANE * devices + 60;
    StringBuilder s = new StringBuilder();
    add(s, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"11\">%n", width, height, width, height);
    add(s, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
    for (String colour : List.of(OWN, OTHERS)) {
      add(s, "<defs><marker id=\"to%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#%s\"/></marker></defs>%n", colour, colour);
    }
    if (!layers.isEmpty()) {
      input(s, p.split().graphs().get(0).inputs().values().iterator().next().type().shape(), devices);
    }
    for (int i = 1; i < layers.size(); i++) {
      lines(s, layers, i, devices, exchanging.contains(layers.get(i).layer()));
    }
    for (int d = 0; d < devices; d++) {
      add(s, "<text x=\"%d\" y=\"%d\" fill=\"#555\">device %d</text>%n", left(0), top(d) - 68, d);
      for (int i = 0; i < layers.size(); i++) {
        box(s, layers.get(i), i, d);
      }
    }
    for (int i = 0; i < layers.size(); i++) {
      text(s, left(i) + 12, height - 26, 11, "#333", layers.get(i).layer());
      text(s, left(i) + 12, height - 12, 9, "#777", labels.below().get(i));
      // In front of the first layer the pictures take the room.
      for (int d = 0; d < (i == 0 ? 1 : devices); d++) {
        text(s, left(i) - 30, top(d) - 8, 9, "#777", labels.window().get(i));
      }
    }
    if (!layers.isEmpty()) {
      end(s, layers, devices, height);
    }
    return s.append("</svg>\n").toString();
  }

  private static void text(StringBuilder s, int x, int y, int size, String colour, String words) {
    if (!words.isEmpty()) {
      add(s, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"%d\" fill=\"%s\">%s</text>%n", x, y, size, colour, escaped(words));
    }
  }

  /** The softmax over all classes, which is computed once, or with divided samples the mean of the losses. */
  private static void end(StringBuilder s, List<LayerShare> layers, int devices, int height) {
    LayerShare last = layers.get(layers.size() - 1);
    int x = left(layers.size());
    int middle = (top(0) + top(devices - 1)) / 2;
    for (int d = 0; d < devices; d++) {
      arrow(s, left(layers.size() - 1) + depth(last, d), top(d), x, middle, devices == 1 ? OWN : OTHERS);
    }
    add(s, "<rect x=\"%d\" y=\"%d\" width=\"8\" height=\"80\" fill=\"#eef3fa\" stroke=\"#2c3e50\"/>%n", x, middle - 40);
    text(s, x + 4, middle + 54, 11, "#000", String.valueOf(last.output().dim(1)));
    text(s, x + 4, height - 26, 11, "#333", "softmax");
  }

  private static int left(int layer) {
    return 84 + STEP * layer;
  }

  private static int top(int device) {
    return 95 + LANE * device;
  }

  /** Half the height of a layer's box. */
  private static int half(LayerShare l) {
    Shape out = l.output();
    int side = out.rank() > 2 ? out.dim(out.rank() - 1) : 40;
    return (int) Math.min(48, 8 + 5 * Math.sqrt(side));
  }

  private static int depth(LayerShare l, int device) {
    return l.output().rank() > 2 ? (int) Math.min(46, 4 + 2 * Math.sqrt(l.kernels()[device])) : 8;
  }

  private static void lines(StringBuilder s, List<LayerShare> layers, int i, int devices, boolean exchanges) {
    for (int from = 0; from < devices; from++) {
      for (int to = 0; to < devices; to++) {
        if (from == to || exchanges) {
          LayerShare before = layers.get(i - 1);
          int skew = before.output().rank() > 2 ? half(before) / 3 : 0;
          arrow(s, left(i - 1) + depth(before, from) + skew, top(from), left(i), top(to), from == to ? OWN : OTHERS);
        }
      }
    }
  }

  private static void arrow(StringBuilder s, int x, int y, int toX, int toY, String colour) {
    add(s, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#%s\" stroke-dasharray=\"4 3\" marker-end=\"url(#to%s)\"/>%n", x, y, toX, toY, colour, colour);
  }

  /** The pictures, which every device sees. */
  private static void input(StringBuilder s, Shape images, int devices) {
    int middle = (top(0) + top(devices - 1)) / 2;
    int x = 24;
    String style = "fill=\"#fdf6e3\" stroke=\"#2c3e50\"";
    add(s, "<polygon points=\"%d,%d %d,%d %d,%d %d,%d\" %s/>%n", x, middle - 48, x + 16, middle - 64, x + 20, middle - 64, x + 4, middle - 48, style);
    add(s, "<polygon points=\"%d,%d %d,%d %d,%d %d,%d\" %s/>%n", x + 4, middle - 48, x + 20, middle - 64, x + 20, middle + 32, x + 4, middle + 48, style);
    add(s, "<rect x=\"%d\" y=\"%d\" width=\"4\" height=\"96\" %s/>%n", x, middle - 48, style);
    add(s, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d</text>%n", x + 4, middle + 62, images.dim(1));
    add(s, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#777\" font-size=\"9\">%s</text>%n", x + 4, middle + 73, images.rank() > 2 ? spatial(images) : "");
    for (int d = 0; d < devices; d++) {
      arrow(s, x + 12, middle, left(0), top(d), OWN);
    }
  }

  private static void box(StringBuilder s, LayerShare l, int i, int device) {
    int h = half(l);
    int w = depth(l, device);
    int skew = l.output().rank() > 2 ? h / 3 : 0;
    int x = left(i);
    int y = top(device);
    String style = "fill=\"#eef3fa\" stroke=\"#2c3e50\"";
    add(s, "<polygon points=\"%d,%d %d,%d %d,%d %d,%d\" %s/>%n", x, y - h, x + skew, y - h - skew, x + skew + w, y - h - skew, x + w, y - h, style);
    add(s, "<polygon points=\"%d,%d %d,%d %d,%d %d,%d\" %s/>%n", x + w, y - h, x + w + skew, y - h - skew, x + w + skew, y + h - skew, x + w, y + h, style);
    add(s, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s/>%n", x, y - h, w, 2 * h, style);
    add(s, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d</text>%n", x + w / 2, y + h + 14, l.kernels()[device]);
    if (l.output().rank() > 2) {
      add(s, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#777\" font-size=\"9\">%s</text>%n", x + w / 2, y + h + 25, spatial(l.output()));
    }
  }

  private static String spatial(Shape s) {
    return java.util.Arrays.stream(s.spatial()).mapToObj(Integer::toString).collect(Collectors.joining("×"));
  }

  private static String escaped(String s) {
    return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static void add(StringBuilder s, String format, Object... args) {
    s.append(String.format(Locale.ROOT, format.replace("%n", "\n"), args));
  }
}
