package dev.cardinal.nn;

import dev.cardinal.graph.Value;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.tensor.DType;

/**
 * A transposed convolution layer of 1 to 3 spatial axes (often called deconvolution), configured by its methods before it is used: stride 1, no padding, no output padding, no dilation, one
 * group and a bias unless said otherwise.
 *
 * <p>Input {@code [N, inChannels, spatial…]}, output {@code [N, outChannels, (i - 1) stride - 2 padding + dilation (kernel - 1) + 1 + outputPadding …]}. Parameters:
 * {@code weight [inChannels, outChannels/groups, kernel…]}, {@code bias [outChannels]}.
 */
public final class TransposedConvolution extends Module {
  private final int inChannels;
  private final int outChannels;
  private final Spatial kernel;
  private ConvGeometry geometry;
  private Spatial outputPadding;
  private boolean bias = true;
  private Initializer weightInit = Initializer.inverseSquareRoot();
  private Initializer biasInit;

  TransposedConvolution(int inChannels, int outChannels, Spatial kernel) {
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernel = kernel;
    this.geometry = ConvGeometry.of(kernel.rank());
    this.outputPadding = Spatial.all(kernel.rank(), 0);
    require(inChannels > 0 && outChannels > 0, "channels must be positive, got %d to %d", inChannels, outChannels);
    declare();
  }

  /** Step of the kernel, one number for all axes or one per axis. */
  public TransposedConvolution stride(int... s) {
    geometry = geometry.withStride(s);
    return this;
  }

  /** Zeros on both sides, one number for all axes or one per axis. */
  public TransposedConvolution padding(int... p) {
    geometry = geometry.withPadding(p);
    return this;
  }

  /** Zeros before and after each axis. */
  public TransposedConvolution padding(Spatial low, Spatial high) {
    geometry = geometry.withPadding(low, high);
    return this;
  }

  /** Elements added at the end of each axis of the output, below the stride: picks among the sizes whose convolution gives this input's. */
  public TransposedConvolution outputPadding(int... p) {
    outputPadding = p.length == 1 ? Spatial.all(kernel.rank(), p[0]) : Spatial.of(p);
    return this;
  }

  /** Distance between kernel taps, one number for all axes or one per axis. */
  public TransposedConvolution dilation(int... d) {
    geometry = geometry.withDilation(d);
    return this;
  }

  /**
   * Number of channel groups.
   *
   * @throws dev.cardinal.op.ShapeException if it does not divide both channel counts
   */
  public TransposedConvolution groups(int g) {
    require(g >= 1 && inChannels % g == 0 && outChannels % g == 0, "groups must divide input and output channels, got groups %d for %d to %d channels", g, inChannels, outChannels);
    geometry = geometry.withGroups(g);
    return declare();
  }

  /** Without a bias, as before batch normalisation. */
  public TransposedConvolution noBias() {
    bias = false;
    return declare();
  }

  /** How the weights begin; PyTorch's uniform 1/√fan-in if not said. */
  public TransposedConvolution init(Initializer weights) {
    weightInit = weights;
    return declare();
  }

  /** How weights and bias begin. */
  public TransposedConvolution init(Initializer weights, Initializer biases) {
    biasInit = biases;
    return init(weights);
  }

  private TransposedConvolution declare() {
    parameter("weight", new Parameter(weightType(), weightInit, Parameter.Role.WEIGHT));
    if (bias) {
      Initializer b = biasInit != null ? biasInit : Initializer.inverseSquareRoot(weightType().shape().size() / inChannels);
      parameter("bias", new Parameter(biasType(), b, Parameter.Role.BIAS));
    } else {
      withoutParameter("bias");
    }
    return this;
  }

  private TensorType weightType() {
    return new TensorType(DType.F32, Shape.of(inChannels, outChannels / geometry.groups(), kernel.toArray()));
  }

  private TensorType biasType() {
    return TensorType.f32(outChannels);
  }

  @Override
  protected Value build(Trace t, Value x) {
    Shape in = x.type().shape();
    require(in.rank() == kernel.rank() + 2, "a %d-D transposed convolution needs [N, C, %d spatial axes], got %s", kernel.rank(), kernel.rank(), in);
    Spatial size = geometry.transposedOutputSize(Spatial.of(in.spatial()), kernel, outputPadding);
    ConvBackwardData op = new ConvBackwardData(geometry, size);
    Value w = t.variable("weight", weightType());
    return bias ? t.add(op, x, w, t.variable("bias", biasType())) : t.add(op, x, w);
  }
}
