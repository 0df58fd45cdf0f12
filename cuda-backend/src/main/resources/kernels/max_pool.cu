// Maximum pooling with the place of each maximum, its gradient, and unpooling. Places are row-major in the unpadded plane of a channel, in the type that macro PLACE names: 0 for int, or 1 for one byte that
// is the maximum's place in its window instead, where only the gradient reads it. -1, or 255, is the place of a window that lies in padding alone.
#include "storage.cuh"
#include "lanes.cuh"
#include "positions.cuh"

#ifndef PLACE
#define PLACE 0
#endif

#if PLACE == 0
typedef int place;
#else
typedef unsigned char place;
#endif

struct Window {
  Size in;
  Size out;
  Size kernel;
  Size stride;
  Size pad;
  Size dilation;
};

#define WINDOW_ARGUMENTS                                                                                                                                                                \
  int in_d, int in_h, int in_w, int out_d, int out_h, int out_w, int kernel_d, int kernel_h, int kernel_w, int stride_d, int stride_h, int stride_w, int pad_d, int pad_h, int pad_w, \
      int dilation_d, int dilation_h, int dilation_w
#define WINDOW                                                                                                                                                                              \
  {in_d, in_h, in_w}, {out_d, out_h, out_w}, {kernel_d, kernel_h, kernel_w}, {stride_d, stride_h, stride_w}, {pad_d, pad_h, pad_w}, { dilation_d, dilation_h, dilation_w }

template <bool last, int n>
__device__ __forceinline__ void pool(const element *x, element *y, place *places, long long outers, int channels, const Window &g) {
  int ins = g.in.product();
  int outs = g.out.product();
  visit_positions<last, n>(outers, outs, channels, [&](long long outer, int position, int channel) {
    int od, oh, ow;
    g.out.split(position, od, oh, ow);
    float best[n];
    int at[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      Bits b;
      b.bits = 0xff800000u;
      best[i] = b.number;
      at[i] = -1;
    }
    int tap = 0;
    for (int kd = 0; kd < g.kernel.d; kd++) {
      int d = od * g.stride.d - g.pad.d + kd * g.dilation.d;
      for (int kh = 0; kh < g.kernel.h; kh++) {
        int h = oh * g.stride.h - g.pad.h + kh * g.dilation.h;
        for (int kw = 0; kw < g.kernel.w; kw++, tap++) {
          int w = ow * g.stride.w - g.pad.w + kw * g.dilation.w;
          if (d >= 0 && d < g.in.d && h >= 0 && h < g.in.h && w >= 0 && w < g.in.w) {
            int from = (d * g.in.h + h) * g.in.w + w;
            float v[n];
            read(x + element_at<last>(outer, from, channel, ins, channels), v);
#pragma unroll
            for (int i = 0; i < n; i++) {
              // The first of equals wins, and NaN over any number.
              if (at[i] < 0 || v[i] > best[i] || (v[i] != v[i] && best[i] == best[i])) {
                best[i] = v[i];
                at[i] = PLACE == 0 ? from : tap;
              }
            }
          }
        }
      }
    }
    long long to = element_at<last>(outer, position, channel, outs, channels);
    write(y + to, best);
#pragma unroll
    for (int i = 0; i < n; i++) {
      places[to + i] = (place)at[i];
    }
  });
}

#define POOL_ARGUMENTS const element *x, element *y, place *places, long long outers, int channels, WINDOW_ARGUMENTS

extern "C" __global__ void __launch_bounds__(256, 2) max_pool_rows(POOL_ARGUMENTS) {
  Window g = {WINDOW};
  pool<false, 1>(x, y, places, outers, channels, g);
}

extern "C" __global__ void __launch_bounds__(256, 2) max_pool_last_wide(POOL_ARGUMENTS) {
  Window g = {WINDOW};
  pool<true, LANES>(x, y, places, outers, channels, g);
}

extern "C" __global__ void __launch_bounds__(256, 2) max_pool_last_narrow(POOL_ARGUMENTS) {
  Window g = {WINDOW};
  pool<true, 1>(x, y, places, outers, channels, g);
}

// The first and the last output whose window may hold a position of an axis.
__device__ __forceinline__ int first_output(int at, int pad, int span, int stride) {
  int v = at + pad - span + 1;
  return v <= 0 ? 0 : (v + stride - 1) / stride;
}

