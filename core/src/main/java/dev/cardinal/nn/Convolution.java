package dev.cardinal.nn;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.tensor.DType;

/**
 * A convolution layer of 1 to 3 spatial axes, configured by its methods before it is used: stride 1, no padding, no dilation, one group and a bias unless said otherwise.
 *
 * <p>Input {@code [N, inChannels, spatial…]}, output {@code [N, outChannels, out…]}. Parameters: {@code weight [outChannels, inChannels/groups, kernel…]}, {@code bias [outChannels]}.
 * Depthwise convolution is {@code groups(inChannels)}; its channel multiplier is {@code outChannels / inChannels}.
 */
public final class Convolution extends Module {
  private final int inChannels;
  private final int outChannels;
  private final Spatial kernel;
  private ConvGeometry geometry;
  private boolean bias = true;
  private Initializer weightInit = Initializer.inverseSquareRoot();
  private Initializer biasInit;

  Convolution(int inChannels, int outChannels, Spatial kernel) {
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernel = kernel;
    this.geometry = ConvGeometry.of(kernel.rank());
    require(inChannels > 0 && outChannels > 0, "channels must be positive, got %d to %d", inChannels, outChannels);
    declare();
  }

  /** Step of the kernel, one number for all axes or one per axis. */
  public Convolution stride(int... s) {
    geometry = geometry.withStride(s);
    return this;
  }

  /** Zeros on both sides, one number for all axes or one per axis. */
  public Convolution padding(int... p) {
    geometry = geometry.withPadding(p);
    return this;
  }

  /** Zeros before and after each axis. */
  public Convolution padding(Spatial low, Spatial high) {
    geometry = geometry.withPadding(low, high);
    return this;
  }

  /** Padding that keeps the size at stride 1: half the kernel's span. */
  public Convolution samePadding() {
    int[] low = new int[kernel.rank()];
    int[] high = new int[kernel.rank()];
    for (int i = 0; i < low.length; i++) {
      int total = geometry.span(i, kernel.at(i)) - 1;
      low[i] = total / 2;
      high[i] = total - low[i];
    }
    return padding(Spatial.of(low), Spatial.of(high));
  }

  /** Distance between kernel taps, one number for all axes or one per axis. */
  public Convolution dilation(int... d) {
    geometry = geometry.withDilation(d);
    return this;
  }

  /**
   * Number of channel groups.
   *
   * @throws dev.cardinal.op.ShapeException if it does not divide both channel counts
   */
  public Convolution groups(int g) {
    require(g >= 1 && inChannels % g == 0 && outChannels % g == 0, "groups must divide input and output channels, got groups %d for %d to %d channels", g, inChannels, outChannels);
    geometry = geometry.withGroups(g);
    return declare();
  }

  /** Without a bias, as before batch normalisation. */
  public Convolution noBias() {
    bias = false;
    return declare();
  }

  /** How the weights begin; PyTorch's uniform 1/√fan-in if not said. */
  public Convolution init(Initializer weights) {
    weightInit = weights;
    return declare();
  }

  /** How weights and bias begin. */
  public Convolution init(Initializer weights, Initializer biases) {
    biasInit = biases;
    return init(weights);
  }

  private Convolution declare() {
    parameter("weight", new Parameter(weightType(), weightInit, Parameter.Role.WEIGHT));
    if (bias) {
      Initializer b = biasInit != null ? biasInit : Initializer.inverseSquareRoot(weightType().shape().size() / outChannels);
      parameter("bias", new Parameter(biasType(), b, Parameter.Role.BIAS));
    } else {
      withoutParameter("bias");
    }
    return this;
  }

  private TensorType weightType() {
    return new TensorType(DType.F32, Shape.of(outChannels, inChannels / geometry.groups(), kernel.toArray()));
  }

  private TensorType biasType() {
    return TensorType.f32(outChannels);
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value w = t.variable("weight", weightType());
    return bias ? t.add(new Conv(geometry), x, w, t.variable("bias", biasType())) : t.add(new Conv(geometry), x, w);
  }
}
