package dev.cardinal.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;

/**
 * A line chart over epochs as inline SVG. It has no colours of its own (the page's style sheet has them, for light and dark) and no
 * script: a band per epoch shows its values while the pointer is over it.
 */
final class SvgChart {
  private static final double WIDTH = 400;
  private static final double HEIGHT = 240;
  private static final double LEFT = 50;
  private static final double RIGHT = 14;
  private static final double TOP = 16;
  private static final double BOTTOM = 30;
  private static final int MAX_BANDS = 1000;

  private final String label;
  private final int[] epochs;
  private final DoubleFunction<String> format;
  private final List<Series> series = new ArrayList<>();
  private double ceiling = Double.POSITIVE_INFINITY;
  private boolean wideAsLogarithm;

  private record Series(String name, int colour, double[] values) {}

  private record Scale(double low, double high, boolean log, double[] ticks) {
    double y(double v) {
      double part = log ? (Math.log(v) - Math.log(low)) / (Math.log(high) - Math.log(low)) : (v - low) / (high - low);
      return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM);
    }
  }

  /** An empty chart; {@code format} writes values for the axis and for the pointer. */
  SvgChart(String label, int[] epochs, DoubleFunction<String> format) {
    this.label = label;
    this.epochs = epochs;
    this.format = format;
  }

  /** Adds a line, one value per epoch, unless nothing of it was measured; {@code colour} is its place in the palette. */
  SvgChart line(String name, int colour, double[] values) {
    if (Arrays.stream(values).anyMatch(Double::isFinite)) {
      series.add(new Series(name, colour, values));
    }
    return this;
  }

  /** Keeps the axis from going beyond the largest value there can be. */
  SvgChart ceiling(double largest) {
    ceiling = largest;
    return this;
  }

  /** Makes the axis logarithmic if the values {@linkplain #spanDecades need it}. */
  SvgChart logarithmicIfWide() {
    wideAsLogarithm = true;
    return this;
  }

  /** Whether a linear axis would squeeze a quarter of the values, all positive, into its lowest thirtieth. */
  static boolean spanDecades(double[] values) {
    double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    return sorted.length > 0 && sorted[0] > 0 && sorted[sorted.length / 4] < sorted[sorted.length - 1] / 30;
  }

  /** The chart with its legend, or an empty text if it has no line. */
  String render() {
    if (series.isEmpty()) {
      return "";
    }
    double[] all = series.stream().flatMapToDouble(s -> Arrays.stream(s.values())).filter(Double::isFinite).toArray();
    Scale scale = wideAsLogarithm && spanDecades(all) ? logarithmic(all) : linear(all);
    StringBuilder svg = new StringBuilder();
    svg.append("<figure class=\"chart\"><figcaption>").append(Html.escape(label)).append("</figcaption>\n");
    put(svg, "<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s over epochs\">\n", WIDTH, HEIGHT, Html.escape(label));
    axes(svg, scale);
    for (Series s : series) {
      path(svg, s, scale);
    }
    bands(svg, scale);
    svg.append("</svg>\n<div class=\"legend\">");
    for (Series s : series) {
      put(svg, "<span><i class=\"s%s\"></i>%s <b>%s</b></span>", s.colour(), Html.escape(s.name()), format.apply(lastFinite(s.values())));
    }
    return svg.append("</div></figure>\n").toString();
  }

  private void axes(StringBuilder svg, Scale scale) {
    for (double t : scale.ticks()) {
      double y = scale.y(t);
      put(svg, "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>", LEFT, WIDTH - RIGHT, y, y);
      put(svg, "<text class=\"tick\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>\n", LEFT - 8, y + 4, format.apply(t));
    }
    int first = epochs[0];
    int last = epochs[epochs.length - 1];
    int step = (int) Math.max(1, niceStep(last - first, 8));
    for (int e = first % step == 0 ? first : first + step - first % step; e <= last; e += step) {
      put(svg, "<text class=\"tick\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>", x(e), HEIGHT - BOTTOM + 20, e);
    }
    svg.append('\n');
  }

  private void path(StringBuilder svg, Series s, Scale scale) {
    StringBuilder d = new StringBuilder();
    boolean drawing = false;
    for (int i = 0; i < epochs.length; i++) {
      boolean measured = Double.isFinite(s.values()[i]);
      if (measured) {
        put(d, "%s%s %s", drawing ? "L" : "M", x(epochs[i]), scale.y(s.values()[i]));
        if (!drawing && (i + 1 == epochs.length || !Double.isFinite(s.values()[i + 1]))) {
          d.append("h.01"); // a lone point: the round cap of a line without length shows as a dot
        }
      }
      drawing = measured;
    }
    put(svg, "<path class=\"line s%s\" d=\"%s\"/>\n", s.colour(), d);
  }

  private void bands(StringBuilder svg, Scale scale) {
    if (epochs.length > MAX_BANDS) {
      return;
    }
    double width = (WIDTH - LEFT - RIGHT) / Math.max(1, epochs.length - 1);
    for (int i = 0; i < epochs.length; i++) {
      double x = x(epochs[i]);
      put(svg, "<g class=\"at\"><rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>", x - width / 2, TOP, width, HEIGHT - TOP - BOTTOM);
      put(svg, "<line x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>", x, x, TOP, HEIGHT - BOTTOM);
      StringBuilder tip = new StringBuilder("epoch ").append(epochs[i]);
      for (Series s : series) {
        double v = s.values()[i];
        if (Double.isFinite(v)) {
          put(svg, "<circle class=\"s%s\" cx=\"%s\" cy=\"%s\" r=\"4\"/>", s.colour(), x, scale.y(v));
          tip.append(series.size() > 1 ? " · " + s.name() : "").append(' ').append(format.apply(v));
        }
      }
      put(svg, "<text x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text></g>\n", WIDTH - RIGHT, TOP - 3, Html.escape(tip.toString()));
    }
  }

  private double x(int epoch) {
    int first = epochs[0];
    int last = epochs[epochs.length - 1];
    double part = last == first ? 0.5 : (double) (epoch - first) / (last - first);
    return LEFT + part * (WIDTH - LEFT - RIGHT);
  }

  private Scale linear(double[] values) {
    double low = Arrays.stream(values).min().orElseThrow();
    double high = Arrays.stream(values).max().orElseThrow();
    double margin = high > low ? 0 : Math.max(Math.abs(high) * 0.1, 1e-6);
    double step = niceStep(high - low + 2 * margin, 5);
    low = low >= 0 && low < (high - low) ? 0 : Math.floor((low - margin) / step) * step;
    high = Math.min(ceiling, Math.ceil((high + margin) / step) * step);
    int n = (int) Math.round(Math.floor((high - low) / step + 1e-9)) + 1;
    double from = low;
    return new Scale(low, high, false, IntStream.range(0, n).mapToDouble(i -> from + i * step).toArray());
  }

  private static Scale logarithmic(double[] values) {
    int low = (int) Math.floor(Math.log10(Arrays.stream(values).min().orElseThrow()) + 1e-9);
    int high = (int) Math.ceil(Math.log10(Arrays.stream(values).max().orElseThrow()) - 1e-9);
    double[] ticks = IntStream.rangeClosed(low, high).mapToDouble(p -> Double.parseDouble("1e" + p)).toArray();
    return new Scale(ticks[0], ticks[ticks.length - 1], true, ticks);
  }

  /** The step of 1, 2 or 5 times a power of ten that divides a range into about {@code parts}. */
  private static double niceStep(double range, int parts) {
    double rough = range / parts;
    if (rough <= 0) {
      return 1;
    }
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double lead = rough / power;
    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  }

  private static double lastFinite(double[] values) {
    return Arrays.stream(values).filter(Double::isFinite).reduce((a, b) -> b).orElse(Double.NaN);
  }

  /** Appends a template with numbers written in a tenth of a pixel: finer would only lengthen the page. */
  private static void put(StringBuilder out, String template, Object... values) {
    Object[] texts = Arrays.stream(values).map(v -> v instanceof Double d ? trimmed(d) : v).toArray();
    out.append(String.format(Locale.ROOT, template, texts));
  }

  private static String trimmed(double v) {
    String s = String.format(Locale.ROOT, "%.1f", v);
    return s.endsWith(".0") ? s.substring(0, s.length() - 2) : s;
  }
}
