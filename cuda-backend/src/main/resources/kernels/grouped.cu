// Grouped convolution of two spatial axes with few channels a group, channels last. A thread computes a strip of a row for four neighbouring channels of the result, which lie in one group; it takes
// the channels that it sums over four at a time. Weights are float32 [Cout][GROUP_INPUTS][KERNEL_H][KERNEL_W]. The gradient of the weights is summed in two steps, in an order that does not depend on
// the device: partial results [chunk][weight], then their sum.
#include "storage.cuh"
#include "lanes.cuh"
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
// Threads side by side along channels; the block's channels are whole groups.
#ifndef CHANNEL_THREADS
#define CHANNEL_THREADS 32
#endif
// Threads along positions, in the gradient of the weights.
#ifndef POSITION_THREADS
#define POSITION_THREADS 2
#endif

#define QUAD 4
#define THREADS 128
#define SLICE (CHANNEL_THREADS * QUAD)

// Adds to a strip of four channels what one row and four channels of the other side give: v[column][k] times weights [tap of the row][k][channel], at `taps` in shared memory.
#define ACCUMULATE(column_of)                                                           \
  _Pragma("unroll") for (int kw = 0; kw < KERNEL_W; kw++) {                             \
    float w[QUAD][QUAD];                                                                \
    _Pragma("unroll") for (int k = 0; k < QUAD; k++) {                                  \
      float4 four = *(const float4 *)(taps + (kw * per_tap + k) * SLICE);               \
      w[k][0] = four.x;                                                                 \
      w[k][1] = four.y;                                                                 \
      w[k][2] = four.z;                                                                 \
      w[k][3] = four.w;                                                                 \
    }                                                                                   \
    _Pragma("unroll") for (int t = 0; t < STRIP; t++) {                                 \
      if (column_of >= 0) {                                                             \
        _Pragma("unroll") for (int k = 0; k < QUAD; k++) {                              \
          _Pragma("unroll") for (int o = 0; o < QUAD; o++) {                            \
            sum[t][o] = fmaf(v[column_of][k], w[k][o], sum[t][o]);                      \
          }                                                                             \
        }                                                                               \
      }                                                                                 \
    }                                                                                   \
  }

