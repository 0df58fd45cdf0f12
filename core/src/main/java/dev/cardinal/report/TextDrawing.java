package dev.cardinal.report;

import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.util.Locale;

/** Writing on pictures. */
final class TextDrawing {
  private TextDrawing() {}

  static void prepare(Graphics2D g) {
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
  }

  /** The text, or as much of its beginning as fits the width with an ellipsis after it. */
  static String shortened(String text, int width, FontMetrics metrics) {
    if (metrics.stringWidth(text) <= width) {
      return text;
    }
    int keep = Math.min(text.length(), width);
    while (keep > 0 && metrics.stringWidth(text.substring(0, keep) + "…") > width) {
      keep--;
    }
    return text.substring(0, keep) + "…";
  }

  /** Draws text that reads from bottom to top, its baseline at {@code x} and its beginning at {@code y}. */
  static void upwards(Graphics2D g, String text, int x, int y) {
    AffineTransform before = g.getTransform();
    g.rotate(-Math.PI / 2, x, y);
    g.drawString(text, x, y);
    g.setTransform(before);
  }

  /** A count in at most four characters. */
  static String count(long n) {
    if (n < 10_000) {
      return Long.toString(n);
    }
    return n < 1_000_000 ? n / 1000 + "k" : String.format(Locale.ROOT, "%dM", n / 1_000_000);
  }
}
