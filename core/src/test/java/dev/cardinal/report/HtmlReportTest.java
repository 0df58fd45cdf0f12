package dev.cardinal.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HtmlReportTest {
  @TempDir
  Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</style><b>",
      "a & b", "100 %s %n", "\u0000\u001b"})
  void namesFromOutsideStayText(String hostile) {
    String html = HtmlReport.render(Samples.report(hostile));
    String plain = HtmlReport.render(Samples.report("x"));
    assertEquals(tags(plain), tags(html), "the same elements, whatever the names");
    assertFalse(html.contains("<script") || html.chars().anyMatch(c -> c < ' ' && c != '\n'));
    assertTrue(html.contains(Html.escape(hostile)));
  }

  /** The elements of the page in order, without attributes' values; fails on a tag that does not close properly. */
  private static List<String> tags(String html) {
    String body = html.substring(html.indexOf("</style>"));
    assertEquals(body.chars().filter(c -> c == '<').count(), body.chars().filter(c -> c == '>').count());
    return Pattern.compile("<(/?\\w+)((?: [\\w-]+=\"[^\"]*\")*)(?: (?!\\w+=)[^>]*)?>").matcher(body).results()
        .map(m -> m.group(1) + m.group(2).replaceAll("=\"[^\"]*\"", "=")).toList();
  }

  @Test
  void needsNothingFromOutside() {
    String html = HtmlReport.render(Samples.report("x"));
    assertFalse(Pattern.compile("https?:|//|@import|url\\(|<link|<script|<iframe").matcher(html.replaceAll("base64,[^\"]*", "")).find());
    assertTrue(html.contains("default-src 'none'"));
  }

  @Test
  void showsWhatHappened() throws IOException {
    Path file = folder.resolve("report.html");
    HtmlReport.write(file, Samples.report("dog"));
    String html = Files.readString(file);
    assertEquals(3, html.split("<svg ", -1).length - 1, "loss, accuracy, learning rate");
    assertEquals(2 + 3 + 1, html.split("<path ", -1).length - 1, "their lines");
    assertTrue(html.contains("66.67 %"), "accuracy");
    assertTrue(html.contains("98.7\u00a0%"), "probability of the worst mistake");
    assertTrue(html.contains("12 epochs in 12 min 18 s"));
    assertTrue(html.contains("prefers-color-scheme: dark"));
    List<String> thumbnails = Pattern.compile("base64,([^\"]+)").matcher(html).results().map((MatchResult m) -> m.group(1)).toList();
    assertEquals(32, ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(thumbnails.get(0)))).getWidth());
    assertEquals(160, ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(thumbnails.get(1)))).getWidth(), "large ones shrink");
  }

  @Test
  void anEmptyRunAndAnUntestedOneHaveReportsToo() {
    ConfusionMatrix none = new ConfusionMatrix(List.of());
    assertTrue(HtmlReport.render(new ReportData("t", Map.of(), List.of(), none, List.of())).contains("No epoch was finished"));
    String untested = HtmlReport.render(new ReportData("t", Map.of(), List.of(Samples.untested(1)), none, List.of()));
    assertFalse(untested.contains("NaN"));
    assertTrue(untested.contains("1 epoch in 2.0 s"));
  }

  @Test
  void manyClassesAreSummedUp() {
    String html = HtmlReport.render(new ReportData("t", Map.of(), Samples.epochs(2), Samples.confusion(1000), List.of()));
    assertTrue(html.contains("taken for") && !html.contains("class=\"matrix\""));
    assertTrue(html.length() < 400_000, html.length() + " characters");
  }

  @Test
  void chartsStayInsideTheirFrame() {
    double[] awkward = {Double.NaN, 1e-9, 5, Double.POSITIVE_INFINITY, 1e12, 0, 3, Double.NaN};
    for (double[] values : List.of(awkward, new double[] {7}, new double[] {0, 0}, new double[] {-3, -3, 5},
        new double[] {1e-5, 0.1, 1e-5, 1e-4})) {
      int[] epochs = new int[values.length];
      for (int i = 0; i < epochs.length; i++) {
        epochs[i] = 3 + i;
      }
      String svg = new SvgChart("x", epochs, HtmlReport::number).logarithmicIfWide().line("y", 0, values).render();
      assertFalse(svg.contains("NaN") || svg.contains("Infinity"), svg);
      Pattern.compile("[ML](-?[\\d.]+) (-?[\\d.]+)").matcher(svg).results().forEach(m -> {
        assertTrue(Double.parseDouble(m.group(1)) >= 0 && Double.parseDouble(m.group(1)) <= 400, m.group());
        assertTrue(Double.parseDouble(m.group(2)) >= 0 && Double.parseDouble(m.group(2)) <= 240, m.group());
      });
    }
    assertEquals("", new SvgChart("x", new int[] {1}, HtmlReport::number).line("y", 0, new double[] {Double.NaN}).render());
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "0.05, 0.05", "0.0005, 5e-4", "1e-7, 1e-7", "6.14e-7, 6.14e-7", "0.45438, 0.4544",
      "803.26, 803.3", "1234567, 1234567", "2.5e12, 2.5e12",
      "-0.25, -0.25", "NaN, –", "100, 100", "0.99999, 1"})
  void numbersAreShort(double value, String text) {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      assertEquals(text, HtmlReport.number(value));
    } finally {
      Locale.setDefault(before);
    }
  }

  @ParameterizedTest
  @CsvSource({"7.46, 7.5 s", "59.96, 1 min 0 s", "200, 3 min 20 s", "3840, 1 h 4 min", "NaN, –"})
  void durationsAreReadable(double seconds, String text) {
    assertEquals(text, HtmlReport.duration(seconds));
  }
}
