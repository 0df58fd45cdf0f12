package dev.cardinal.report;

import dev.cardinal.io.AtomicFile;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** A confusion matrix as a picture: the darker a cell, the larger the share of its row. Counts and names appear as far as there is room. */
public final class ConfusionImage {
  private static final int NAMED_CLASSES = 60;
  private static final int COUNTED_CLASSES = 25;
  private static final int MARGIN = 24;

  private ConfusionImage() {}

  /** Draws the matrix. */
  public static BufferedImage draw(ConfusionMatrix matrix) {
    int n = matrix.size();
    boolean named = n <= NAMED_CLASSES;
    int cell = n <= COUNTED_CLASSES ? 40 : Math.max(1, 960 / Math.max(1, n));
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, Math.min(13, Math.max(9, cell - 2)));
    int labels = named ? labelWidth(matrix, font) + 10 : 0;
    int left = MARGIN + labels + 22;
    int top = MARGIN + 40 + labels;
    int side = n * cell;
    BufferedImage image = new BufferedImage(Math.max(left + side + MARGIN, 420), top + side + MARGIN, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    TextDrawing.prepare(g);
    g.setColor(Palette.PAGE);
    g.fillRect(0, 0, image.getWidth(), image.getHeight());
    g.setColor(Palette.INK);
    g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
    String title = String.format(Locale.ROOT, "Confusion matrix, %d pictures, %.2f %% right", matrix.total(), 100 * matrix.accuracy());
    g.drawString(title, MARGIN, MARGIN + 12);
    g.setFont(font);
    for (int t = 0; t < n; t++) {
      cells(g, matrix, t, left, top + t * cell, cell);
      if (named) {
        names(g, TextDrawing.shortened(matrix.classes().get(t), 160, g.getFontMetrics()), left, top, t * cell + cell / 2);
      }
    }
    g.setColor(Palette.MUTED);
    g.drawRect(left, top, side, side);
    g.setFont(font.deriveFont(Font.ITALIC, 12f));
    g.drawString("predicted →", left, MARGIN + 32);
    TextDrawing.upwards(g, "← truth", MARGIN + 8, top + g.getFontMetrics().stringWidth("← truth"));
    g.dispose();
    return image;
  }

  /** Draws the matrix into a PNG file. */
  public static void write(Path file, ConfusionMatrix matrix) throws IOException {
    AtomicFile.writeBytes(file, Png.encode(draw(matrix)));
  }

  private static void cells(Graphics2D g, ConfusionMatrix matrix, int truth, int left, int y, int cell) {
    FontMetrics metrics = g.getFontMetrics();
    for (int p = 0; p < matrix.size(); p++) {
      long count = matrix.count(truth, p);
      double strength = count == 0 ? 0 : Palette.strength((double) count / matrix.support(truth));
      g.setColor(Palette.heat(strength));
      g.fillRect(left + p * cell, y, cell, cell);
      if (count > 0 && matrix.size() <= COUNTED_CLASSES) {
        g.setColor(strength > 0.6 ? Color.WHITE : Palette.INK);
        String text = TextDrawing.count(count);
        int x = left + p * cell + (cell - metrics.stringWidth(text)) / 2;
        g.drawString(text, x, y + (cell + metrics.getAscent() - metrics.getDescent()) / 2);
      }
    }
  }

  private static void names(Graphics2D g, String name, int left, int top, int middle) {
    FontMetrics metrics = g.getFontMetrics();
    int baseline = (metrics.getAscent() - metrics.getDescent()) / 2;
    g.setColor(Palette.INK);
    g.drawString(name, left - 8 - metrics.stringWidth(name), top + middle + baseline);
    TextDrawing.upwards(g, name, left + middle + baseline, top - 8);
  }

  private static int labelWidth(ConfusionMatrix matrix, Font font) {
    Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    FontMetrics metrics = g.getFontMetrics(font);
    g.dispose();
    return matrix.classes().stream().mapToInt(c -> metrics.stringWidth(TextDrawing.shortened(c, 160, metrics))).max().orElse(0);
  }
}
