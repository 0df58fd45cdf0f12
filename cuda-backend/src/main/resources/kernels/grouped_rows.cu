// Convolution with narrow groups, planes one after the other: N, C, rows, columns. Weights are float32 [Cout][GROUP_INPUTS][KERNEL_H][KERNEL_W]. A thread computes a strip of a row for four channels of
// the result, so that what it loads of a plane of the other side serves all four; neighbouring threads have neighbouring strips. Sums are made in the same order in every run.
#include "storage.cuh"
#include "activation.cuh"
#include "strips.cuh"
#include "chunks.cuh"

// Channels of a group, multiples of four.
#ifndef GROUP_INPUTS
#define GROUP_INPUTS 4
#endif
#ifndef GROUP_OUTPUTS
#define GROUP_OUTPUTS 4
#endif

#define QUAD 4
#define THREADS 128
#define WARP 32

// Four weights of a tap, side by side in shared memory.
__device__ __forceinline__ void four(const float *from, float (&v)[QUAD]) {
  float4 f = *(const float4 *)from;
  v[0] = f.x;
  v[1] = f.y;
  v[2] = f.z;
  v[3] = f.w;
}

// One element, for all four channels.
__device__ __forceinline__ void spread(const element *from, float (&v)[QUAD]) {
  float one = widen(*from);
#pragma unroll
  for (int i = 0; i < QUAD; i++) {
    v[i] = one;
  }
}

// Finishes a strip of four planes and writes what of it lies in the row.
__device__ __forceinline__ void finish(element *to, long long plane, int column, int width, const float *bias, float (&sum)[STRIP][QUAD]) {
#pragma unroll
  for (int i = 0; i < QUAD; i++) {
    float b = bias ? bias[i] : 0;
#pragma unroll
    for (int t = 0; t < STRIP; t++) {
      if (column + t >= 0 && column + t < width) {
        to[i * plane + t] = narrow(activate(sum[t][i] + b));
      }
    }
  }
}

// Grid x over strips, grid y over fours of channels of the result.

