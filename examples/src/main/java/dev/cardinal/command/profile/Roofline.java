package dev.cardinal.command.profile;

/**
 * How near a run is to what the machine can do (Williams, Waterman and Patterson, "Roofline", 2009): a launch can be no faster than its traffic at the memory's bandwidth and no faster than its
 * arithmetic at the peak; whichever takes longer is its limit.
 *
 * @param memoryShare share of the run spent in launches that are at the memory's limit: it is their limit, and they reach at least {@link #AT} of it
 * @param arithmeticShare the same for arithmetic
 * @param neitherShare share of the run spent in launches below {@link #AT} of their limit: there is something to win
 * @param attainable the time of a run whose every launch is at its limit, as a part of the run's time; time that caches save is not counted
 */
public record Roofline(double memoryShare, double arithmeticShare, double neitherShare, double attainable) {
  /** A launch counts as being at its limit from this part of it on: probes on a quiet machine beat real shapes by about so much. */
  public static final double AT = 0.7;

  /** Of a profile on a machine. */
  public static Roofline of(Profile profile, Peaks peaks) {
    double memory = 0;
    double arithmetic = 0;
    double neither = 0;
    double least = 0;
    for (Launch l : profile.launches()) {
      double reached = peaks.reached(l.macs(), l.bytes(), l.seconds());
      least += Math.min(1, reached) * l.seconds();
      if (reached < AT) {
        neither += l.seconds();
      } else if (peaks.memorySeconds(l.bytes()) >= peaks.arithmeticSeconds(l.macs())) {
        memory += l.seconds();
      } else {
        arithmetic += l.seconds();
      }
    }
    double total = memory + arithmetic + neither;
    return total > 0 ? new Roofline(memory / total, arithmetic / total, neither / total, least / total) : new Roofline(0, 0, 0, 0);
  }
}
