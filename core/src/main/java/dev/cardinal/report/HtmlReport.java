package dev.cardinal.report;

import dev.cardinal.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * One HTML file that tells how a training run went: totals, curves, confusion matrix, the worst mistakes, every epoch and every argument.
 * It needs no other file, no network and no script, and says so to the browser in its content security policy.
 */
public final class HtmlReport {
  private static final int THUMBNAIL = 160;

  private final ReportData data;
  private final StringBuilder html = new StringBuilder();

  private HtmlReport(ReportData data) {
    this.data = data;
  }

  /** Writes the report, replacing an older one atomically. */
  public static void write(Path file, ReportData data) throws IOException {
    AtomicFile.writeText(file, render(data));
  }

  /** The page as text. */
  public static String render(ReportData data) {
    HtmlReport report = new HtmlReport(data);
    report.page();
    return report.html.toString();
  }

  private void page() {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    String title = Html.escape(data.title());
    put("<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>%s</h1>\n", title, ReportStyle.CSS, title);
    lead();
    totals();
    curves();
    if (data.confusion().size() > 0 && data.confusion().total() > 0) {
      html.append("<h2>Classes</h2>\n");
      html.append(ConfusionHtml.render(data.confusion()));
    }
    mistakes();
    epochs();
    facts();
    html.append("<footer>Written by Cardinal.</footer>\n</body>\n</html>\n");
  }

  private void lead() {
    List<EpochStats> epochs = data.epochs();
    if (epochs.isEmpty()) {
      html.append("<p class=\"lead\">No epoch was finished.</p>\n");
      return;
    }
    double seconds = epochs.stream().mapToDouble(EpochStats::seconds).filter(Double::isFinite).sum();
    put("<p class=\"lead\">%d epoch%s in %s.</p>\n", epochs.size(), epochs.size() == 1 ? "" : "s", duration(seconds));
  }

  private void totals() {
    html.append("<div class=\"tiles\">\n");
    ConfusionMatrix confusion = data.confusion();
    if (confusion.total() > 0) {
      tile(percent(confusion.accuracy()), String.format(Locale.ROOT, "accuracy on %,d test pictures", confusion.total()));
    }
    best(EpochStats::testTop1).ifPresent(e -> tile(percent(e.testTop1()), "best top-1, epoch " + e.epoch()));
    best(EpochStats::testTop5).ifPresent(e -> tile(percent(e.testTop5()), "best top-5, epoch " + e.epoch()));
    best(e -> -e.testLoss()).ifPresent(e -> tile(number(e.testLoss()), "lowest test loss, epoch " + e.epoch()));
    best(EpochStats::imagesPerSecond).ifPresent(e -> tile(number(data.epochs().stream().mapToDouble(EpochStats::imagesPerSecond)
        .filter(Double::isFinite).average().orElse(Double.NaN)), "training pictures per second"));
    html.append("</div>\n");
  }

  private Optional<EpochStats> best(ToDoubleFunction<EpochStats> quality) {
    return data.epochs().stream().filter(e -> Double.isFinite(quality.applyAsDouble(e))).max(Comparator.comparingDouble(quality));
  }

  private void tile(String value, String label) {
    put("<div class=\"tile\"><b>%s</b><span>%s</span></div>\n", Html.escape(value), Html.escape(label));
  }

  private void curves() {
    if (data.epochs().isEmpty()) {
      return;
    }
    int[] epochs = data.epochs().stream().mapToInt(EpochStats::epoch).toArray();
    html.append("<h2>Curves</h2>\n<div class=\"charts\">\n");
    html.append(new SvgChart("Loss", epochs, HtmlReport::number)
        .line("test", 0, column(EpochStats::testLoss))
        .line("training", 1, column(EpochStats::trainLoss)).render());
    html.append(new SvgChart("Accuracy", epochs, v -> number(100 * v) + " %").ceiling(1)
        .line("test", 0, column(EpochStats::testTop1))
        .line("training", 1, column(EpochStats::trainTop1))
        .line("test, top 5", 2, column(EpochStats::testTop5)).render());
    html.append(new SvgChart("Learning rate", epochs, HtmlReport::number).logarithmicIfWide()
        .line("learning rate", 0, column(EpochStats::learningRate)).render());
    html.append("</div>\n");
  }

