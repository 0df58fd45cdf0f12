package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.tensor.TensorType;
import java.util.HashMap;
import java.util.Map;

/**
 * How long a training step would take: an estimate from the plan's multiply-adds and bytes. Each device's program is walked through in order, as it would run; {@link #ASSUMPTIONS} says how.
 *
 * @param compute seconds that the busiest device computes
 * @param communication seconds of all collectives, hidden or not
 * @param step seconds of the step
 */
public record StepEstimate(double compute, double communication, double step) {
  /** What the walk takes for granted, in a sentence for people. */
  public static final String ASSUMPTIONS = "only convolutions and dense layers take time, forward and backward, at that rate; gradients are summed in buckets, one after the other beside the computing, each from when "
      + "its last gradient is there until the update reads it, so the last bucket waits for nothing to hide behind; all other exchanges are waited for; memory-bound operations, loading of data and stragglers "
      + "are not counted, so real steps take longer";

  /** Of a training plan. */
  public static StepEstimate of(Plan plan, Interconnect link) {
    double compute = 0;
    double communication = 0;
    double step = 0;
    for (Graph g : plan.split().graphs()) {
      Walk w = new Walk(link);
      g.nodes().forEach(w::pass);
      compute = Math.max(compute, w.compute);
      communication = Math.max(communication, w.communication);
      step = Math.max(step, Math.max(w.now, w.lane));
    }
    return new StepEstimate(compute, communication, step);
  }

  /** Seconds of communication that nothing hides. */
  public double exposed() {
    return Math.max(0, step - compute);
  }

  /** A device's clock, and that of its sums beside the computing. */
  private static final class Walk {
    private final Interconnect link;
    private final Map<Integer, Double> done = new HashMap<>();
    private double now;
    private double lane;
    private double compute;
    private double communication;

    Walk(Interconnect link) {
      this.link = link;
    }

    void pass(Node n) {
      if (!(n.op() instanceof Collective c)) {
        double seconds = 2.0 * n.cost().macs() / link.flops();
        compute += seconds;
        now += seconds;
      } else if (c.phase() == Collective.Phase.FINISH) {
        now = Math.max(now, done.get(c.ticket()));
      } else {
        double seconds = seconds(c);
        communication += seconds;
        if (c.phase() == Collective.Phase.START) {
          lane = Math.max(lane, now) + seconds;
          done.put(c.ticket(), lane);
        } else {
          now += seconds;
        }
      }
    }

    private double seconds(Collective c) {
      int k = c.from().devices();
      if (k == 1 || c.from().isWhole()) {
        return 0;
      }
      long bytes = 0;
      for (TensorType t : c.tensors()) {
        for (long[] sender : Traffic.between(t, c.from(), c.to())) {
          bytes += sender[c.rank()];
        }
      }
      return link.latency() * Math.ceil(Math.log(k) / Math.log(2)) + bytes / link.bytesPerSecond();
    }
  }
}
