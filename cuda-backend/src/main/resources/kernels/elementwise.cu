// What works element by element on tensors that lie alike: functions of one number, with two constants a and b, and of two.
#include "storage.cuh"
#include "lanes.cuh"

template <class F>
__device__ __forceinline__ void map(const element *x, element *y, long long n, F f) {
  long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  long long threads = (long long)gridDim.x * blockDim.x;
  long long packs = n / LANES;
  for (long long i = thread; i < packs; i += threads) {
    float v[LANES];
    read(x + i * LANES, v);
#pragma unroll
    for (int k = 0; k < LANES; k++) {
      v[k] = f(v[k]);
    }
    write(y + i * LANES, v);
  }
  for (long long i = packs * LANES + thread; i < n; i += threads) {
    y[i] = narrow(f(widen(x[i])));
  }
}

template <class F>
__device__ __forceinline__ void map(const element *x, const element *z, element *y, long long n, F f) {
  long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  long long threads = (long long)gridDim.x * blockDim.x;
  long long packs = n / LANES;
  for (long long i = thread; i < packs; i += threads) {
    float v[LANES];
    float w[LANES];
    read(x + i * LANES, v);
    read(z + i * LANES, w);
#pragma unroll
    for (int k = 0; k < LANES; k++) {
      v[k] = f(v[k], w[k]);
    }
    write(y + i * LANES, v);
  }
  for (long long i = packs * LANES + thread; i < n; i += threads) {
    y[i] = narrow(f(widen(x[i]), widen(z[i])));
  }
}

#define UNARY(name, result)                                                                                            \
  extern "C" __global__ void __launch_bounds__(256, 4) name(const element *x, element *y, float a, float b, long long n) { \
    map(x, y, n, [=](float v) -> float { return result; });                                                           \
  }

UNARY(unary_negate, -v)
UNARY(unary_absolute, fabsf(v))
UNARY(unary_square, v *v)
UNARY(unary_square_root, sqrtf(v))
UNARY(unary_exponential, expf(v))
UNARY(unary_logarithm, logf(v))
UNARY(unary_sign, v > 0 ? 1.0f : v < 0 ? -1.0f : v)
UNARY(scale, fmaf(a, v, b))

// NaN stays NaN in all of them.
UNARY(activation_identity, v)
UNARY(activation_relu, v < 0 ? 0 : v)
UNARY(activation_relu6, v < 0 ? 0 : v > 6 ? 6 : v)
UNARY(activation_leaky_relu, v > 0 ? v : a * v)
UNARY(activation_sigmoid, 1 / (1 + expf(-v)))
UNARY(activation_tanh, tanhf(v))
UNARY(activation_hard_swish, v *(v + 3 < 0 ? 0 : v + 3 > 6 ? 6 : v + 3) / 6)

#define BINARY(name, result)                                                                                                           \
  extern "C" __global__ void __launch_bounds__(256, 4) name(const element *x, const element *z, element *y, float a, float b, long long n) { \
    map(x, z, y, n, [=](float v, float w) -> float { return result; });                                                               \
  }

BINARY(binary_add, v + w)
BINARY(binary_subtract, v - w)
BINARY(binary_multiply, v *w)
BINARY(binary_divide, v / w)
BINARY(binary_maximum, v != v || v > w ? v : w)
BINARY(binary_minimum, v != v || v < w ? v : w)
BINARY(binary_greater_or_equal, v >= w ? 1.0f : 0.0f)

// Gradients of the activations: v is dy, w the output y (the input x of hard swish). A NaN of the forward pass lets dy through.
BINARY(gradient_identity, v)
BINARY(gradient_relu, w <= 0 ? 0 : v)
BINARY(gradient_relu6, w <= 0 || w >= 6 ? 0 : v)
BINARY(gradient_leaky_relu, w > 0 ? v : a * v)
BINARY(gradient_sigmoid, v *w *(1 - w))
BINARY(gradient_tanh, v *(1 - w * w))
BINARY(gradient_hard_swish, w <= -3 ? 0 : w >= 3 ? v : v *(w / 3 + 0.5f))

// Gradient of binary cross-entropy on logits: v is a logit, w its target, a one over their number. The loss's gradient is on the device.
extern "C" __global__ void __launch_bounds__(256, 4) binary_cross_entropy_gradient(const float *dloss, const element *x, const element *z, element *y, float a, long long n) {
  float factor = *dloss * a;
  map(x, z, y, n, [=](float v, float w) -> float { return (1 / (1 + expf(-v)) - w) * factor; });
}
