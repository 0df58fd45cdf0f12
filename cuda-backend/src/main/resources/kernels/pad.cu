// Elements around a tensor of up to six axes: a constant (mode 0), a mirror image without its border (1) or the border again (2). The gradient of the last two folds one axis at a time.
#include "storage.cuh"

#define AXES 6

// The index that a padded position reads, or -1.
__device__ __forceinline__ int source(int position, int low, int size, int mode) {
  int i = position - low;
  if (i >= 0 && i < size) {
    return i;
  }
  return mode == 0 ? -1 : mode == 1 ? (i < 0 ? -i : 2 * (size - 1) - i) : (i < 0 ? 0 : size - 1);
}

extern "C" __global__ void __launch_bounds__(256) pad(const element *x, element *y, float value, int mode, long long n, int p0, int p1, int p2, int p3, int p4, int p5, int s0, int s1, int s2, int s3,
    int s4, int s5, int l0, int l1, int l2, int l3, int l4, int l5) {
  const int padded[AXES] = {p0, p1, p2, p3, p4, p5};
  const int size[AXES] = {s0, s1, s2, s3, s4, s5};
  const int low[AXES] = {l0, l1, l2, l3, l4, l5};
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    long long rest = i;
    long long at = 0;
    long long step = 1;
    bool constant = false;
#pragma unroll
    for (int k = AXES - 1; k >= 0; k--) {
      if (padded[k] != 1) {
        long long quotient = rest / padded[k];
        int p = source((int)(rest - quotient * padded[k]), low[k], size[k], mode);
        rest = quotient;
        constant |= p < 0;
        at += p * step;
        step *= size[k];
      }
    }
    y[i] = constant ? narrow(value) : x[at];
  }
}

// dx [outer][size][inner] from dy [outer][low + size + high][inner]: each element adds up all positions that read it.
extern "C" __global__ void __launch_bounds__(256) fold(const element *dy, element *dx, int mode, long long n, int size, int low, int high, long long inner) {
  int padded = low + size + high;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    long long line = i / inner;
    long long outer = line / size;
    int p = (int)(line - outer * size);
    const element *from = dy + outer * padded * inner + (i - line * inner);
    float sum = widen(from[(p + low) * inner]);
    if (mode == 1) {
      if (p > 0 && p <= low) {
        sum += widen(from[(low - p) * inner]);
      }
      int mirrored = 2 * (size - 1) - p;
      if (p < size - 1 && mirrored < size + high) {
        sum += widen(from[(mirrored + low) * inner]);
      }
    } else {
      for (int k = 0; p == 0 && k < low; k++) {
        sum += widen(from[k * inner]);
      }
      for (int k = 0; p == size - 1 && k < high; k++) {
        sum += widen(from[(low + size + k) * inner]);
      }
    }
    dx[i] = narrow(sum);
  }
}
