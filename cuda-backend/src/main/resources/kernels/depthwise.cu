// Depthwise convolution of two spatial axes: every channel with a kernel of its own. Weights are float32 [channels][KERNEL_H][KERNEL_W]. A thread computes a strip of a row, for VEC neighbouring
// channels where channels are last. Sums over samples and positions are made in two steps, in an order that does not depend on the device: partial results [chunk][tap][channel], then their sum.
#include "storage.cuh"
#include "lanes.cuh"
#include "activation.cuh"
#include "strips.cuh"

// Neighbouring channels of a thread, and threads side by side along channels, where channels are last.
#ifndef VEC
#define VEC 4
#endif
#ifndef CHANNEL_THREADS
#define CHANNEL_THREADS 32
#endif

#define THREADS 256
#define SLICE (CHANNEL_THREADS * VEC)
#define WARP 32

// Adds to a strip of y what its taps make of x. load(row, column, v) reads n channels, weight(tap, w) their weights.
template <int n, class Load, class Weight>
__device__ __forceinline__ void gather_y(float (&sum)[STRIP][n], const Sizes &s, int oh, int ow, Load load, Weight weight) {
#pragma unroll
  for (int kh = 0; kh < KERNEL_H; kh++) {
    int ih = x_row(s, oh, kh);
    if (ih < 0 || ih >= s.xh) {
      continue;
    }
    float w[KERNEL_W][n];
#pragma unroll
    for (int kw = 0; kw < KERNEL_W; kw++) {
      weight(kh * KERNEL_W + kw, w[kw]);
    }
    int first = ow * STRIDE_W - s.pw;
#pragma unroll
    for (int c = 0; c < X_COLUMNS; c++) {
      if (!x_column_used(c)) {
        continue;
      }
      float v[n] = {};
      if (first + c >= 0 && first + c < s.xw) {
        load(ih, first + c, v);
      }
#pragma unroll
      for (int t = 0; t < STRIP; t++) {
#pragma unroll
        for (int kw = 0; kw < KERNEL_W; kw++) {
          if (t * STRIDE_W + kw * DILATION_W == c) {
#pragma unroll
            for (int i = 0; i < n; i++) {
              sum[t][i] = fmaf(v[i], w[kw][i], sum[t][i]);
            }
          }
        }
      }
    }
  }
}

// The same for a strip of the gradient of x, which begins at column iw; load reads the gradient of y.
template <int n, class Load, class Weight>
__device__ __forceinline__ void gather_x(float (&sum)[STRIP][n], const Sizes &s, int ih, int iw, Load load, Weight weight) {
#pragma unroll
  for (int kh = 0; kh < KERNEL_H; kh++) {
    int oh = y_row(s, ih, kh);
    if (oh < 0) {
      continue;
    }
    float w[KERNEL_W][n];
#pragma unroll
    for (int kw = 0; kw < KERNEL_W; kw++) {
      weight(kh * KERNEL_W + kw, w[kw]);
    }
    int first = (iw + s.pw) / STRIDE_W - Y_BEFORE;
#pragma unroll
    for (int c = 0; c < Y_COLUMNS; c++) {
      if (!y_column_used(c)) {
        continue;
      }
      float v[n] = {};
      if (first + c >= 0 && first + c < s.yw) {
        load(oh, first + c, v);
      }
#pragma unroll
      for (int t = 0; t < STRIP; t++) {
#pragma unroll
        for (int kw = 0; kw < KERNEL_W; kw++) {
          if (y_column(t, kw) == c) {
#pragma unroll
            for (int i = 0; i < n; i++) {
              sum[t][i] = fmaf(v[i], w[kw][i], sum[t][i]);
            }
          }
        }
      }
    }
  }
}

