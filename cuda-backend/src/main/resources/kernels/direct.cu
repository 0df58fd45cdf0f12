// Convolution of three spatial axes from its definition, one thread an element of the result: for what no library and no other kernel computes. Rows (N, C, spatial). Weights are float32
// [Cout][Cin / groups][k0][k1][k2].
#include "storage.cuh"
#include "activation.cuh"

struct Direct {
  int samples, inputs, outputs, groups;
  int x0, x1, x2, y0, y1, y2, k0, k1, k2;
  int s0, s1, s2, p0, p1, p2, d0, d1, d2;
};

#define SIZES                                                                                                                                                                                    \
  int samples, int inputs, int outputs, int groups, int x0, int x1, int x2, int y0, int y1, int y2, int k0, int k1, int k2, int s0, int s1, int s2, int p0, int p1, int p2, int d0, int d1, int d2
#define GIVEN {samples, inputs, outputs, groups, x0, x1, x2, y0, y1, y2, k0, k1, k2, s0, s1, s2, p0, p1, p2, d0, d1, d2}

// The coordinates of position i of a volume.
__device__ __forceinline__ void split(long long i, int n1, int n2, int &a, int &b, int &c) {
  c = (int)(i % n2);
  b = (int)(i / n2 % n1);
  a = (int)(i / n2 / n1);
}

extern "C" __global__ void direct_forward(const element *x, const float *w, const float *bias, element *y, SIZES) {
  Direct g = GIVEN;
  long long plane = (long long)g.y0 * g.y1 * g.y2;
  long long n = plane * g.outputs * g.samples;
  int per_group = g.inputs / g.groups;
  int taps = g.k0 * g.k1 * g.k2;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    int a, b, c;
    split(i % plane, g.y1, g.y2, a, b, c);
    int output = (int)(i / plane % g.outputs);
    long long sample = i / plane / g.outputs;
    int first = output / (g.outputs / g.groups) * per_group;
    float sum = 0;
    for (int k = 0; k < per_group; k++) {
      const element *from = x + (sample * g.inputs + first + k) * g.x0 * g.x1 * g.x2;
      const float *weights = w + ((long long)output * per_group + k) * taps;
      for (int tap = 0; tap < taps; tap++) {
        int t0, t1, t2;
        split(tap, g.k1, g.k2, t0, t1, t2);
        int i0 = a * g.s0 - g.p0 + t0 * g.d0;
        int i1 = b * g.s1 - g.p1 + t1 * g.d1;
        int i2 = c * g.s2 - g.p2 + t2 * g.d2;
        if (i0 >= 0 && i0 < g.x0 && i1 >= 0 && i1 < g.x1 && i2 >= 0 && i2 < g.x2) {
          sum = fmaf(widen(from[((long long)i0 * g.x1 + i1) * g.x2 + i2]), weights[tap], sum);
        }
      }
    }
    y[i] = narrow(activate(sum + (bias ? bias[output] : 0)));
  }
}

extern "C" __global__ void direct_data(const element *dy, const float *w, const float *bias, element *dx, SIZES) {
  Direct g = GIVEN;
  long long plane = (long long)g.x0 * g.x1 * g.x2;
  long long n = plane * g.inputs * g.samples;
  int per_group = g.inputs / g.groups;
  int outputs_per_group = g.outputs / g.groups;
  int taps = g.k0 * g.k1 * g.k2;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    int a, b, c;
    split(i % plane, g.x1, g.x2, a, b, c);
    int input = (int)(i / plane % g.inputs);
    long long sample = i / plane / g.inputs;
    int first = input / per_group * outputs_per_group;
    float sum = 0;
    for (int k = 0; k < outputs_per_group; k++) {
      const element *from = dy + (sample * g.outputs + first + k) * g.y0 * g.y1 * g.y2;
      const float *weights = w + ((long long)(first + k) * per_group + input % per_group) * taps;
      for (int tap = 0; tap < taps; tap++) {
        int t0, t1, t2;
        split(tap, g.k1, g.k2, t0, t1, t2);
        int o0 = a + g.p0 - t0 * g.d0;
        int o1 = b + g.p1 - t1 * g.d1;
        int o2 = c + g.p2 - t2 * g.d2;
        if (o0 >= 0 && o0 % g.s0 == 0 && o0 / g.s0 < g.y0 && o1 >= 0 && o1 % g.s1 == 0 && o1 / g.s1 < g.y1 && o2 >= 0 && o2 % g.s2 == 0 && o2 / g.s2 < g.y2) {
          sum = fmaf(widen(from[((long long)(o0 / g.s0) * g.y1 + o1 / g.s1) * g.y2 + o2 / g.s2]), weights[tap], sum);
        }
      }
    }
    dx[i] = narrow(activate(sum + (bias ? bias[input] : 0)));
  }
}

// One block of 256 threads a weight.
extern "C" __global__ void __launch_bounds__(256) direct_weights(const element *x, const element *dy, float *dw, SIZES) {
  Direct g = GIVEN;
  __shared__ float sums[256];
  int per_group = g.inputs / g.groups;
  int taps = g.k0 * g.k1 * g.k2;
  long long weight = blockIdx.x;
  int tap = (int)(weight % taps);
  int k = (int)(weight / taps % per_group);
  int output = (int)(weight / taps / per_group);
  int input = output / (g.outputs / g.groups) * per_group + k;
  int t0, t1, t2;
  split(tap, g.k1, g.k2, t0, t1, t2);
  long long plane = (long long)g.y0 * g.y1 * g.y2;
  float sum = 0;
  for (long long i = threadIdx.x; i < plane * g.samples; i += 256) {
    int a, b, c;
    split(i % plane, g.y1, g.y2, a, b, c);
    long long sample = i / plane;
    int i0 = a * g.s0 - g.p0 + t0 * g.d0;
    int i1 = b * g.s1 - g.p1 + t1 * g.d1;
    int i2 = c * g.s2 - g.p2 + t2 * g.d2;
    if (i0 >= 0 && i0 < g.x0 && i1 >= 0 && i1 < g.x1 && i2 >= 0 && i2 < g.x2) {
      float v = widen(x[(((sample * g.inputs + input) * g.x0 + i0) * g.x1 + i1) * g.x2 + i2]);
      sum = fmaf(v, widen(dy[(sample * g.outputs + output) * plane + i % plane]), sum);
    }
  }
  sums[threadIdx.x] = sum;
  for (int half = 128; half > 0; half /= 2) {
    __syncthreads();
    if ((int)threadIdx.x < half) {
      sums[threadIdx.x] += sums[threadIdx.x + half];
    }
  }
  if (threadIdx.x == 0) {
    dw[weight] = sums[0];
  }
}
