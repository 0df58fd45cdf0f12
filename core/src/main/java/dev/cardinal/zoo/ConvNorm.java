package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;

/** Convolution {@code conv}, batch normalisation {@code bn} with epsilon 0.001, ReLU: the layer that the Inception networks are made of, named as in torchvision. */
final class ConvNorm extends Module {
  private final Convolution conv;
  private final Module bn;

  ConvNorm(int in, int out, int kernel) {
    this(in, out, kernel, kernel);
  }

  ConvNorm(int in, int out, int kernelHeight, int kernelWidth) {
    conv = child("conv", conv2d(in, out, kernelHeight, kernelWidth).noBias().init(Initializer.heNormal()));
    bn = child("bn", batchNorm(out).epsilon(0.001));
  }

  ConvNorm stride(int s) {
    conv.stride(s);
    return this;
  }

  /** Padding that keeps the size. */
  ConvNorm same() {
    conv.samePadding();
    return this;
  }

  @Override
  protected Value build(Trace t, Value x) {
    return t.relu(bn.apply(t, conv.apply(t, x)));
  }
}