// Adds to the gradients of the taps what a strip of y gives; load_x and load_y read n channels.
template <int n, class LoadX, class LoadY>
__device__ __forceinline__ void gather_w(float (&sum)[TAPS][n], const Sizes &s, int oh, int ow, LoadX load_x, LoadY load_y) {
  float dy[STRIP][n];
#pragma unroll
  for (int t = 0; t < STRIP; t++) {
#pragma unroll
    for (int i = 0; i < n; i++) {
      dy[t][i] = 0;
    }
    if (ow + t < s.yw) {
      load_y(oh, ow + t, dy[t]);
    }
  }
  int first = ow * STRIDE_W - s.pw;
#pragma unroll
  for (int kh = 0; kh < KERNEL_H; kh++) {
    int ih = x_row(s, oh, kh);
    if (ih < 0 || ih >= s.xh) {
      continue;
    }
#pragma unroll
    for (int c = 0; c < X_COLUMNS; c++) {
      if (!x_column_used(c)) {
        continue;
      }
      float v[n] = {};
      if (first + c >= 0 && first + c < s.xw) {
        load_x(ih, first + c, v);
      }
#pragma unroll
      for (int t = 0; t < STRIP; t++) {
#pragma unroll
        for (int kw = 0; kw < KERNEL_W; kw++) {
          if (t * STRIDE_W + kw * DILATION_W == c) {
#pragma unroll
            for (int i = 0; i < n; i++) {
              sum[kh * KERNEL_W + kw][i] = fmaf(dy[t][i], v[i], sum[kh * KERNEL_W + kw][i]);
            }
          }
        }
      }
    }
  }
}

// Brings the weights of a block's channels to shared memory as [tap][channel].
__device__ __forceinline__ void stage(const float *w, float *shared, int first_channel, int channels) {
  int thread = threadIdx.y * blockDim.x + threadIdx.x;
  for (int i = thread; i < SLICE * TAPS; i += blockDim.x * blockDim.y) {
    int c = i / TAPS;
    shared[(i - c * TAPS) * SLICE + c] = first_channel + c < channels ? w[(long long)first_channel * TAPS + i] : 0;
  }
  __syncthreads();
}

// Blocks of CHANNEL_THREADS x THREADS / CHANNEL_THREADS: grid x over slices of channels, grid y over strips. Rows come first in the order of strips, so that a block's threads share rows of x.

