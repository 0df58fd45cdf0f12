package dev.cardinal.cpu.oracle;

import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.conformance.Samples;
import dev.cardinal.conformance.Tolerance;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Tensors to PyTorch and back, its gradients, and comparison. */
final class Torch {
  /** {@code -Dcardinal.engines} picks some, separated by commas. */
  static final List<String> ENGINES = List.of(System.getProperty("cardinal.engines", "cpu:reference,cpu").split(","));
  static final long SEED = Long.getLong("cardinal.seed", 20_160_923L);

  private Torch() {}

  static Samples samples(String what, int index) {
    return new Samples(SEED, what, index, false);
  }

  /** A float64 (or for integers, int64) tensor of PyTorch's with its own memory. */
  static Tensor of(HostTensor t) {
    long[] sizes = sizes(t.shape());
    if (t.dtype().isFloating()) {
      try (DoublePointer p = new DoublePointer(t.to(DType.F64).doubles())) {
        return torch.from_blob(p, sizes, new TensorOptions(torch.ScalarType.Double)).clone();
      }
    }
    try (LongPointer p = new LongPointer(t.to(DType.I64).longs())) {
      return torch.from_blob(p, sizes, new TensorOptions(torch.ScalarType.Long)).clone();
    }
  }

  /** As {@link #of}, taking gradients. */
  static Tensor leaf(HostTensor t) {
    return of(t).set_requires_grad(true);
  }

  static HostTensor host(Tensor t) {
    Tensor dense = t.detach().toType(torch.ScalarType.Double).contiguous();
    int[] dims = new int[(int) dense.dim()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = (int) dense.size(i);
    }
    double[] values = new double[(int) dense.numel()];
    dense.data_ptr_double().get(values);
    return HostTensor.of(Shape.of(dims), values);
  }

  static long[] sizes(Shape s) {
    long[] r = new long[s.rank()];
    for (int i = 0; i < r.length; i++) {
      r[i] = s.dim(i);
    }
    return r;
  }

  static long[] longs(Spatial s) {
    long[] r = new long[s.rank()];
    for (int i = 0; i < r.length; i++) {
      r[i] = s.at(i);
    }
    return r;
  }

  /** The output of a function and the gradients of its inputs for a gradient {@code dy} of the output. */
  static List<HostTensor> differentiate(Function<Tensor[], Tensor> f, HostTensor dy, HostTensor... in) {
    Tensor[] leaves = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      leaves[i] = leaf(in[i]);
    }
    Tensor y = f.apply(leaves);
    y.backward(of(dy), new BoolOptional(), false, new TensorArrayRefOptional());
    List<HostTensor> r = new ArrayList<>(List.of(host(y)));
    for (Tensor t : leaves) {
      r.add(host(t.grad()));
    }
    return r;
  }

  static void equal(HostTensor expected, HostTensor actual, long reduction, String what) {
    assertNull(Tolerance.difference(expected, actual, Tolerance.of(DType.F32, reduction)), () -> what + " (-Dcardinal.seed=" + SEED + ")");
  }

  /** Both engines, opened; closing closes them. */
  static final class Engines implements AutoCloseable {
    final List<Device> devices = ENGINES.stream().map(Devices::open).toList();

    @Override
    public void close() {
      devices.forEach(Device::close);
    }
  }
}
