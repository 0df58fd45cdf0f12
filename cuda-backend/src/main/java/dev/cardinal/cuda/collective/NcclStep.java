package dev.cardinal.cuda.collective;

import dev.cardinal.backend.Link;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.api.NcclGroup;
import java.util.List;

/**
 * A group of NCCL's calls that all devices make together. When all have come, the first issues every device's calls to the streams of all: so either all are on their way or none is, and no GPU waits for one
 * whose host has failed. What moves goes from each device to each by NCCL's own ways, and through no single one.
 */
final class NcclStep {
  private final NcclGroup group;
  private final boolean issues;
  private final List<NcclCall> all;

  private NcclStep(NcclGroup group, boolean issues, List<NcclCall> all) {
    this.group = group;
    this.issues = issues;
    this.all = all;
  }

  /** Meets the others once, when a step is bound. */
  static NcclStep of(NcclGroup group, Link link, List<NcclCall> mine) {
    return new NcclStep(group, link.rank() == 0, link.meet(mine).stream().flatMap(List::stream).toList());
  }

  /** Has the calls issued behind what every device has issued to its stream so far. */
  void issue(Link lane) {
    lane.meet(null);
    if (issues) {
      group.issue(all);
    }
    lane.meet(null);
  }
}
