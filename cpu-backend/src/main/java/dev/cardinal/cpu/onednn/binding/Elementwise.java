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
}