extern "C" __global__ void __launch_bounds__(THREADS, 3) grouped_forward(const element *x, const float *w_all, const float *bias, element *y, int samples, int inputs, int outputs, int xh, int xw, int yh,
                                                                     int yw, int ph, int pw) {
  const int per_tap = GROUP_INPUTS;
  __shared__ __align__(16) float weights[TAPS * GROUP_INPUTS * SLICE];
  int first_output = blockIdx.x * SLICE;
  for (int i = threadIdx.y * CHANNEL_THREADS + threadIdx.x; i < SLICE * GROUP_INPUTS * TAPS; i += THREADS) {
    int output = i / (GROUP_INPUTS * TAPS);
    int rest = i - output * GROUP_INPUTS * TAPS;
    int k = rest / TAPS;
    int tap = rest - k * TAPS;
    weights[(tap * GROUP_INPUTS + k) * SLICE + output] = first_output + output < outputs ? w_all[(long long)first_output * GROUP_INPUTS * TAPS + i] : 0;
  }
  __syncthreads();
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int local = threadIdx.x * QUAD;
  int output = first_output + local;
  if (output >= outputs) {
    return;
  }
  const element *from = x + output / GROUP_OUTPUTS * GROUP_INPUTS;
  int strips = y_strips(s);
  int items = samples * strips * yh;
  for (int item = blockIdx.y * blockDim.y + threadIdx.y; item < items; item += gridDim.y * blockDim.y) {
    int rest = item / yh;
    int oh = item - rest * yh;
    int sample = rest / strips;
    int ow = (rest - sample * strips) * STRIP;
    int first = ow * STRIDE_W - pw;
    float sum[STRIP][QUAD] = {};
#pragma unroll 1
    for (int kh = 0; kh < KERNEL_H; kh++) {
      int ih = x_row(s, oh, kh);
      if (ih < 0 || ih >= xh) {
        continue;
      }
      const element *row = from + ((long long)sample * xh + ih) * xw * inputs;
#pragma unroll 1
      for (int k0 = 0; k0 < GROUP_INPUTS; k0 += QUAD) {
        float v[X_COLUMNS][QUAD];
#pragma unroll
        for (int c = 0; c < X_COLUMNS; c++) {
#pragma unroll
          for (int k = 0; k < QUAD; k++) {
            v[c][k] = 0;
          }
          if (x_column_used(c) && first + c >= 0 && first + c < xw) {
            read(row + (long long)(first + c) * inputs + k0, v[c]);
          }
        }
        const float *taps = weights + (kh * KERNEL_W * GROUP_INPUTS + k0) * SLICE + local;
        ACCUMULATE((t * STRIDE_W + kw * DILATION_W))
      }
    }
    element *to = y + (((long long)sample * yh + oh) * yw + ow) * outputs + output;
#pragma unroll
    for (int t = 0; t < STRIP; t++) {
      if (ow + t < yw) {
#pragma unroll
        for (int o = 0; o < QUAD; o++) {
          sum[t][o] = activate(sum[t][o] + (bias ? bias[output + o] : 0));
        }
        write(to + (long long)t * outputs, sum[t]);
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, 3) grouped_data(const element *dy, const float *w_all, const float *bias, element *dx, int samples, int inputs, int outputs, int xh, int xw, int yh,
                                                                  int yw, int ph, int pw) {
  const int per_tap = GROUP_OUTPUTS;
  __shared__ __align__(16) float weights[TAPS * GROUP_OUTPUTS * SLICE];
  int first_input = blockIdx.x * SLICE;
  // Whole groups: their weights lie together.
  int first_output = first_input / GROUP_INPUTS * GROUP_OUTPUTS;
  for (int i = threadIdx.y * CHANNEL_THREADS + threadIdx.x; i < SLICE * GROUP_OUTPUTS * TAPS; i += THREADS) {
    int output = i / (GROUP_INPUTS * TAPS);
    int rest = i - output * GROUP_INPUTS * TAPS;
    int input = rest / TAPS;
    int tap = rest - input * TAPS;
    int column = output / GROUP_OUTPUTS * GROUP_INPUTS + input;
    weights[(tap * GROUP_OUTPUTS + output % GROUP_OUTPUTS) * SLICE + column] = first_output + output < outputs ? w_all[(long long)first_output * GROUP_INPUTS * TAPS + i] : 0;
  }
  __syncthreads();
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int local = threadIdx.x * QUAD;
  int input = first_input + local;
  if (input >= inputs) {
    return;
  }
  const element *from = dy + input / GROUP_INPUTS * GROUP_OUTPUTS;
  int strips = x_strips(s);
  int items = samples * strips * xh;
  for (int item = blockIdx.y * blockDim.y + threadIdx.y; item < items; item += gridDim.y * blockDim.y) {
    int rest = item / xh;
    int ih = item - rest * xh;
    int sample = rest / strips;
    int iw = (rest - sample * strips) * STRIP - x_lead(s);
    int first = (iw + pw) / STRIDE_W - Y_BEFORE;
    float sum[STRIP][QUAD] = {};
#pragma unroll 1
    for (int kh = 0; kh < KERNEL_H; kh++) {
      int oh = y_row(s, ih, kh);
      if (oh < 0) {
        continue;
      }
      const element *row = from + ((long long)sample * yh + oh) * yw * outputs;
#pragma unroll 1
      for (int k0 = 0; k0 < GROUP_OUTPUTS; k0 += QUAD) {
        float v[Y_COLUMNS][QUAD];
#pragma unroll
        for (int c = 0; c < Y_COLUMNS; c++) {
#pragma unroll
          for (int k = 0; k < QUAD; k++) {
            v[c][k] = 0;
          }
          if (y_column_used(c) && first + c >= 0 && first + c < yw) {
            read(row + (long long)(first + c) * outputs + k0, v[c]);
          }
        }
        const float *taps = weights + (kh * KERNEL_W * GROUP_OUTPUTS + k0) * SLICE + local;
        ACCUMULATE(y_column(t, kw))
      }
    }
    element *to = dx + (((long long)sample * xh + ih) * xw + iw) * inputs + input;
#pragma unroll
    for (int t = 0; t < STRIP; t++) {
      if (iw + t >= 0 && iw + t < xw) {
#pragma unroll
        for (int o = 0; o < QUAD; o++) {
          sum[t][o] = activate(sum[t][o] + (bias ? bias[input + o] : 0));
        }
        write(to + (long long)t * inputs, sum[t]);
      }
    }
  }
}

// Blocks of CHANNEL_THREADS x KERNEL_H x POSITION_THREADS: along x, pairs of four outputs with four inputs of their group; along y, the rows of the kernel. Grid x over pairs, grid y over chunks.
extern "C" __global__ void __launch_bounds__(CHANNEL_THREADS *KERNEL_H *POSITION_THREADS) grouped_weights(const element *x, const element *dy, float *partial, int samples, int inputs, int outputs,
                                                                                                        int xh, int xw, int yh, int yw, int ph, int pw) {
  const int pairs_per_group = GROUP_OUTPUTS / QUAD * (GROUP_INPUTS / QUAD);
  __shared__ float sums[KERNEL_H][KERNEL_W * QUAD * QUAD][CHANNEL_THREADS];
  Sizes s = {samples, xh, xw, yh, yw, ph, pw};
  int pair = blockIdx.x * CHANNEL_THREADS + threadIdx.x;
  int group = pair / pairs_per_group;
  int within = pair - group * pairs_per_group;
  int output = group * GROUP_OUTPUTS + within / (GROUP_INPUTS / QUAD) * QUAD;
  int own_input = within % (GROUP_INPUTS / QUAD) * QUAD;
  int input = group * GROUP_INPUTS + own_input;
  int kh = threadIdx.y;
  float sum[KERNEL_W][QUAD][QUAD] = {};
  if (output < outputs) {
    int strips = y_strips(s);
    int items = samples * strips * yh;
    for (int item = blockIdx.y * POSITION_THREADS + threadIdx.z; item < items; item += gridDim.y * POSITION_THREADS) {
      int rest = item / yh;
      int oh = item - rest * yh;
      int sample = rest / strips;
      int ow = (rest - sample * strips) * STRIP;
      int ih = x_row(s, oh, kh);
      if (ih < 0 || ih >= xh) {
        continue;
      }
      float d[STRIP][QUAD];
#pragma unroll
      for (int t = 0; t < STRIP; t++) {
#pragma unroll
        for (int o = 0; o < QUAD; o++) {
          d[t][o] = 0;
        }
        if (ow + t < yw) {
          read(dy + (((long long)sample * yh + oh) * yw + ow + t) * outputs + output, d[t]);
        }
      }
      int first = ow * STRIDE_W - pw;
      const element *row = x + ((long long)sample * xh + ih) * xw * inputs + input;
#pragma unroll
      for (int c = 0; c < X_COLUMNS; c++) {
        if (!x_column_used(c)) {
          continue;
        }
        float v[QUAD] = {};
        if (first + c >= 0 && first + c < xw) {
          read(row + (long long)(first + c) * inputs, v);
        }
#pragma unroll
        for (int t = 0; t < STRIP; t++) {
#pragma unroll
          for (int kw = 0; kw < KERNEL_W; kw++) {
            if (t * STRIDE_W + kw * DILATION_W == c) {
#pragma unroll
              for (int o = 0; o < QUAD; o++) {
#pragma unroll
                for (int i = 0; i < QUAD; i++) {
                  sum[kw][o][i] = fmaf(d[t][o], v[i], sum[kw][o][i]);
                }
              }
            }
          }
        }
      }
    }
  }
  for (int r = 0; r < POSITION_THREADS; r++) {
    if ((int)threadIdx.z == r) {
#pragma unroll
      for (int j = 0; j < KERNEL_W * QUAD * QUAD; j++) {
        float *total = &sums[kh][j][threadIdx.x];
        float v = sum[j / (QUAD * QUAD)][j / QUAD % QUAD][j % QUAD];
        *total = r == 0 ? v : *total + v;
      }
    }
    __syncthreads();
  }
  if (threadIdx.z == 0 && output < outputs) {
    float *to = partial + (long long)blockIdx.y * outputs * GROUP_INPUTS * TAPS;
#pragma unroll
    for (int j = 0; j < KERNEL_W * QUAD * QUAD; j++) {
      int kw = j / (QUAD * QUAD);
      int o = j / QUAD % QUAD;
      int i = j % QUAD;
      to[((long long)(output + o) * GROUP_INPUTS + own_input + i) * TAPS + kh * KERNEL_W + kw] = sums[kh][j][threadIdx.x];
    }
  }
}
