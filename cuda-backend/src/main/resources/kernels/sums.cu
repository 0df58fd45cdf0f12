// Sums over everything but channels, and over everything.
#include "storage.cuh"
#include "lanes.cuh"
#include "channels.cuh"

template <int n>
__device__ __forceinline__ void sum_rows(const element *x, float *partial, int samples, int channels, int plane, int tile) {
  Sum<1> s;
  s.clear();
  visit_rows<n>(samples, channels, plane, tile, [&](long long at) {
    float v[n];
    read(x + at, v);
#pragma unroll
    for (int i = 0; i < n; i++) {
      s.v[0] += v[i];
    }
  });
  leave_rows<Sum<1>, 1>(s, partial, channels);
}

template <int n>
__device__ __forceinline__ void sum_last(const element *x, float *partial, long long rows, int channels) {
  Sum<1> s[n];
#pragma unroll
  for (int i = 0; i < n; i++) {
    s[i].clear();
  }
  visit_last<n>(rows, channels, [&](long long at) {
    float v[n];
    read(x + at, v);
#pragma unroll
    for (int i = 0; i < n; i++) {
      s[i].v[0] += v[i];
    }
  });
  leave_last<Sum<1>, 1>(s, partial, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sum_rows_wide(const element *x, float *partial, int samples, int channels, int plane, int tile) {
  sum_rows<LANES>(x, partial, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sum_rows_narrow(const element *x, float *partial, int samples, int channels, int plane, int tile) {
  sum_rows<1>(x, partial, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sum_last_wide(const element *x, float *partial, long long rows, int channels) {
  sum_last<LANES>(x, partial, rows, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sum_last_narrow(const element *x, float *partial, long long rows, int channels) {
  sum_last<1>(x, partial, rows, channels);
}

// The sums, times a factor.
extern "C" __global__ void __launch_bounds__(FINISH_THREADS) totals(const float *partial, int chunks, int channels, float factor, float *y) {
  Sum<1> s;
  if (finish<Sum<1>, 1>(partial, chunks, channels, s)) {
    y[blockIdx.x * FINISH_CHANNELS + threadIdx.x] = s.v[0] * factor;
  }
}

#define AXES 6

__device__ __forceinline__ long long place(long long index, const int (&size)[AXES], const long long (&stride)[AXES]) {
  long long at = 0;
#pragma unroll
  for (int k = AXES - 1; k >= 0; k--) {
    if (size[k] != 1) {
      long long rest = index / size[k];
      at += (index - rest * size[k]) * stride[k];
      index = rest;
    }
  }
  return at;
}

// Sums over any axes: a thread adds up all of one result. s and t are the sizes and distances of the axes that stay, r and d those of the axes that go.
extern "C" __global__ void __launch_bounds__(256) sum_any(const element *x, float *y, float factor, long long n, long long terms, int s0, int s1, int s2, int s3, int s4, int s5, long long t0,
    long long t1, long long t2, long long t3, long long t4, long long t5, int r0, int r1, int r2, int r3, int r4, int r5, long long d0, long long d1, long long d2, long long d3, long long d4,
    long long d5) {
  const int stay[AXES] = {s0, s1, s2, s3, s4, s5};
  const long long between[AXES] = {t0, t1, t2, t3, t4, t5};
  const int go[AXES] = {r0, r1, r2, r3, r4, r5};
  const long long apart[AXES] = {d0, d1, d2, d3, d4, d5};
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    long long base = place(i, stay, between);
    float sum = 0;
    for (long long k = 0; k < terms; k++) {
      sum += widen(x[base + place(k, go, apart)]);
    }
    y[i] = sum * factor;
  }
}
