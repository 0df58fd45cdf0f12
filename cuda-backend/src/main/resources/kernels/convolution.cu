// What goes before and after a library's convolution: padding that differs between the sides of an axis, and bias with activation.
#include "storage.cuh"
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

// y = activation(y + bias), in place; the channel of element i is i / inner % channels. A null bias is none.
extern "C" __global__ void finish(element *y, const float *bias, long long n, int inner, int channels) {
  long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
    float b = bias ? bias[(int)(i / inner % channels)] : 0;
    y[i] = narrow(activate(widen(y[i]) + b));
  }
}
