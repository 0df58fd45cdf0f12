package dev.cardinal.parallel;

/**
 * How long a training step would take: an estimate from the plan's multiply-adds and bytes. The backward part counts as twice the forward one. Sums of parameters' gradients are hidden behind the backward
 * part as far as that lasts; all else waits. Memory-bound operations, the loading of data and stragglers are not counted, so real steps take longer.
 *
 * @param compute seconds of the busiest device
 * @param communication seconds of all collectives
 * @param step seconds of the step
 */
public record StepEstimate(double compute, double communication, double step) {
  /** Of a training plan. */
  public static StepEstimate of(Plan plan, Interconnect link) {
    int devices = plan.split().devices();
    long macs = plan.devices().stream().mapToLong(Plan.Share::macs).max().orElse(0);
    double forward = 2.0 * macs / link.flops();
    double hidden = 0;
    double waiting = 0;
    double hops = devices == 1 ? 0 : Math.ceil(Math.log(devices) / Math.log(2));
    for (Movement m : plan.split().movements()) {
      long bytes = 0;
      for (int d = 0; d < devices; d++) {
        bytes = Math.max(bytes, m.received(d));
      }
      double seconds = link.latency() * hops + bytes / link.bytesPerSecond();
      if (m.ofParameters()) {
        hidden += seconds;
      } else {
        waiting += seconds;
      }
    }
    return new StepEstimate(3 * forward, hidden + waiting, forward + waiting + Math.max(2 * forward, hidden));
  }
}
