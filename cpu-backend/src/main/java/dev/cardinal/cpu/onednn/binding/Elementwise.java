package dev.cardinal.cpu.onednn.binding;

import org.bytedeco.dnnl.global.dnnl;

/**
 * An elementwise function as oneDNN knows it.
 *
 * @param algorithm the library's code
 * @param alpha first parameter
 * @param beta second parameter
 */
public record Elementwise(int algorithm, float alpha, float beta) {
  /** max(x, 0), or x above and alpha x below 0. */
  public static Elementwise relu(double alpha) {
    return new Elementwise(dnnl.dnnl_eltwise_relu, (float) alpha, 0);
  }

  /** x between low and high, else the nearer of them. */
  public static Elementwise clip(double low, double high) {
    return new Elementwise(dnnl.dnnl_eltwise_clip, (float) low, (float) high);
  }

  /** 1 / (1 + exp(-x)). */
  public static Elementwise sigmoid() {
    return new Elementwise(dnnl.dnnl_eltwise_logistic, 0, 0);
  }

  /** Hyperbolic tangent. */
  public static Elementwise tanh() {
    return new Elementwise(dnnl.dnnl_eltwise_tanh, 0, 0);
  }

  /** e^x. */
  public static Elementwise exponential() {
    return new Elementwise(dnnl.dnnl_eltwise_exp, 0, 0);
  }

  /** x times (x + 3) / 6 kept between 0 and 1. */
  public static Elementwise hardSwish() {
    return new Elementwise(dnnl.dnnl_eltwise_hardswish, 1f / 6, 0.5f);
  }

  /** {@link #relu} for a gradient that is given the output. */
  public static Elementwise reluFromOutput(double alpha) {
    return new Elementwise(dnnl.dnnl_eltwise_relu_use_dst_for_bwd, (float) alpha, 0);
  }

  /** {@link #clip} for a gradient that is given the output, and is zero at both limits. */
  public static Elementwise clipFromOutput(double low, double high) {
    return new Elementwise(dnnl.dnnl_eltwise_clip_v2_use_dst_for_bwd, (float) low, (float) high);
  }

  /** {@link #sigmoid} for a gradient that is given the output. */
  public static Elementwise sigmoidFromOutput() {
    return new Elementwise(dnnl.dnnl_eltwise_logistic_use_dst_for_bwd, 0, 0);
  }

  /** {@link #tanh} for a gradient that is given the output. */
  public static Elementwise tanhFromOutput() {
    return new Elementwise(dnnl.dnnl_eltwise_tanh_use_dst_for_bwd, 0, 0);
  }
}
