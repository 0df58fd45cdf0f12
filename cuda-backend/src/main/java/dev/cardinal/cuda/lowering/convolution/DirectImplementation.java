package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Form;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Any convolution, slowly: for what cuDNN declines, as some versions do with dilated or very small volumes. */
record DirectImplementation() implements Implementation {
  private static final String FAMILY = "direct";
  private static final int THREADS = 256;
  private static final int MOST_BLOCKS = 1 << 20;

  @Override
  public String name() {
    return "direct";
  }

  @Override
  public void lower(ConvTask task, Node node, CudaBuild build) {
    Operands operands = new Operands(task, node, build, Order.ROWS);
    Map<String, String> macros = new HashMap<>(CudaBuild.macros(task.storage()));
    macros.put("ACTIVATION", Finish.number(task.activation()));
    Slot first = operands.first();
    if (!task.givesMap()) {
      Slot dy = operands.second();
      operands.result(Form.rows(DType.F32),
          dw -> build.kernel(FAMILY, "direct_weights", macros, LaunchShape.of(Math.toIntExact(task.w().size()), THREADS), sizes(task, Arg.in(first), Arg.in(dy), Arg.out(dw))));
      return;
    }
    Slot weights = operands.plainWeights();
    Slot bias = operands.bias();
    String kernel = task.direction() == ConvolutionDirection.FORWARD ? "direct_forward" : "direct_data";
    operands.result(map -> build.kernel(FAMILY, kernel, macros, LaunchShape.over(task.result().size(), THREADS, MOST_BLOCKS),
        sizes(task, Arg.in(first), Arg.in(weights), bias == null ? Arg.none() : Arg.in(bias), Arg.out(map))));
  }

  private static Arg[] sizes(ConvTask t, Arg... tensors) {
    List<Arg> all = new ArrayList<>(List.of(tensors));
    List<int[]> values = List.of(new int[] {t.x().dim(0), t.x().dim(1), t.y().dim(1), t.geometry().groups()}, three(t.x().spatial(), 1), three(t.y().spatial(), 1), three(t.w().spatial(), 1),
        three(t.geometry().stride().toArray(), 1), three(t.geometry().padLow().toArray(), 0), three(t.geometry().dilation().toArray(), 1));
    values.forEach(a -> Arrays.stream(a).forEach(v -> all.add(Arg.of(v))));
    return all.toArray(Arg[]::new);
  }

  private static int[] three(int[] spatial, int missing) {
    int[] v = {missing, missing, missing};
    System.arraycopy(spatial, 0, v, v.length - spatial.length, spatial.length);
    return v;
  }
}
