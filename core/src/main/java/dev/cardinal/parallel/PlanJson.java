package dev.cardinal.parallel;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A plan as JSON. */
public final class PlanJson {
  private PlanJson() {}

  /**
   * {@code devices: [{device, kernels, params, macs, memory_bytes}]} with the kernels by layer; {@code transfers: [{layer, op, from, to, bytes}]} of the forward part with bytes of a whole batch;
   * {@code forward_bytes_per_image} of the device that receives the most.
   */
  public static ObjectNode write(Plan p) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("parallel", p.split().options().mode().name().toLowerCase(java.util.Locale.ROOT)).put("batch", p.split().batch());
    ArrayNode devices = o.putArray("devices");
    for (Plan.Share s : p.devices()) {
      ObjectNode d = devices.addObject().put("device", s.device());
      ObjectNode kernels = d.putObject("kernels");
      p.split().layers().forEach(l -> kernels.put(l.layer(), l.kernels()[s.device()]));
      d.put("params", s.params()).put("macs", s.macs() / p.split().batch()).put("memory_bytes", s.memory().bytes());
    }
    transfers(o.putArray("transfers"), p, true);
    transfers(o.putArray("backward_transfers"), p, false);
    o.put("forward_bytes_per_image", p.forwardBytesPerImage()).put("single_memory_bytes", p.single().bytes()).put("memory_ratio", p.memoryRatio()).put("balance", p.balance());
    ArrayNode estimates = o.putArray("estimates");
    for (Interconnect i : Interconnect.all()) {
      StepEstimate e = StepEstimate.of(p, i);
      estimates.addObject().put("link", i.name()).put("bytes_per_second", i.bytesPerSecond()).put("latency_s", i.latency()).put("flops", i.flops()).put("compute_s", e.compute())
          .put("communication_s", e.communication()).put("exposed_s", e.exposed()).put("step_s", e.step());
    }
    o.put("assumptions", StepEstimate.ASSUMPTIONS);
    return o;
  }

  private static void transfers(ArrayNode list, Plan p, boolean forward) {
    for (Plan.Transfer t : p.transfers()) {
      if (t.forward() == forward) {
        list.addObject().put("layer", t.layer()).put("op", t.op()).put("from", t.from()).put("to", t.to()).put("bytes", t.bytes());
      }
    }
  }
}
