// Means over windows, fixed or adaptive (output i of an axis covers floor(i in / out) to ceil((i + 1) in / out) - 1), and their gradients.
#include "storage.cuh"
#include "lanes.cuh"
#include "positions.cuh"

// The windows of one axis; a stride of 0 stands for adaptive ones.
struct Axis {
  int in;
  int out;
  int kernel;
  int stride;
  int low;
  int high;
  bool count_padding;

  __device__ __forceinline__ int first(int o) const {
    int f = stride ? o * stride - low : (int)((long long)o * in / out);
    return f < 0 ? 0 : f;
  }

  __device__ __forceinline__ int end(int o) const {
    int e = stride ? o * stride - low + kernel : (int)(((long long)(o + 1) * in + out - 1) / out);
    return e < in ? e : in;
  }

  // How many elements count in the divisor: those inside, or also those in the padding, but none beyond it.
  __device__ __forceinline__ int extent(int o) const {
    if (!stride || !count_padding) {
      return end(o) - first(o);
    }
    int e = o * stride - low + kernel;
    return (e < in + high ? e : in + high) - (o * stride - low);
  }

  // The outputs whose windows hold position p.
  __device__ __forceinline__ int first_output(int p) const {
    int v = stride ? p + low - kernel + 1 : 0;
    return stride ? (v <= 0 ? 0 : (v + stride - 1) / stride) : (int)((long long)p * out / in);
  }

  __device__ __forceinline__ int last_output(int p) const {
    int v = stride ? (p + low) / stride : (int)(((long long)(p + 1) * out + in - 1) / in) - 1;
    return v < out - 1 ? v : out - 1;
  }
};

struct Axes {
  Axis d;
  Axis h;
  Axis w;
};

#define AXES_ARGUMENTS                                                                                                                                                                \
  int in_d, int in_h, int in_w, int out_d, int out_h, int out_w, int kernel_d, int kernel_h, int kernel_w, int stride_d, int stride_h, int stride_w, int low_d, int low_h, int low_w, \
      int high_d, int high_h, int high_w, int count_padding
#define AXES                                                              \
  {in_d, out_d, kernel_d, stride_d, low_d, high_d, count_padding != 0},   \
      {in_h, out_h, kernel_h, stride_h, low_h, high_h, count_padding != 0}, \
      { in_w, out_w, kernel_w, stride_w, low_w, high_w, count_padding != 0 }

template <bool last, int n>
__device__ __forceinline__ void pool(const element *x, element *y, long long outers, int channels, const Axes &a) {
  Size in = {a.d.in, a.h.in, a.w.in};
  Size out = {a.d.out, a.h.out, a.w.out};
  visit_positions<last, n>(outers, out.product(), channels, [&](long long outer, int position, int channel) {
    int od, oh, ow;
    out.split(position, od, oh, ow);
    float sum[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      sum[i] = 0;
    }
    for (int d = a.d.first(od); d < a.d.end(od); d++) {
      for (int h = a.h.first(oh); h < a.h.end(oh); h++) {
        for (int w = a.w.first(ow); w < a.w.end(ow); w++) {
          float v[n];
          read(x + element_at<last>(outer, (d * in.h + h) * in.w + w, channel, in.product(), channels), v);
#pragma unroll
          for (int i = 0; i < n; i++) {
            sum[i] += v[i];
          }
        }
      }
    }
    float divisor = (float)(a.d.extent(od) * a.h.extent(oh) * a.w.extent(ow));
#pragma unroll
    for (int i = 0; i < n; i++) {
      sum[i] /= divisor;
    }
    write(y + element_at<last>(outer, position, channel, out.product(), channels), sum);
  });
}

template <bool last, int n>
__device__ __forceinline__ void pool_gradient(const element *dy, element *dx, long long outers, int channels, const Axes &a) {
  Size in = {a.d.in, a.h.in, a.w.in};
  Size out = {a.d.out, a.h.out, a.w.out};
  visit_positions<last, n>(outers, in.product(), channels, [&](long long outer, int position, int channel) {
    int d, h, w;
    in.split(position, d, h, w);
    float sum[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      sum[i] = 0;
    }
    for (int od = a.d.first_output(d); od <= a.d.last_output(d); od++) {
      for (int oh = a.h.first_output(h); oh <= a.h.last_output(h); oh++) {
        for (int ow = a.w.first_output(w); ow <= a.w.last_output(w); ow++) {
          float share = 1 / (float)(a.d.extent(od) * a.h.extent(oh) * a.w.extent(ow));
          float v[n];
          read(dy + element_at<last>(outer, (od * out.h + oh) * out.w + ow, channel, out.product(), channels), v);
#pragma unroll
          for (int i = 0; i < n; i++) {
            sum[i] = fmaf(v[i], share, sum[i]);
          }
        }
      }
    }
    write(dx + element_at<last>(outer, position, channel, in.product(), channels), sum);
  });
}

#define POOL_ARGUMENTS const element *x, element *y, long long outers, int channels, AXES_ARGUMENTS

extern "C" __global__ void __launch_bounds__(256, 2) average_pool_rows(POOL_ARGUMENTS) {
  Axes a = {AXES};
  pool<false, 1>(x, y, outers, channels, a);
}

extern "C" __global__ void __launch_bounds__(256, 2) average_pool_last_wide(POOL_ARGUMENTS) {
  Axes a = {AXES};
  pool<true, LANES>(x, y, outers, channels, a);
}

extern "C" __global__ void __launch_bounds__(256, 2) average_pool_last_narrow(POOL_ARGUMENTS) {
  Axes a = {AXES};
  pool<true, 1>(x, y, outers, channels, a);
}

extern "C" __global__ void __launch_bounds__(256, 2) average_pool_gradient_rows(POOL_ARGUMENTS) {
  Axes a = {AXES};
  pool_gradient<false, 1>(x, y, outers, channels, a);
}

extern "C" __global__ void __launch_bounds__(256, 2) average_pool_gradient_last_wide(POOL_ARGUMENTS) {
  Axes a = {AXES};
  pool_gradient<true, LANES>(x, y, outers, channels, a);
}

extern "C" __global__ void __launch_bounds__(256, 2) average_pool_gradient_last_narrow(POOL_ARGUMENTS) {
  Axes a = {AXES};
  pool_gradient<true, 1>(x, y, outers, channels, a);
}

// Mean of each plane, in rows: a warp a plane. Blocks of 32 x 8 threads.
extern "C" __global__ void __launch_bounds__(256) plane_means(const element *x, element *y, long long planes, int positions) {
  for (long long first = (long long)blockIdx.x * blockDim.y; first < planes; first += (long long)gridDim.x * blockDim.y) {
    long long plane = first + threadIdx.y;
    float sum = 0;
    for (int i = threadIdx.x; plane < planes && i < positions; i += 32) {
      sum += widen(x[plane * positions + i]);
    }
#pragma unroll
    for (int half = 16; half > 0; half /= 2) {
      sum += __shfl_down_sync(0xffffffffu, sum, half);
    }
    if (threadIdx.x == 0 && plane < planes) {
      y[plane] = narrow(sum / (float)positions);
    }
  }
}
