package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.random.PhiloxRandom;

/** Which positions of the maps of a convolution in groups meet at which places of the window; and what else its tests need. */
final class DepthwiseMeetings {
  /** Takes positions of the input and of the output, and a place of the window. */
  interface Meeting {
    void at(int x, int y, int tap);
  }

  private DepthwiseMeetings() {}

  /** Goes through all. */
  static void of(DepthwiseShape s, Meeting m) {
    Axis rows = s.rows();
    Axis columns = s.columns();
    for (int at = 0; at < s.samples() * rows.out() * columns.out(); at++) {
      int sample = at / (rows.out() * columns.out());
      for (int t = 0; t < s.taps(); t++) {
        int row = at / columns.out() % rows.out() * rows.stride() + t / columns.kernel() * rows.step() - rows.low();
        int column = at % columns.out() * columns.stride() + t % columns.kernel() * columns.step() - columns.low();
        if (row >= 0 && row < rows.size() && column >= 0 && column < columns.size()) {
          m.at((sample * rows.size() + row) * columns.size() + column, at, t);
        }
      }
    }
  }

  /** One direction of any kind that gives some output. */
  static Axis axis(PhiloxRandom random, int most, int widest) {
    while (true) {
      Axis a = new Axis(1 + random.nextInt(most), 1 + random.nextInt(widest), 1 + random.nextInt(3), 1 + random.nextInt(2), random.nextInt(4), random.nextInt(4));
      if (a.out() > 0) {
        return a;
      }
    }
  }

  /** Compares means and variances of channels, one after the other. */
  static void statistics(float[] map, int channels, float[] got, String what) {
    double[] mean = new double[channels];
    double[] variance = new double[channels];
    int rows = map.length / channels;
    for (int i = 0; i < map.length; i++) {
      mean[i % channels] += (double) map[i] / rows;
    }
    for (int i = 0; i < map.length; i++) {
      double d = map[i] - mean[i % channels];
      variance[i % channels] += d * d / rows;
    }
    for (int c = 0; c < channels; c++) {
      assertEquals(mean[c], got[c], Math.ulp((float) mean[c]) + 1e-5 * (1 + Math.sqrt(variance[c])), () -> "mean of " + what);
      assertEquals(variance[c], got[channels + c], 1e-5 * (1 + variance[c]), () -> "variance of " + what);
    }
  }
}
