package dev.cardinal.report;

import dev.cardinal.io.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Loss, accuracy and learning rate over the epochs, side by side in one picture. */
public final class Curves {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 400;
  private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

  private Curves() {}

  /** Draws the three charts; an epoch's unmeasured quantities are left out. */
  public static BufferedImage draw(List<EpochStats> epochs) {
    XYChart loss = chart("Loss");
    line(loss, "test", 0, epochs, EpochStats::testLoss);
    line(loss, "training", 1, epochs, EpochStats::trainLoss);
    XYChart accuracy = chart("Accuracy, %");
    line(accuracy, "test", 0, epochs, e -> 100 * e.testTop1());
    line(accuracy, "training", 1, epochs, e -> 100 * e.trainTop1());
    line(accuracy, "test, top 5", 2, epochs, e -> 100 * e.testTop5());
    XYChart rate = chart("Learning rate");
    line(rate, "learning rate", 0, epochs, EpochStats::learningRate);
    rate.getStyler().setLegendVisible(false);
    rate.getStyler().setYAxisLogarithmic(SvgChart.spanDecades(epochs.stream().mapToDouble(EpochStats::learningRate).toArray()));
    BufferedImage sheet = new BufferedImage(3 * WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = sheet.createGraphics();
    g.setColor(Palette.PAGE);
    g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    int x = 0;
    for (XYChart c : List.of(loss, accuracy, rate)) {
      if (c.getSeriesMap().isEmpty()) {
        g.setColor(Palette.MUTED);
        g.drawString(c.getTitle() + ": nothing measured yet", x + 40, HEIGHT / 2);
      } else {
        g.drawImage(BitmapEncoder.getBufferedImage(c), x, 0, null);
      }
      x += WIDTH;
    }
    g.dispose();
    return sheet;
  }

  /** Draws the charts into a PNG file. */
  public static void write(Path file, List<EpochStats> epochs) throws IOException {
    AtomicFile.writeBytes(file, Png.encode(draw(epochs)));
  }

  private static XYChart chart(String title) {
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle("epoch").build();
    XYStyler s = chart.getStyler();
    s.setChartBackgroundColor(Palette.PAGE);
    s.setChartFontColor(Palette.INK);
    s.setChartPadding(14);
    s.setChartTitleBoxVisible(false);
    s.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    s.setLegendPosition(Styler.LegendPosition.OutsideS);
    s.setLegendLayout(Styler.LegendLayout.Horizontal);
    s.setLegendBorderColor(Palette.PAGE);
    s.setLegendFont(SMALL);
    s.setPlotBorderVisible(false);
    s.setPlotGridVerticalLinesVisible(false);
    s.setPlotGridLinesColor(Palette.RULE);
    s.setPlotGridLinesStroke(new BasicStroke(1f));
    s.setAxisTicksMarksVisible(false);
    s.setAxisTickLabelsColor(Palette.MUTED);
    s.setAxisTickLabelsFont(SMALL);
    s.setAxisTitleFont(SMALL);
    s.setLocale(Locale.ROOT);
    s.setXAxisDecimalPattern("0");
    s.setYAxisDecimalPattern("0.#######");
    return chart;
  }

  private static void line(XYChart chart, String name, int colour, List<EpochStats> epochs, ToDoubleFunction<EpochStats> quantity) {
    List<EpochStats> measured = epochs.stream().filter(e -> Double.isFinite(quantity.applyAsDouble(e))).toList();
    if (measured.isEmpty()) {
      return;
    }
    double[] x = measured.stream().mapToDouble(EpochStats::epoch).toArray();
    double[] y = measured.stream().mapToDouble(quantity).toArray();
    XYSeries series = chart.addSeries(name, x, y);
    Color c = Palette.SERIES[colour];
    series.setLineColor(c);
    series.setLineStyle(new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    series.setMarkerColor(c);
    series.setMarker(measured.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
  }
}
