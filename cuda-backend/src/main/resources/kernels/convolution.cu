// What goes before and after a library's convolution: padding that differs between the sides of an axis, and bias with activation.
#include "storage.cuh"
#include "lanes.cuh"
#include "activation.cuh"

// y[outer][o0][o1][o2][inner] = x[outer][o0 - s0][o1 - s1][o2 - s2][inner] where x has such a position, else zero: padding with positive shifts, cropping with negative ones.
extern "C" __global__ void window(const element *x, element *y, long long n, int inner, int x0, int x1, int x2, int y0, int y1, int y2, int s0, int s1, int s2) {
  long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
    long long position = i / inner;
    int channel = (int)(i - position * inner);
    long long row = position / y2;
    int p2 = (int)(position - row * y2) - s2;
    long long plane = row / y1;
    int p1 = (int)(row - plane * y1) - s1;
    long long outer = plane / y0;
    int p0 = (int)(plane - outer * y0) - s0;
    bool inside = p0 >= 0 && p0 < x0 && p1 >= 0 && p1 < x1 && p2 >= 0 && p2 < x2;
    y[i] = inside ? x[(((outer * x0 + p0) * x1 + p1) * x2 + p2) * inner + channel] : narrow(0);
  }
}

// y = activation(y + bias), in place; the channel of element i is i / inner % channels. A null bias is none. A thread takes LANES elements at a time.
extern "C" __global__ void finish(element *y, const float *bias, long long n, int inner, int channels) {
  long long packs = (n + LANES - 1) / LANES;
  long long step = (long long)gridDim.x * blockDim.x;
  for (long long pack = (long long)blockIdx.x * blockDim.x + threadIdx.x; pack < packs; pack += step) {
    long long first = pack * LANES;
    bool whole = first + LANES <= n;
    long long outer = first / inner;
    int position = (int)(first - outer * inner);
    int channel = (int)(outer % channels);
    float v[LANES];
    if (whole) {
      read(y + first, v);
    } else {
#pragma unroll
      for (int k = 0; k < LANES; k++) {
        v[k] = first + k < n ? widen(y[first + k]) : 0;
      }
    }
#pragma unroll
    for (int k = 0; k < LANES; k++) {
      v[k] = activate(v[k] + (bias ? bias[channel] : 0));
      if (++position == inner) {
        position = 0;
        channel = channel + 1 == channels ? 0 : channel + 1;
      }
    }
    if (whole) {
      write(y + first, v);
    } else {
#pragma unroll
      for (int k = 0; k < LANES; k++) {
        if (first + k < n) {
          y[first + k] = narrow(v[k]);
        }
      }
    }
  }
}
