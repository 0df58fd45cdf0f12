package dev.cardinal.examples;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.ShapeException;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/** Single operations without a network, as one would try them in jshell: a grouped convolution, the transposed one that undoes its size, and a shape that does not fit. */
public final class OneOperation {
  private OneOperation() {}

  /** Runs three operations. The argument is the device, {@code cpu:reference} if there is none. */
  public static void main(String[] args) {
    try (Device device = Devices.open(args.length > 0 ? args[0] : "cpu:reference")) {
      // Two groups: output channel 0 sees input channel 0 only (times 1), output channel 1 sees channel 1 only (times 10).
      HostTensor x = HostTensor.of(Shape.of(1, 2, 1, 4), 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f);
      HostTensor w = HostTensor.of(Shape.of(2, 1, 1, 2), 1f, 1f, 10f, 10f);
      ConvGeometry halving = ConvGeometry.of(2).withStride(1, 2).withGroups(2);
      HostTensor y = SingleOp.run(device, new Conv(halving), x, w).get(0);
      System.out.println("grouped convolution  " + y);

      // A transposed convolution is the gradient of a convolution by its input; it needs to know which size to come back to.
      HostTensor back = SingleOp.run(device, new ConvBackwardData(halving, Spatial.of(1, 4)), y, w).get(0);
      System.out.println("transposed           " + back);

      try {
        SingleOp.run(device, new Conv(ConvGeometry.of(2).withGroups(3)), x, w);
      } catch (ShapeException e) {
        System.out.println("three groups         " + e.getMessage());
      }
    }
  }
}
