// Depthwise convolution of two spatial axes: every channel with a kernel of its own. Weights are float32 [channels][KERNEL_H][KERNEL_W]. A thread computes a strip of a row, for VEC neighbouring
// channels where channels are last. Sums over samples and positions are made in two steps, in an order that does not depend on the device: partial results [chunk][tap][channel], then their sum.
#include "storage.cuh"
#include "lanes.cuh"
#include "activation.cuh"
#include "strips.cuh"
#include "chunks.cuh"

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

extern "C" __global__ void __launch_bounds__(THREADS, 2) depthwise_forward_last(const element *x, const float *w, const float *bias, element *y, int samples, int channels, int xh, int xw, int yh, int yw,
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

extern "C" __global__ void __launch_bounds__(THREADS, 2) depthwise_data_last(const element *dy, const float *w, const float *bias, element *dx, int samples, int channels, int xh, int xw, int yh, int yw,
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
