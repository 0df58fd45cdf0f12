package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.ConvolutionAlgorithm;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.DnnConvolution;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Activation;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An algorithm of cuDNN. It pads both sides of an axis alike, so what is padded otherwise is padded by a kernel of ours before, and in the gradient of the input cut off after.
 *
 * @param order of the elements of all tensors
 * @param algorithm which
 * @param fused whether bias and ReLU are part of its call, which is for programs that learn nothing: in it NaN may become zero, and would hide that training has come off the rails
 */
record CudnnImplementation(Order order, ConvolutionAlgorithm algorithm, boolean fused) implements Implementation {
  private static final Pattern NAME = Pattern.compile("cudnn (ROWS|CHANNELS_LAST) (\\d+) math (\\d+) workspace (\\d+) (same|any) bits( with relu)?");

  @Override
  public String name() {
    return "cudnn " + order + " " + algorithm.id() + " math " + algorithm.mathType() + " workspace " + algorithm.workspaceBytes() + " " + (algorithm.deterministic() ? "same" : "any") + " bits" + (fused ? " with relu" : "");
  }

  /** The implementation of a name. */
  static Optional<Implementation> of(String name) {
    Matcher m = NAME.matcher(name);
    return !m.matches() ? Optional.empty() : Optional.of(new CudnnImplementation(Order.valueOf(m.group(1)),
        new ConvolutionAlgorithm(Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)), Long.parseLong(m.group(4)), m.group(5).equals("same"), -1), m.group(6) != null));
  }

  /** Whether a task may be computed by one call with its bias and ReLU. */
  static boolean fuses(ConvTask task, CudaBuild build) {
    return task.direction() == ConvolutionDirection.FORWARD && task.bias() && task.activation() == Activation.Kind.RELU && !build.learns();
  }

  @Override
  public void lower(ConvTask task, Node node, CudaBuild build) {
    Operands operands = new Operands(task, node, build, order);
    ConvTask inner = task.isLopsided() ? task.padded() : task;
    DnnConvolution convolution = build.own(build.session().dnn().convolution(task.direction(), inner.problem(order)));
    build.scratch(algorithm.workspaceBytes());
    boolean pads = task.isLopsided();
    boolean readsX = task.direction() != ConvolutionDirection.BACKWARD_DATA;
    Slot first = pads && readsX ? operands.pad(operands.first(), task.x(), inner.x()) : operands.first();
    Slot second = operands.second();
    if (fused) {
      Slot bias = build.in(node.input(2), Order.ROWS, task.storage());
      operands.result(result -> runFused(build, convolution, first, second, bias, result));
      return;
    }
    operands.result(result -> {
      if (pads && !readsX) {
        Slot outer = build.temporary(inner.x().size() * task.storage().bytes());
        run(build, convolution, first, second, outer);
        operands.crop(outer, inner.x(), result, task.x());
      } else {
        run(build, convolution, first, second, result);
      }
      if (task.givesMap()) {
        operands.finish(result);
      }
    });
  }

  private void runFused(CudaBuild build, DnnConvolution convolution, Slot x, Slot w, Slot bias, Slot y) {
    build.step(name(), List.of(x, w, bias), List.of(y), () -> {
      long from = x.address();
      long weights = w.address();
      long biases = bias.address();
      long to = y.address();
      long workspace = algorithm.workspaceBytes() == 0 ? 0 : build.scratchAddress();
      return () -> convolution.runWithRelu(algorithm, from, weights, biases, to, workspace, algorithm.workspaceBytes());
    });
  }

  private void run(CudaBuild build, DnnConvolution convolution, Slot first, Slot second, Slot result) {
    build.step(name(), List.of(first, second), List.of(result), () -> {
      long a = first.address();
      long b = second.address();
      long out = result.address();
      long workspace = algorithm.workspaceBytes() == 0 ? 0 : build.scratchAddress();
      return () -> convolution.run(algorithm, 1, a, b, 0, out, workspace, algorithm.workspaceBytes());
    });
  }
}
