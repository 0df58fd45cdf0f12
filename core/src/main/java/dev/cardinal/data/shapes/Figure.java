package dev.cardinal.data.shapes;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The figures, each a set of points in a plane where the figure's radius is about 1. Ordered by name, as labels are. */
enum Figure {
  CROSS {
    @Override
    boolean contains(double x, double y) {
      double a = Math.abs(x);
      double b = Math.abs(y);
      return Math.max(a, b) <= 1 && Math.min(a, b) <= 0.27;
    }
  },
  DISC {
    @Override
    boolean contains(double x, double y) {
      return x * x + y * y <= 0.85;
    }
  },
  GRID {
    /** A square net of four by four lines. */
    @Override
    boolean contains(double x, double y) {
      return Math.max(Math.abs(x), Math.abs(y)) <= 1 && (inLine(x) || inLine(y));
    }

    private boolean inLine(double v) {
      double t = (v + 1) * 1.5;
      return Math.abs(t - Math.rint(t)) <= 0.2;
    }
  },
  RING {
    @Override
    boolean contains(double x, double y) {
      double r = x * x + y * y;
      return r <= 1 && r >= 0.4;
    }
  },
  SQUARE {
    @Override
    boolean contains(double x, double y) {
      return Math.max(Math.abs(x), Math.abs(y)) <= 0.82;
    }
  },
  STAR {
    /** Five points: inside at least four of the five half-planes of a pentagram's lines, the union of its two-by-two overlaps. */
    @Override
    boolean contains(double x, double y) {
      int inside = 0;
      for (int k = 0; k < 5; k++) {
        if (x * STAR_X[k] + y * STAR_Y[k] <= 0.34) {
          inside++;
        }
      }
      return inside >= 4;
    }
  },
  STRIPES {
    /** Three parallel bars. */
    @Override
    boolean contains(double x, double y) {
      double b = Math.abs(y);
      return Math.abs(x) <= 1 && (b <= 0.22 || b >= 0.62 && b <= 1.02);
    }
  },
  TRIANGLE {
    @Override
    boolean contains(double x, double y) {
      return y >= -0.55 && y + 1.7320508 * Math.abs(x) <= 1.1;
    }
  };

  private static final double[] STAR_X = new double[5];
  private static final double[] STAR_Y = new double[5];

  static {
    for (int k = 0; k < 5; k++) {
      STAR_X[k] = StrictMath.sin(2 * StrictMath.PI * k / 5);
      STAR_Y[k] = StrictMath.cos(2 * StrictMath.PI * k / 5);
    }
  }

  abstract boolean contains(double x, double y);

  static List<String> names() {
    return Arrays.stream(values()).map(f -> f.name().toLowerCase(Locale.ROOT)).toList();
  }
}
