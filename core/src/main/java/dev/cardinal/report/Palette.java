package dev.cardinal.report;

import java.awt.Color;

/** The colours of pictures; the report's style sheet has the same ones and their counterparts for dark screens. */
final class Palette {
  static final Color PAGE = Color.WHITE;
  static final Color INK = new Color(0x1d2330);
  static final Color MUTED = new Color(0x667085);
  static final Color RULE = new Color(0xe4e7ec);
  /** Series in fixed order: test, training, anything else. */
  static final Color[] SERIES = {new Color(0x1f6fd6), new Color(0xe0702a), new Color(0x2a9d6f)};
  private static final Color HEAT = new Color(0x0b4a9e);

  private Palette() {}

  /** How strongly to colour a cell with a share of its row: by the root, or the confusions of a good network would all look white. */
  static double strength(double share) {
    return Math.sqrt(Math.max(0, Math.min(1, share)));
  }

  /** From the page's white at strength 0 to full colour at 1. */
  static Color heat(double f) {
    return new Color(mix(PAGE.getRed(), HEAT.getRed(), f), mix(PAGE.getGreen(), HEAT.getGreen(), f), mix(PAGE.getBlue(), HEAT.getBlue(), f));
  }

  private static int mix(int from, int to, double f) {
    return (int) Math.round(from + (to - from) * f);
  }
}