extern "C" __global__ void __launch_bounds__(THREADS, 4) grouped_rows_forward(const element *x, const float *w_all, const float *bias, element *y, int samples, int inputs, int outputs, int xh, int xw,
                                                                          int yh, int yw, int ph, int pw) {
  __shared__ __align__(16) float weights[GROUP_INPUTS * TAPS * QUAD];
  int output = blockIdx.y * QUAD;
  for (int i = threadIdx.x; i < QUAD * GROUP_INPUTS * TAPS; i += THREADS) {
    int o = i / (GROUP_INPUTS * TAPS);
    weights[(i - o * GROUP_INPUTS * TAPS) * QUAD + o] = w_all[(long long)output * GROUP_INPUTS * TAPS + i];
  }
  __syncthreads();
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int strips = y_strips(s);
  int items = samples * yh * strips;
  for (int item = blockIdx.x * THREADS + threadIdx.x; item < items; item += gridDim.x * THREADS) {
    int row = item / strips;
    int ow = (item - row * strips) * STRIP;
    int sample = row / yh;
    int oh = row - sample * yh;
    const element *plane = x + ((long long)sample * inputs + output / GROUP_OUTPUTS * GROUP_INPUTS) * xh * xw;
    float sum[STRIP][QUAD] = {};
#pragma unroll 1
    for (int k = 0; k < GROUP_INPUTS; k++, plane += (long long)xh * xw) {
      gather_y(
          sum, s, oh, ow, [&](int r, int column, float(&v)[QUAD]) { spread(plane + (long long)r * xw + column, v); },
          [&](int tap, float(&v)[QUAD]) { four(weights + (k * TAPS + tap) * QUAD, v); });
    }
    finish(y + (((long long)sample * outputs + output) * yh + oh) * yw + ow, (long long)yh * yw, ow, yw, bias ? bias + output : 0, sum);
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, 4) grouped_rows_data(const element *dy, const float *w_all, const float *bias, element *dx, int samples, int inputs, int outputs, int xh, int xw,
                                                                       int yh, int yw, int ph, int pw) {
  __shared__ __align__(16) float weights[GROUP_OUTPUTS * TAPS * QUAD];
  int input = blockIdx.y * QUAD;
  int group = input / GROUP_INPUTS;
  for (int i = threadIdx.x; i < GROUP_OUTPUTS * QUAD * TAPS; i += THREADS) {
    int o = i / (QUAD * TAPS);
    int rest = i - o * QUAD * TAPS;
    int own = rest / TAPS;
    int tap = rest - own * TAPS;
    weights[(o * TAPS + tap) * QUAD + own] = w_all[((long long)(group * GROUP_OUTPUTS + o) * GROUP_INPUTS + input % GROUP_INPUTS) * TAPS + rest];
  }
  __syncthreads();
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int strips = x_strips(s);
  int items = samples * xh * strips;
  for (int item = blockIdx.x * THREADS + threadIdx.x; item < items; item += gridDim.x * THREADS) {
    int row = item / strips;
    int iw = (item - row * strips) * STRIP - x_lead(s);
    int sample = row / xh;
    int ih = row - sample * xh;
    const element *plane = dy + ((long long)sample * outputs + group * GROUP_OUTPUTS) * yh * yw;
    float sum[STRIP][QUAD] = {};
#pragma unroll 1
    for (int k = 0; k < GROUP_OUTPUTS; k++, plane += (long long)yh * yw) {
      gather_x(
          sum, s, ih, iw, [&](int r, int column, float(&v)[QUAD]) { spread(plane + (long long)r * yw + column, v); },
          [&](int tap, float(&v)[QUAD]) { four(weights + (k * TAPS + tap) * QUAD, v); });
    }
    finish(dx + (((long long)sample * inputs + input) * xh + ih) * xw + iw, (long long)xh * xw, iw, xw, bias ? bias + input : 0, sum);
  }
}

// Grid x over fours of outputs with one input of their group each, grid y over chunks of samples and rows.
extern "C" __global__ void __launch_bounds__(THREADS, 3) grouped_rows_weights(const element *x, const element *dy, float *partial, int samples, int inputs, int outputs, int xh, int xw, int yh, int yw,
                                                                          int ph, int pw) {
  __shared__ float sums[THREADS / WARP][TAPS * QUAD];
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int own = blockIdx.x % GROUP_INPUTS;
  int output = blockIdx.x / GROUP_INPUTS * QUAD;
  int input = output / GROUP_OUTPUTS * GROUP_INPUTS + own;
  int strips = y_strips(s);
  int items = samples * yh * strips;
  float sum[TAPS][QUAD] = {};
  for (int item = blockIdx.y * THREADS + threadIdx.x; item < items; item += gridDim.y * THREADS) {
    int row = item / strips;
    int ow = (item - row * strips) * STRIP;
    int sample = row / yh;
    int oh = row - sample * yh;
    const element *from_x = x + ((long long)sample * inputs + input) * xh * xw;
    const element *from_y = dy + ((long long)sample * outputs + output) * yh * yw;
    gather_w(
        sum, s, oh, ow, [&](int r, int column, float(&v)[QUAD]) { spread(from_x + (long long)r * xw + column, v); },
        [&](int r, int column, float(&v)[QUAD]) {
#pragma unroll
          for (int i = 0; i < QUAD; i++) {
            v[i] = widen(from_y[((long long)i * yh + r) * yw + column]);
          }
        });
  }
#pragma unroll
  for (int j = 0; j < TAPS * QUAD; j++) {
    float v = sum[j / QUAD][j % QUAD];
    for (int lane = WARP / 2; lane > 0; lane /= 2) {
      v += __shfl_down_sync(0xffffffffu, v, lane);
    }
    if (threadIdx.x % WARP == 0) {
      sums[threadIdx.x / WARP][j] = v;
    }
  }
  __syncthreads();
  float *to = partial + (long long)blockIdx.y * outputs * GROUP_INPUTS * TAPS;
  for (int j = threadIdx.x; j < TAPS * QUAD; j += THREADS) {
    float total = 0;
    for (int warp = 0; warp < THREADS / WARP; warp++) {
      total += sums[warp][j];
    }
    to[((long long)(output + j % QUAD) * GROUP_INPUTS + own) * TAPS + j / QUAD] = total;
  }
}
