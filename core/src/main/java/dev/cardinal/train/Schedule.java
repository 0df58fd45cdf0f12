package dev.cardinal.train;

import java.util.Arrays;
import java.util.List;

/**
 * The learning rate over a run, as a function of where the run stands and nothing else: so a resumed run goes on exactly.
 */
@FunctionalInterface
public interface Schedule {
  /**
   * Where a run stands.
   *
   * @param step steps done since the first epoch
   * @param stepsPerEpoch steps of one epoch
   * @param epochs epochs the run will have
   * @param losses the test loss of each finished epoch, or the training loss where there is none
   */
  record Progress(long step, int stepsPerEpoch, int epochs, List<Double> losses) {
    /** Fraction of the run that is done, 0 to 1. */
    public double done() {
      return Math.min(1, (double) step / Math.max(1, (long) stepsPerEpoch * epochs));
    }

    /** Finished epochs. */
    public int epoch() {
      return (int) (step / stepsPerEpoch);
    }
  }

  /** The factor of the base learning rate for the next step. */
  double factor(Progress p);

  /** Always the base rate. */
  static Schedule constant() {
    return p -> 1;
  }

  /** Times {@code gamma} every {@code every} epochs. */
  static Schedule step(int every, double gamma) {
    requirePositive(every, "step length in epochs");
    return p -> Math.pow(gamma, p.epoch() / every);
  }

  /** Times {@code gamma} at each of the given epochs. */
  static Schedule multiStep(double gamma, int... epochs) {
    int[] at = epochs.clone();
    return p -> Math.pow(gamma, Arrays.stream(at).filter(e -> p.epoch() >= e).count());
  }

  /** Divided by ten whenever the loss has not fallen below its best for {@code patience} epochs (Krizhevsky et al. 2012, section 5). */
  static Schedule plateau(int patience) {
    requirePositive(patience, "patience in epochs");
    return p -> {
      double best = Double.POSITIVE_INFINITY;
      int waited = 0;
      double factor = 1;
      for (double loss : p.losses()) {
        waited = loss < best ? 0 : waited + 1;
        best = Math.min(best, loss);
        if (waited >= patience) {
          factor /= 10;
          waited = 0;
        }
      }
      return factor;
    };
  }

  /** Half a cosine from the base rate to 0 (Loshchilov and Hutter 2017, equation 5, one cycle). */
  static Schedule cosine() {
    return p -> 0.5 * (1 + Math.cos(Math.PI * p.done()));
  }

  /** Up in a straight line from 1/25 of the base rate over the first {@code rise} of the run, then down in a straight line to 0 (Smith and Topin 2018). */
  static Schedule oneCycle(double rise) {
    return p -> p.done() < rise ? 0.04 + 0.96 * p.done() / rise : (1 - p.done()) / (1 - rise);
  }

  /** This schedule, with the first epochs rising in a straight line from nearly 0 to what it says (Goyal et al. 2017, section 2.2). */
  default Schedule withWarmUp(double epochs) {
    return p -> {
      double steps = epochs * p.stepsPerEpoch();
      return p.step() < steps ? factor(p) * (p.step() + 1) / (steps + 1) : factor(p);
    };
  }

  /** The forms that {@link #parse} takes, for help texts. */
  String FORMS = "constant, step:EPOCHS[:FACTOR], multistep:E1,E2,…, plateau[:PATIENCE], cosine, onecycle[:RISE], each with an optional warmup:EPOCHS+ before it";

  /**
   * A schedule from text, as in {@code cosine}, {@code step:30}, {@code multistep:150,225}, {@code plateau:3}, {@code onecycle}, {@code warmup:5+cosine}.
   *
   * @throws IllegalArgumentException if it is none of the forms
   */
  static Schedule parse(String text) {
    int plus = text.indexOf('+');
    try {
      if (text.startsWith("warmup:") && plus > 0) {
        return parse(text.substring(plus + 1)).withWarmUp(Double.parseDouble(text.substring(7, plus)));
      }
      String[] p = text.split(":");
      return switch (p[0]) {
        case "constant" -> constant();
        case "step" -> step(Integer.parseInt(p[1]), p.length > 2 ? Double.parseDouble(p[2]) : 0.1);
        case "multistep" -> multiStep(0.1, Arrays.stream(p[1].split(",")).mapToInt(Integer::parseInt).toArray());
        case "plateau" -> plateau(p.length > 1 ? Integer.parseInt(p[1]) : 3);
        case "cosine" -> cosine();
        case "onecycle" -> oneCycle(p.length > 1 ? Double.parseDouble(p[1]) : 0.25);
        default -> throw new IllegalArgumentException();
      };
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException("unknown schedule '" + text + "'; use one of " + FORMS, e);
    }
  }

  private static void requirePositive(int v, String what) {
    if (v < 1) {
      throw new IllegalArgumentException("the " + what + " must be at least 1, got " + v);
    }
  }
}
