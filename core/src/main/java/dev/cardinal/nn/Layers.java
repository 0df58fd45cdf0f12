package dev.cardinal.nn;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Resize;
import dev.cardinal.op.Spatial;

/** The layers by name, to be imported statically. */
public final class Layers {
  private Layers() {}

  /** 1-D convolution. */
  public static Convolution conv1d(int inChannels, int outChannels, int kernel) {
    return new Convolution(inChannels, outChannels, Spatial.all(1, kernel));
  }

  /** 2-D convolution with a square kernel. */
  public static Convolution conv2d(int inChannels, int outChannels, int kernel) {
    return new Convolution(inChannels, outChannels, Spatial.all(2, kernel));
  }

  /** 2-D convolution with a height × width kernel. */
  public static Convolution conv2d(int inChannels, int outChannels, int kernelHeight, int kernelWidth) {
    return new Convolution(inChannels, outChannels, Spatial.of(kernelHeight, kernelWidth));
  }

  /** 3-D convolution with a cubic kernel. */
  public static Convolution conv3d(int inChannels, int outChannels, int kernel) {
    return new Convolution(inChannels, outChannels, Spatial.all(3, kernel));
  }

  /** Convolution of any rank. */
  public static Convolution conv(int inChannels, int outChannels, Spatial kernel) {
    return new Convolution(inChannels, outChannels, kernel);
  }

  /** Depthwise 2-D convolution: each input channel alone makes {@code multiplier} output channels. */
  public static Convolution depthwise2d(int channels, int multiplier, int kernel) {
    return conv2d(channels, channels * multiplier, kernel).groups(channels);
  }

  /** 1-D transposed convolution. */
  public static TransposedConvolution convTranspose1d(int inChannels, int outChannels, int kernel) {
    return new TransposedConvolution(inChannels, outChannels, Spatial.all(1, kernel));
  }

  /** 2-D transposed convolution with a square kernel. */
  public static TransposedConvolution convTranspose2d(int inChannels, int outChannels, int kernel) {
    return new TransposedConvolution(inChannels, outChannels, Spatial.all(2, kernel));
  }

  /** 3-D transposed convolution with a cubic kernel. */
  public static TransposedConvolution convTranspose3d(int inChannels, int outChannels, int kernel) {
    return new TransposedConvolution(inChannels, outChannels, Spatial.all(3, kernel));
  }

  /** Fully connected layer. */
  public static FullyConnected linear(int in, int out) {
    return new FullyConnected(in, out);
  }

  /** Batch normalisation for any number of spatial axes. */
  public static BatchNorm batchNorm(int features) {
    return new BatchNorm(features);
  }

  /** max(x, 0). */
  public static Module relu() {
    return activation(Activation.Kind.RELU);
  }

  /** min(max(x, 0), 6). */
  public static Module relu6() {
    return activation(Activation.Kind.RELU6);
  }

  /** x above zero, {@code slope} x below. */
  public static Module leakyRelu(double slope) {
    return new Function((m, t, x) -> t.add(new Activation(Activation.Kind.LEAKY_RELU, slope), x));
  }

  /** An activation without a parameter. */
  public static Module activation(Activation.Kind kind) {
    return new Function((m, t, x) -> t.activate(kind, x));
  }

  /** Concatenated ReLU: twice the channels. */
  public static Module crelu() {
    return new Function((m, t, x) -> t.crelu(x));
  }

  /** Maximum over windows of one size on every axis. */
  public static Module maxPool(int kernel, int stride, int padding) {
    return new Function((m, t, x) -> t.add(new MaxPool(PoolGeometry.of(rank(x), kernel, stride, padding)), x));
  }

  /** Maximum over windows with partial last windows counted, as Caffe's nets have it. */
  public static Module maxPoolCeil(int kernel, int stride, int padding) {
    return new Function((m, t, x) -> t.add(new MaxPool(PoolGeometry.of(rank(x), kernel, stride, padding).withCeil(true)), x));
  }

  /** Maximum over windows of one size and step per axis, partial last windows counted. */
  public static Module maxPoolCeil(Spatial kernel, Spatial stride) {
    Spatial none = Spatial.all(kernel.rank(), 0);
    return new Function((m, t, x) -> t.add(new MaxPool(new PoolGeometry(kernel, stride, none, none, Spatial.all(kernel.rank(), 1), true)), x));
  }

  /** Mean over windows of one size on every axis, padding counted. */
  public static Module avgPool(int kernel, int stride, int padding) {
    return new Function((m, t, x) -> t.add(new AvgPool(PoolGeometry.of(rank(x), kernel, stride, padding), true), x));
  }

  /** Mean over windows so that every spatial axis has {@code size} outputs. */
  public static Module adaptiveAvgPool(int size) {
    return new Function((m, t, x) -> t.add(new AdaptiveAvgPool(Spatial.all(rank(x), size)), x));
  }

  /** Mean over all positions. */
  public static Module globalAvgPool() {
    return new Function((m, t, x) -> t.globalAvgPool(x));
  }

  /** Local response normalisation in groups; alpha is divided by size. */
  public static Module lrn(int size, double alpha, double beta, double k, int groups) {
    return new Function((m, t, x) -> t.add(new Lrn(size, alpha, beta, k, groups), x));
  }

  /** {@code [N, …]} to {@code [N, features]}. */
  public static Module flatten() {
    return new Function((m, t, x) -> t.flatten(x));
  }

  /** Dropout, when training. */
  public static Module dropout(double rate) {
    return new Function((m, t, x) -> t.dropout(m, x, rate));
  }

  /** Channel shuffle. */
  public static Module channelShuffle(int groups) {
    return new Function((m, t, x) -> t.shuffle(x, groups));
  }

  /** Up-sampling of every spatial axis by a whole factor. */
  public static Module upsample(Resize.Mode mode, int factor) {
    return new Function((m, t, x) -> t.upsample(x, mode, factor));
  }

  private static int rank(Value x) {
    return x.type().shape().rank() - 2;
  }
}