__device__ __forceinline__ int last_output(int at, int pad, int stride, int outs) {
  int v = (at + pad) / stride;
  return v < outs - 1 ? v : outs - 1;
}

// Each element of dx looks for the outputs whose maximum stood there.
template <bool last, int n>
__device__ __forceinline__ void pool_gradient(const element *dy, const place *places, element *dx, long long outers, int channels, const Window &g) {
  int ins = g.in.product();
  int outs = g.out.product();
  int span_d = g.dilation.d * (g.kernel.d - 1) + 1;
  int span_h = g.dilation.h * (g.kernel.h - 1) + 1;
  int span_w = g.dilation.w * (g.kernel.w - 1) + 1;
  visit_positions<last, n>(outers, ins, channels, [&](long long outer, int position, int channel) {
    int d, h, w;
    g.in.split(position, d, h, w);
    float sum[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      sum[i] = 0;
    }
    for (int od = first_output(d, g.pad.d, span_d, g.stride.d); od <= last_output(d, g.pad.d, g.stride.d, g.out.d); od++) {
      for (int oh = first_output(h, g.pad.h, span_h, g.stride.h); oh <= last_output(h, g.pad.h, g.stride.h, g.out.h); oh++) {
        for (int ow = first_output(w, g.pad.w, span_w, g.stride.w); ow <= last_output(w, g.pad.w, g.stride.w, g.out.w); ow++) {
          int wanted = position;
          if (PLACE == 1) {
            int in_d = d - od * g.stride.d + g.pad.d;
            int in_h = h - oh * g.stride.h + g.pad.h;
            int in_w = w - ow * g.stride.w + g.pad.w;
            if (in_d % g.dilation.d || in_h % g.dilation.h || in_w % g.dilation.w) {
              continue;
            }
            wanted = (in_d / g.dilation.d * g.kernel.h + in_h / g.dilation.h) * g.kernel.w + in_w / g.dilation.w;
          }
          long long from = element_at<last>(outer, (od * g.out.h + oh) * g.out.w + ow, channel, outs, channels);
          float v[n];
          read(dy + from, v);
#pragma unroll
          for (int i = 0; i < n; i++) {
            sum[i] += (int)places[from + i] == wanted ? v[i] : 0;
          }
        }
      }
    }
    write(dx + element_at<last>(outer, position, channel, ins, channels), sum);
  });
}

#define POOL_GRADIENT_ARGUMENTS const element *dy, const place *places, element *dx, long long outers, int channels, WINDOW_ARGUMENTS

extern "C" __global__ void __launch_bounds__(256, 2) max_pool_gradient_rows(POOL_GRADIENT_ARGUMENTS) {
  Window g = {WINDOW};
  pool_gradient<false, 1>(dy, places, dx, outers, channels, g);
}

extern "C" __global__ void __launch_bounds__(256, 2) max_pool_gradient_last_wide(POOL_GRADIENT_ARGUMENTS) {
  Window g = {WINDOW};
  pool_gradient<true, LANES>(dy, places, dx, outers, channels, g);
}

extern "C" __global__ void __launch_bounds__(256, 2) max_pool_gradient_last_narrow(POOL_GRADIENT_ARGUMENTS) {
  Window g = {WINDOW};
  pool_gradient<true, 1>(dy, places, dx, outers, channels, g);
}

// Unpooling, in rows. Where elements share a place the last of them stays: first each place learns its last element, as an integer maximum, then fetches it.
extern "C" __global__ void __launch_bounds__(256) unpool_owners(const int *places, int *owners, long long n, int ins, int outs) {
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    long long plane = i / ins;
    int at = places[i];
    if (at >= 0 && at < outs) {
      atomicMax(owners + plane * outs + at, (int)(i - plane * ins));
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) unpool(const element *x, const int *owners, element *y, long long n, int ins, int outs) {
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    int owner = owners[i];
    y[i] = owner < 0 ? narrow(0) : x[i / outs * ins + owner];
  }
}

// The gradient of unpooling: gathers.
extern "C" __global__ void __launch_bounds__(256) unpool_gradient(const element *dy, const int *places, element *dx, long long n, int ins, int outs) {
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    int at = places[i];
    dx[i] = at >= 0 && at < outs ? dy[i / ins * outs + at] : narrow(0);
  }
}