  private double[] column(ToDoubleFunction<EpochStats> quantity) {
    return data.epochs().stream().mapToDouble(quantity).toArray();
  }

  private void mistakes() {
    if (data.mistakes().isEmpty()) {
      return;
    }
    html.append("<h2>Worst mistakes</h2>\n<div class=\"card mistakes\">\n");
    for (Mistake m : data.mistakes()) {
      boolean small = Math.max(m.image().getWidth(), m.image().getHeight()) <= THUMBNAIL;
      byte[] png = Png.encode(small ? m.image() : Png.scaled(m.image(), THUMBNAIL));
      put("<figure><div class=\"frame\"><img%s alt=\"%s\" src=\"data:image/png;base64,%s\"></div>", small ? " class=\"small\"" : "",
          Html.escape(m.truth()), Base64.getEncoder().encodeToString(png));
      put("<figcaption><span class=\"wrong\">%s</span> %s<br>is %s<span class=\"name\" title=\"%s\">%s</span></figcaption></figure>\n",
          Html.escape(m.predicted()), String.format(Locale.ROOT, "%.1f\u00a0%%", 100 * m.probability()), Html.escape(m.truth()),
          Html.escape(m.name()), Html.escape(m.name()));
    }
    html.append("</div>\n");
  }

  private void epochs() {
    if (data.epochs().isEmpty()) {
      return;
    }
    html.append("<h2>Epochs</h2>\n<div class=\"card\"><details><summary>every number of every epoch</summary>\n");
    html.append("<table class=\"list\"><thead><tr>");
    for (String name : List.of("epoch", "training loss", "training top-1", "test loss", "test top-1", "test top-5", "learning rate", "time",
        "pictures/s")) {
      put("<th>%s</th>", name);
    }
    html.append("</tr></thead><tbody>\n");
    for (EpochStats e : data.epochs()) {
      put("<tr><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", e.epoch(),
          number(e.trainLoss()), percent(e.trainTop1()), number(e.testLoss()), percent(e.testTop1()), percent(e.testTop5()),
          number(e.learningRate()), duration(e.seconds()), number(e.imagesPerSecond()));
    }
    html.append("</tbody></table></details></div>\n");
  }

  private void facts() {
    if (data.facts().isEmpty()) {
      return;
    }
    html.append("<h2>Run</h2>\n<div class=\"card\"><dl>\n");
    for (Map.Entry<String, String> e : data.facts().entrySet()) {
      put("<div><dt>%s</dt><dd>%s</dd></div>\n", Html.escape(e.getKey()), Html.escape(e.getValue()));
    }
    html.append("</dl></div>\n");
  }

  private void put(String template, Object... values) {
    html.append(String.format(Locale.ROOT, template, values));
  }

  /** A fraction as in {@code 91.35 %}. */
  static String percent(double fraction) {
    return Double.isFinite(fraction) ? String.format(Locale.ROOT, "%.2f %%", 100 * fraction) : "–";
  }

  /** Four significant digits without trailing zeros, and powers of ten only where the zeros would be too many to count. */
  static String number(double v) {
    if (!Double.isFinite(v)) {
      return Double.isNaN(v) ? "–" : Double.toString(v);
    }
    double size = Math.abs(v);
    if (size != 0 && (size < 1e-3 || size >= 1e7)) {
      return String.format(Locale.ROOT, "%.2e", v).replaceFirst("\\.?0+e", "e").replaceFirst("e([+-])0", "e$1").replace("e+", "e");
    }
    int decimals = size == 0 ? 0 : (int) Math.max(0, 3 - Math.floor(Math.log10(size)));
    String s = String.format(Locale.ROOT, "%." + decimals + "f", v);
    return s.contains(".") ? s.replaceFirst("\\.?0+$", "") : s;
  }

  /** As in {@code 1 h 4 min}, {@code 3 min 20 s}, {@code 7.5 s}. */
  static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return "–";
    }
    long s = Math.round(seconds);
    if (s >= 3600) {
      return s / 3600 + " h " + s % 3600 / 60 + " min";
    }
    return s >= 60 ? s / 60 + " min " + s % 60 + " s" : String.format(Locale.ROOT, "%.1f s", seconds);
  }
}
