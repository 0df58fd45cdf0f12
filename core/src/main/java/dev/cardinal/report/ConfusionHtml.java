package dev.cardinal.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The confusion matrix as HTML: the coloured table where it fits a page, the most frequent confusions where it does not, and the classes
 * one by one.
 */
final class ConfusionHtml {
  private static final int TABLE_CLASSES = 40;
  private static final int CONFUSIONS = 20;

  private record Confusion(int truth, int predicted, long count) {}

  private ConfusionHtml() {}

  static String render(ConfusionMatrix matrix) {
    StringBuilder html = new StringBuilder("<div class=\"split\">\n<div class=\"card\">");
    if (matrix.size() <= TABLE_CLASSES) {
      table(html, matrix);
    } else {
      frequent(html, matrix);
    }
    html.append("</div>\n<div class=\"card\">");
    classes(html, matrix);
    return html.append("</div>\n</div>\n").toString();
  }

  private static void table(StringBuilder html, ConfusionMatrix matrix) {
    html.append("<table class=\"matrix\"><thead><tr><th class=\"corner\">truth ↓ predicted →</th>");
    matrix.classes().forEach(c -> put(html, "<th scope=\"col\"><span>%s</span></th>", Html.escape(c)));
    html.append("</tr></thead><tbody>\n");
    for (int t = 0; t < matrix.size(); t++) {
      put(html, "<tr><th scope=\"row\">%s</th>", Html.escape(matrix.classes().get(t)));
      for (int p = 0; p < matrix.size(); p++) {
        long count = matrix.count(t, p);
        double share = count == 0 ? 0 : (double) count / matrix.support(t);
        double strength = Palette.strength(share);
        String look = count == 0 ? " class=\"none\"" : strength > 0.6 ? " class=\"full\"" : "";
        put(html, "<td%s style=\"--v:%.3f\" title=\"%s taken for %s: %.1f %%\">%d</td>", look, strength,
            Html.escape(matrix.classes().get(t)), Html.escape(matrix.classes().get(p)), 100 * share, count);
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table>");
  }

  private static void frequent(StringBuilder html, ConfusionMatrix matrix) {
    List<Confusion> confusions = new ArrayList<>();
    for (int t = 0; t < matrix.size(); t++) {
      for (int p = 0; p < matrix.size(); p++) {
        if (t != p && matrix.count(t, p) > 0) {
          confusions.add(new Confusion(t, p, matrix.count(t, p)));
        }
      }
    }
    confusions.sort(Comparator.comparingLong(Confusion::count).reversed());
    html.append("<table class=\"list\"><thead><tr><th>truth</th><th>taken for</th><th>times</th></tr></thead><tbody>\n");
    for (Confusion c : confusions.subList(0, Math.min(CONFUSIONS, confusions.size()))) {
      put(html, "<tr><td>%s</td><td>%s</td><td>%d</td></tr>\n", Html.escape(matrix.classes().get(c.truth())),
          Html.escape(matrix.classes().get(c.predicted())), c.count());
    }
    html.append("</tbody></table>");
  }

  private static void classes(StringBuilder html, ConfusionMatrix matrix) {
    html.append("<table class=\"list\"><thead><tr><th>class</th><th>pictures</th>");
    html.append("<th>precision</th><th>recall</th><th>F1</th></tr></thead><tbody>\n");
    for (int c = 0; c < matrix.size(); c++) {
      put(html, "<tr><td>%s</td><td>%d</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", Html.escape(matrix.classes().get(c)), matrix.support(c),
          HtmlReport.percent(matrix.precision(c)), HtmlReport.percent(matrix.recall(c)), HtmlReport.percent(matrix.f1(c)));
    }
    html.append("</tbody></table>");
  }

  private static void put(StringBuilder html, String template, Object... values) {
    html.append(String.format(Locale.ROOT, template, values));
  }
}
