package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.DnnLayer;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** An operation of cuDNN's with one input and one output. */
final class SimulatedLayer implements DnnLayer {
  /** dx of y, dy and x. */
  interface Gradient {
    HostTensor of(HostTensor y, HostTensor dy, HostTensor x);
  }

  private final SimulatedDnn dnn;
  private final String name;
  private final TensorDescriptor x;
  private final TensorDescriptor y;
  private final String what;
  private final UnaryOperator<HostTensor> forward;
  private final Gradient backward;
  private boolean closed;

  SimulatedLayer(SimulatedDnn dnn, String name, Object what, TensorDescriptor x, TensorDescriptor y, UnaryOperator<HostTensor> forward, Gradient backward) {
    this.dnn = dnn;
    this.name = name;
    this.x = x;
    this.y = y;
    this.what = what.toString();
    this.forward = forward;
    this.backward = backward;
  }

  private SimulatedStream stream() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "cuDNN's " + name + " (" + what + ") is used after it was closed");
    }
    return dnn.stream();
  }

  @Override
  public void forward(long from, long to) {
    Operand.issue(stream(), "cudnn" + name + "Forward", List.of(new Operand("x", from, x.bytes(), x)), List.of(new Operand("y", to, y.bytes(), y)),
        () -> DeviceTensors.write(y, to, forward.apply(DeviceTensors.read(x, from)), 1, 0));
  }

  @Override
  public void backward(long result, long gradient, long from, long to) {
    List<Operand> reads = new ArrayList<>(List.of(new Operand("y", result, y.bytes(), y), new Operand("dy", gradient, y.bytes(), y)));
    boolean usesX = !name.equals("Softmax");
    if (usesX) {
      reads.add(new Operand("x", from, x.bytes(), x));
    }
    Operand.issue(stream(), "cudnn" + name + "Backward", reads, List.of(new Operand("dx", to, x.bytes(), x)), () -> {
      HostTensor out = DeviceTensors.read(y, result);
      DeviceTensors.write(x, to, backward.of(out, DeviceTensors.read(y, gradient), usesX ? DeviceTensors.read(x, from) : out), 1, 0);
    });
  }

  @Override
  public void close() {
    stream().context().closed("cuDNN operation");
    closed = true;
  }
}
