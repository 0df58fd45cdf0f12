package dev.cardinal.command.profile;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** A profile as JSON. */
public final class ProfileJson {
  private ProfileJson() {}

  /** Adds {@code profile} (all launches in order), {@code by_op}, {@code by_layer}, {@code peaks} and {@code roofline} to an object. */
  public static void write(ObjectNode to, Profile profile, Peaks peaks) {
    double total = profile.seconds();
    ArrayNode launches = to.putArray("profile");
    for (Launch l : profile.launches()) {
      ObjectNode o = launches.addObject();
      if (!l.device().isEmpty()) {
        o.put("device", l.device());
      }
      o.put("layer", l.layer()).put("backward", l.gradient()).put("op", l.op()).put("kernel", l.kernel()).put("seconds", l.seconds()).put("share", share(l.seconds(), total))
          .put("macs", l.macs()).put("bytes", l.bytes()).put("gflops", l.gflops()).put("gb_per_s", l.gigabytes()).put("of_peak", peaks.reached(l.macs(), l.bytes(), l.seconds()));
    }
    rows(to.putArray("by_op"), "op", profile.byOp(), total, peaks);
    rows(to.putArray("by_layer"), "layer", profile.byLayer(), total, peaks);
    to.putObject("peaks").put("gflops", peaks.gflops()).put("gb_per_s", peaks.gigabytes());
    Roofline r = Roofline.of(profile, peaks);
    to.putObject("roofline").put("memory_share", r.memoryShare()).put("arithmetic_share", r.arithmeticShare()).put("neither_share", r.neitherShare()).put("attainable", r.attainable())
        .put("at_limit_from", Roofline.AT);
  }

  private static void rows(ArrayNode to, String key, List<Row> rows, double total, Peaks peaks) {
    rows.forEach(r -> to.addObject().put(key, r.name()).put("seconds", r.seconds()).put("backward_seconds", r.gradientSeconds()).put("share", share(r.seconds(), total)).put("macs", r.macs())
        .put("bytes", r.bytes()).put("gflops", r.gflops()).put("gb_per_s", r.gigabytes()).put("of_peak", peaks.reached(r.macs(), r.bytes(), r.seconds())).put("launches", r.launches()));
  }

  private static double share(double seconds, double total) {
    return total > 0 ? seconds / total : 0;
  }
}
