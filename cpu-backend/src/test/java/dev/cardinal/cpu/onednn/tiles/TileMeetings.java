package dev.cardinal.cpu.onednn.tiles;

/** Which positions of a convolution's maps meet at which places of the window. */
final class TileMeetings {
  /** Takes a position of the input, a place of the window and a position of the output. */
  interface Meeting {
    void at(int input, int tap, int output);
  }

  private TileMeetings() {}

  /** Goes through all. */
  static void of(TileShape s, Meeting m) {
    for (int n = 0; n < s.samples(); n++) {
      for (int oy = 0; oy < s.outHeight(); oy++) {
        for (int ox = 0; ox < s.outWidth(); ox++) {
          for (int t = 0; t < s.taps(); t++) {
            int iy = oy * s.down() + t / s.kernelColumns() * s.rowStep() - s.top();
            int ix = ox * s.across() + t % s.kernelColumns() * s.columnStep() - s.left();
            if (iy >= 0 && iy < s.height() && ix >= 0 && ix < s.width()) {
              m.at((n * s.height() + iy) * s.width() + ix, t, (n * s.outHeight() + oy) * s.outWidth() + ox);
            }
          }
        }
      }
    }
  }
}
