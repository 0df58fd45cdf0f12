package dev.cardinal.cpu.reference;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** Runs single operations on the reference engine. */
final class OneOp {
  private OneOp() {}

  static Device open() {
    return new ReferenceProvider().open("cpu:reference", DeviceOptions.defaults());
  }

  static List<HostTensor> runAll(Op op, HostTensor... in) {
    try (Device d = open()) {
      return SingleOp.run(d, op, in);
    }
  }

  /** The first output. */
  static HostTensor run(Op op, HostTensor... in) {
    return runAll(op, in).get(0);
  }

  static HostTensor tensor(Shape shape, double... values) {
    return HostTensor.of(shape, values);
  }

  static HostTensor vector(double... values) {
    return HostTensor.of(Shape.of(values.length), values);
  }

  static HostTensor scalar(double value) {
    return HostTensor.of(Shape.scalar(), new double[] {value});
  }
}