extern "C" __global__ void __launch_bounds__(THREADS) depthwise_forward_last(const element *x, const float *w, const float *bias, element *y, int samples, int channels, int xh, int xw, int yh, int yw,
                                                                            int ph, int pw) {
  __shared__ float weights[TAPS * SLICE];
  stage(w, weights, blockIdx.x * SLICE, channels);
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int local = threadIdx.x * VEC;
  int channel = blockIdx.x * SLICE + local;
  if (channel >= channels) {
    return;
  }
  int strips = y_strips(s);
  int items = samples * strips * yh;
  for (int item = blockIdx.y * blockDim.y + threadIdx.y; item < items; item += gridDim.y * blockDim.y) {
    int rest = item / yh;
    int oh = item - rest * yh;
    int sample = rest / strips;
    int ow = (rest - sample * strips) * STRIP;
    float sum[STRIP][VEC] = {};
    gather_y(
        sum, s, oh, ow, [&](int row, int column, float(&v)[VEC]) { read(x + (((long long)sample * xh + row) * xw + column) * channels + channel, v); },
        [&](int tap, float(&v)[VEC]) {
#pragma unroll
          for (int i = 0; i < VEC; i++) {
            v[i] = weights[tap * SLICE + local + i];
          }
        });
    element *to = y + (((long long)sample * yh + oh) * yw + ow) * channels + channel;
#pragma unroll
    for (int t = 0; t < STRIP; t++) {
      if (ow + t < yw) {
#pragma unroll
        for (int i = 0; i < VEC; i++) {
          sum[t][i] = activate(sum[t][i] + (bias ? bias[channel + i] : 0));
        }
        write(to + (long long)t * channels, sum[t]);
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) depthwise_data_last(const element *dy, const float *w, const float *bias, element *dx, int samples, int channels, int xh, int xw, int yh, int yw,
                                                                         int ph, int pw) {
  __shared__ float weights[TAPS * SLICE];
  stage(w, weights, blockIdx.x * SLICE, channels);
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int local = threadIdx.x * VEC;
  int channel = blockIdx.x * SLICE + local;
  if (channel >= channels) {
    return;
  }
  int strips = x_strips(s);
  int items = samples * strips * xh;
  for (int item = blockIdx.y * blockDim.y + threadIdx.y; item < items; item += gridDim.y * blockDim.y) {
    int rest = item / xh;
    int ih = item - rest * xh;
    int sample = rest / strips;
    int iw = (rest - sample * strips) * STRIP - x_lead(s);
    float sum[STRIP][VEC] = {};
    gather_x(
        sum, s, ih, iw, [&](int row, int column, float(&v)[VEC]) { read(dy + (((long long)sample * yh + row) * yw + column) * channels + channel, v); },
        [&](int tap, float(&v)[VEC]) {
#pragma unroll
          for (int i = 0; i < VEC; i++) {
            v[i] = weights[tap * SLICE + local + i];
          }
        });
    element *to = dx + (((long long)sample * xh + ih) * xw + iw) * channels + channel;
#pragma unroll
    for (int t = 0; t < STRIP; t++) {
      if (iw + t >= 0 && iw + t < xw) {
#pragma unroll
        for (int i = 0; i < VEC; i++) {
          sum[t][i] = activate(sum[t][i] + (bias ? bias[channel + i] : 0));
        }
        write(to + (long long)t * channels, sum[t]);
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) depthwise_weights_last(const element *x, const element *dy, float *partial, int samples, int channels, int xh, int xw, int yh, int yw, int ph,
                                                                            int pw) {
  __shared__ float sums[TAPS * SLICE];
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int local = threadIdx.x * VEC;
  int channel = blockIdx.x * SLICE + local;
  float sum[TAPS][VEC] = {};
  if (channel < channels) {
    int strips = y_strips(s);
    int items = samples * strips * yh;
    for (int item = blockIdx.y * blockDim.y + threadIdx.y; item < items; item += gridDim.y * blockDim.y) {
      int rest = item / yh;
      int oh = item - rest * yh;
      int sample = rest / strips;
      int ow = (rest - sample * strips) * STRIP;
      gather_w(
          sum, s, oh, ow, [&](int row, int column, float(&v)[VEC]) { read(x + (((long long)sample * xh + row) * xw + column) * channels + channel, v); },
          [&](int row, int column, float(&v)[VEC]) { read(dy + (((long long)sample * yh + row) * yw + column) * channels + channel, v); });
    }
  }
  for (int r = 0; r < (int)blockDim.y; r++) {
    if ((int)threadIdx.y == r) {
#pragma unroll
      for (int tap = 0; tap < TAPS; tap++) {
#pragma unroll
        for (int i = 0; i < VEC; i++) {
          float *total = sums + tap * SLICE + local + i;
          *total = r == 0 ? sum[tap][i] : *total + sum[tap][i];
        }
      }
    }
    __syncthreads();
  }
  int thread = threadIdx.y * blockDim.x + threadIdx.x;
  for (int i = thread; i < SLICE * TAPS; i += THREADS) {
    int tap = i / SLICE;
    int c = blockIdx.x * SLICE + i - tap * SLICE;
    if (c < channels) {
      partial[((long long)blockIdx.y * TAPS + tap) * channels + c] = sums[i];
    }
  }
}

// Planes one after the other: a thread computes a strip of one plane, neighbouring threads neighbouring strips.

extern "C" __global__ void __launch_bounds__(THREADS) depthwise_forward_rows(const element *x, const float *w, const float *bias, element *y, int samples, int channels, int xh, int xw, int yh, int yw,
                                                                            int ph, int pw) {
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int strips = y_strips(s);
  long long items = (long long)samples * channels * yh * strips;
  for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x; item < items; item += (long long)gridDim.x * blockDim.x) {
    long long row = item / strips;
    int ow = (int)(item - row * strips) * STRIP;
    long long plane = row / yh;
    int oh = (int)(row - plane * yh);
    int channel = (int)(plane % channels);
    float sum[STRIP][1] = {};
    gather_y(
        sum, s, oh, ow, [&](int r, int column, float(&v)[1]) { v[0] = widen(x[(plane * xh + r) * xw + column]); },
        [&](int tap, float(&v)[1]) { v[0] = w[(long long)channel * TAPS + tap]; });
    float b = bias ? bias[channel] : 0;
#pragma unroll
    for (int t = 0; t < STRIP; t++) {
      if (ow + t < yw) {
        y[row * yw + ow + t] = narrow(activate(sum[t][0] + b));
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) depthwise_data_rows(const element *dy, const float *w, const float *bias, element *dx, int samples, int channels, int xh, int xw, int yh, int yw,
                                                                         int ph, int pw) {
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int strips = x_strips(s);
  long long items = (long long)samples * channels * xh * strips;
  for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x; item < items; item += (long long)gridDim.x * blockDim.x) {
    long long row = item / strips;
    int iw = (int)(item - row * strips) * STRIP - x_lead(s);
    long long plane = row / xh;
    int ih = (int)(row - plane * xh);
    int channel = (int)(plane % channels);
    float sum[STRIP][1] = {};
    gather_x(
        sum, s, ih, iw, [&](int r, int column, float(&v)[1]) { v[0] = widen(dy[(plane * yh + r) * yw + column]); },
        [&](int tap, float(&v)[1]) { v[0] = w[(long long)channel * TAPS + tap]; });
    float b = bias ? bias[channel] : 0;
#pragma unroll
    for (int t = 0; t < STRIP; t++) {
      if (iw + t >= 0 && iw + t < xw) {
        dx[row * xw + iw + t] = narrow(activate(sum[t][0] + b));
      }
    }
  }
}

// Grid x over channels, grid y over chunks of samples and rows.
extern "C" __global__ void __launch_bounds__(THREADS) depthwise_weights_rows(const element *x, const element *dy, float *partial, int samples, int channels, int xh, int xw, int yh, int yw, int ph,
                                                                            int pw) {
  __shared__ float sums[THREADS / WARP][TAPS];
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int channel = blockIdx.x;
  int strips = y_strips(s);
  int items = samples * yh * strips;
  float sum[TAPS][1] = {};
  for (int item = blockIdx.y * THREADS + threadIdx.x; item < items; item += gridDim.y * THREADS) {
    int row = item / strips;
    int ow = (item - row * strips) * STRIP;
    int sample = row / yh;
    int oh = row - sample * yh;
    long long plane = (long long)sample * channels + channel;
    gather_w(
        sum, s, oh, ow, [&](int r, int column, float(&v)[1]) { v[0] = widen(x[(plane * xh + r) * xw + column]); },
        [&](int r, int column, float(&v)[1]) { v[0] = widen(dy[(plane * yh + r) * yw + column]); });
  }
#pragma unroll
  for (int tap = 0; tap < TAPS; tap++) {
    float v = sum[tap][0];
    for (int lane = WARP / 2; lane > 0; lane /= 2) {
      v += __shfl_down_sync(0xffffffffu, v, lane);
    }
    if (threadIdx.x % WARP == 0) {
      sums[threadIdx.x / WARP][tap] = v;
    }
  }
  __syncthreads();
  for (int tap = threadIdx.x; tap < TAPS; tap += THREADS) {
    float total = 0;
    for (int warp = 0; warp < THREADS / WARP; warp++) {
      total += sums[warp][tap];
    }
    partial[((long long)blockIdx.y * TAPS + tap) * channels + channel] = total;
  }
}

// dw [channels][taps] from partial results: blocks of 32 x 8 threads, 32 sums each.
extern "C" __global__ void __launch_bounds__(THREADS) depthwise_weights_finish(const float *partial, float *dw, int chunks, int channels) {
  __shared__ float sums[THREADS / WARP][WARP];
  int i = blockIdx.x * WARP + threadIdx.x;
  int n = channels * TAPS;
  float v = 0;
  if (i < n) {
#pragma unroll 4
    for (int k = threadIdx.y; k < chunks; k += THREADS / WARP) {
      v += partial[(long long)k * n + i];
    }
  }
  sums[threadIdx.y][threadIdx.x] = v;
  __syncthreads();
  if (threadIdx.y == 0 && i < n) {
    for (int r = 1; r < THREADS / WARP; r++) {
      v += sums[r][threadIdx.x];
    }
    int tap = i / channels;
    dw[(long long)(i - tap * channels) * TAPS + tap] = v;
  }
}
