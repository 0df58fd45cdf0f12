package dev.cardinal.accounting;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** A summary as one self-contained page: totals, where in the depth of the network the work and the memory lie, and the table. */
public final class SummaryHtml {
  private SummaryHtml() {}

  /** The page. */
  public static String render(Summary s) {
    StringBuilder h = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
        .append(escape(s.net())).append("</title>\n<style>\n").append(SummaryStyle.CSS).append("</style>\n</head>\n<body>\n<h1>").append(escape(s.net())).append("</h1>\n<p class=\"lead\">Input ")
        .append(s.sample().replace("x", "×")).append(", batch ").append(s.batch()).append(", ").append(s.layers().size()).append(" layers</p>\n");
    tiles(h, s);
    h.append("<h2>Along the depth</h2>\n<div class=\"card\">\n");
    strip(h, s.layers(), "Multiply-adds", "macs", LayerCost::macs);
    strip(h, s.layers(), "Parameters", "params", LayerCost::params);
    strip(h, s.layers(), "Activations", "acts", LayerCost::activationBytes);
    h.append("</div>\n");
    memory(h, s);
    table(h, s);
    return h.append("<footer>Multiply-adds are those of convolutions and matrices for one sample, forward, without biases. Activations are float32 outputs for the whole batch.</footer>\n</body>\n</html>\n").toString();
  }

  private static void tiles(StringBuilder h, Summary s) {
    h.append("<div class=\"tiles\">\n");
    tile(h, brief(s.params()), "parameters", String.format(Locale.ROOT, "%,d", s.params()));
    tile(h, brief(s.macs()), "multiply-adds per sample", String.format(Locale.ROOT, "%,d", s.macs()));
    tile(h, SummaryText.bytes(s.activationBytes()), "activations, all layers", String.format(Locale.ROOT, "%,d bytes", s.activationBytes()));
    if (s.training() != null) {
      tile(h, SummaryText.bytes(s.training().totalBytes()), "to train a batch of " + s.batch() + ", planned", String.format(Locale.ROOT, "%,d bytes", s.training().totalBytes()));
    }
    h.append("</div>\n");
  }

  private static void tile(StringBuilder h, String value, String label, String exact) {
    h.append("<div class=\"tile\" title=\"").append(escape(exact)).append("\"><b>").append(escape(value)).append("</b><span>").append(escape(label)).append("</span></div>\n");
  }

  /** A bar for every layer that has any of it, as high as its share of the largest. */
  private static void strip(StringBuilder h, List<LayerCost> layers, String label, String colour, ToLongFunction<LayerCost> of) {
    List<LayerCost> shown = layers.stream().filter(l -> of.applyAsLong(l) > 0).toList();
    long total = Math.max(1, shown.stream().mapToLong(of).sum());
    long largest = Math.max(1, shown.stream().mapToLong(of).max().orElse(1));
    h.append("<figure><figcaption>").append(label).append("</figcaption><div class=\"strip ").append(colour).append("\" role=\"img\" aria-label=\"").append(label)
        .append(" of ").append(shown.size()).append(" layers").append(most(shown, of)).append("\">");
    for (LayerCost l : shown) {
      long v = of.applyAsLong(l);
      h.append(String.format(Locale.ROOT, "<i style=\"height:%.2f%%\" title=\"%s (%s): %,d, %.1f%%\"></i>", Math.max(0.8, 100.0 * v / largest), escape(l.name()), escape(l.kind()), v, 100.0 * v / total));
    }
    h.append("</div></figure>\n");
  }

  private static String most(List<LayerCost> layers, ToLongFunction<LayerCost> of) {
    return layers.stream().max(Comparator.comparingLong(of)).map(l -> ", most in " + escape(l.name())).orElse("");
  }

  private static void memory(StringBuilder h, Summary s) {
    TrainingMemory m = s.training();
    if (m == null) {
      return;
    }
    h.append("<h2>Memory of a training step</h2>\n<div class=\"card\"><div class=\"stack\" role=\"img\" aria-label=\"The parts of it, told below\">");
    String[] labels = {"computed values", "parameters", "optimiser", "batch"};
    long[] parts = {m.arenaBytes(), m.parameterBytes(), m.optimizerBytes(), m.inputBytes()};
    for (int i = 0; i < parts.length; i++) {
      h.append(String.format(Locale.ROOT, "<i class=\"m%d\" style=\"flex-grow:%d\" title=\"%s: %s\"></i>", i, Math.max(1, parts[i] >> 10), labels[i], SummaryText.bytes(parts[i])));
    }
    h.append("</div><p class=\"legend\">");
    for (int i = 0; i < parts.length; i++) {
      h.append("<span><i class=\"m").append(i).append("\"></i>").append(labels[i]).append(" <b>").append(SummaryText.bytes(parts[i])).append("</b></span>");
    }
    h.append("</p><p class=\"note\">A planned estimate: computed values share memory by their life times and would take ").append(SummaryText.bytes(m.unsharedBytes()))
        .append(" if they did not.</p></div>\n");
  }

  private static void table(StringBuilder h, Summary s) {
    h.append("<h2>Layers</h2>\n<div class=\"card scroll\"><table>\n<thead><tr>");
    for (String head : List.of("layer", "kind", "output", "kernel", "groups", "parameters", "multiply-adds", "activations")) {
      h.append("<th scope=\"col\">").append(head).append("</th>");
    }
    h.append("</tr></thead>\n<tbody>\n");
    long params = s.layers().stream().mapToLong(LayerCost::params).max().orElse(1);
    long macs = s.layers().stream().mapToLong(LayerCost::macs).max().orElse(1);
    long bytes = s.layers().stream().mapToLong(LayerCost::activationBytes).max().orElse(1);
    for (LayerCost l : s.layers()) {
      h.append(l.macs() > 0 || l.params() > 0 ? "<tr>" : "<tr class=\"light\">").append("<td>").append(escape(l.name())).append("</td><td>").append(escape(l.kind())).append("</td><td>")
          .append(Summary.dims(l.output().dims()).replace("x", "×")).append("</td><td>").append(l.kernel().replace("x", "×")).append("</td><td>").append(l.groups() == 1 ? "" : l.groups()).append("</td>");
      cell(h, "params", l.params(), params, String.format(Locale.ROOT, "%,d", l.params()));
      cell(h, "macs", l.macs(), macs, String.format(Locale.ROOT, "%,d", l.macs()));
      cell(h, "acts", l.activationBytes(), bytes, SummaryText.bytes(l.activationBytes()));
      h.append("</tr>\n");
    }
    h.append("</tbody>\n<tfoot><tr><td colspan=\"5\">all</td><td>").append(String.format(Locale.ROOT, "%,d</td><td>%,d</td><td>%s", s.params(), s.macs(), SummaryText.bytes(s.activationBytes())))
        .append("</td></tr></tfoot>\n</table></div>\n");
  }

  private static void cell(StringBuilder h, String colour, long value, long largest, String text) {
    if (value == 0) {
      h.append("<td></td>");
    } else {
      h.append(String.format(Locale.ROOT, "<td class=\"bar %s\" style=\"--v:%.1f%%\">%s</td>", colour, 100.0 * value / Math.max(1, largest), text));
    }
  }

  /** As in {@code 25.0 M}. */
  private static String brief(long n) {
    if (n >= 1_000_000_000L) {
      return String.format(Locale.ROOT, "%.2f G", n / 1e9);
    }
    return n >= 1_000_000 ? String.format(Locale.ROOT, "%.1f M", n / 1e6) : String.format(Locale.ROOT, "%,d", n);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
  }
}
