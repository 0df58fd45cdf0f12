package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.DnnLayer;
import jcuda.Pointer;

/** A forward and a backward call that share their descriptors. */
final class CudnnLayer implements DnnLayer {
  private static final Pointer ONE = Pointer.to(new float[] {1});
  private static final Pointer ZERO = Pointer.to(new float[] {0});

  /** The forward call, on host scalars 1 and 0. */
  interface Forward {
    int call(Pointer one, Pointer x, Pointer zero, Pointer y);
  }

  /** The backward call, on host scalars 1 and 0. */
  interface Backward {
    int call(Pointer one, Pointer y, Pointer dy, Pointer x, Pointer zero, Pointer dx);
  }

  private final CudnnDescriptorHandles descriptors;
  private final String name;
  private final String what;
  private final Forward forward;
  private final Backward backward;

  CudnnLayer(CudnnDescriptorHandles descriptors, String name, String what, Forward forward, Backward backward) {
    this.descriptors = descriptors;
    this.name = name;
    this.what = what;
    this.forward = forward;
    this.backward = backward;
  }

  @Override
  public void forward(long x, long y) {
    Check.dnn("cudnn" + name + "Forward", forward.call(ONE, DeviceAddress.of(x), ZERO, DeviceAddress.of(y)), "of", what);
  }

  @Override
  public void backward(long y, long dy, long x, long dx) {
    Check.dnn("cudnn" + name + "Backward", backward.call(ONE, DeviceAddress.of(y), DeviceAddress.of(dy), DeviceAddress.of(x), ZERO, DeviceAddress.of(dx)), "of", what);
  }

  @Override
  public void close() {
    descriptors.close();
  }
}
