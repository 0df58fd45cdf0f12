// Gradient of batch normalisation (Ioffe and Szegedy 2015, section 3), with the gradient of a fused ReLU: one pass for the sums over dz and dz (x - mean), one for dx. If dz, which is dy where y is positive,
// is wanted by others too, the first pass writes it and the second reads it instead of dy and y.
#include "storage.cuh"
#include "lanes.cuh"
#include "channels.cuh"

// dz of n elements: dy, or where y is given, dy where y is positive.
template <int n>
__device__ __forceinline__ void masked(const element *dy, const element *y, long long at, float (&dz)[n]) {
  read(dy + at, dz);
  if (y) {
    float v[n];
    read(y + at, v);
#pragma unroll
    for (int i = 0; i < n; i++) {
      dz[i] = v[i] > 0 ? dz[i] : 0;
    }
  }
}

template <int n>
__device__ __forceinline__ void add_sums(const element *dy, const element *x, const element *y, element *dz, long long at, const float *mean, Sum<2> *s, int step) {
  float g[n];
  float v[n];
  masked(dy, y, at, g);
  read(x + at, v);
#pragma unroll
  for (int i = 0; i < n; i++) {
    s[i * step].v[0] += g[i];
    s[i * step].v[1] = fmaf(g[i], v[i] - mean[i * step], s[i * step].v[1]);
  }
  if (dz) {
    write(dz + at, g);
  }
}

template <int n>
__device__ __forceinline__ void sums_rows(const element *dy, const element *x, const element *y, const float *mean, element *dz, float *partial, int samples, int channels, int plane, int tile) {
  Sum<2> s;
  s.clear();
  float m = mean[blockIdx.x];
  visit_rows<n>(samples, channels, plane, tile, [&](long long at) { add_sums<n>(dy, x, y, dz, at, &m, &s, 0); });
  leave_rows<Sum<2>, 2>(s, partial, channels);
}

template <int n>
__device__ __forceinline__ void sums_last(const element *dy, const element *x, const element *y, const float *mean, element *dz, float *partial, long long rows, int channels) {
  Sum<2> s[n];
  float m[n];
  int c = own_channel<n>();
#pragma unroll
  for (int i = 0; i < n; i++) {
    s[i].clear();
    m[i] = c < channels ? mean[c + i] : 0;
  }
  visit_last<n>(rows, channels, [&](long long at) { add_sums<n>(dy, x, y, dz, at, m, s, 1); });
  leave_last<Sum<2>, 2>(s, partial, channels);
}

#define SUMS_ARGUMENTS const element *dy, const element *x, const element *y, const float *mean, element *dz, float *partial

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_rows_wide(SUMS_ARGUMENTS, int samples, int channels, int plane, int tile) {
  sums_rows<LANES>(dy, x, y, mean, dz, partial, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_rows_narrow(SUMS_ARGUMENTS, int samples, int channels, int plane, int tile) {
  sums_rows<1>(dy, x, y, mean, dz, partial, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_last_wide(SUMS_ARGUMENTS, long long rows, int channels) {
  sums_last<LANES>(dy, x, y, mean, dz, partial, rows, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_last_narrow(SUMS_ARGUMENTS, long long rows, int channels) {
  sums_last<1>(dy, x, y, mean, dz, partial, rows, channels);
}

// With an epsilon, spread is the variance, else it is 1 / deviation already.
__device__ __forceinline__ float inverse_of(float spread, float epsilon) { return epsilon < 0 ? spread : 1 / sqrtf(spread + epsilon); }

extern "C" __global__ void __launch_bounds__(THREADS, 2) parameters(const float *partial, int chunks, int channels, const float *spread, float epsilon, float *dgamma, float *dbeta) {
  Sum<2> s;
  if (finish<Sum<2>, 2>(partial, chunks, channels, s)) {
    int c = blockIdx.x * FINISH_CHANNELS + threadIdx.x;
    dbeta[c] = s.v[0];
    dgamma[c] = s.v[1] * inverse_of(spread[c], epsilon);
  }
}

// dx = factor (dz - offset - (x - mean) slope), where offset is dbeta / n and slope is dgamma inverse / n; with fixed statistics, where dgamma is not given, both are 0 and x does not matter.
struct Channel {
  float mean;
  float factor;
  float offset;
  float slope;

  __device__ __forceinline__ void load(int c, const float *gamma, const float *means, const float *spread, float epsilon, const float *dgamma, const float *dbeta, float inverse_count) {
    float inverse = inverse_of(spread[c], epsilon);
    mean = means[c];
    factor = gamma[c] * inverse;
    offset = dgamma ? dbeta[c] * inverse_count : 0;
    slope = dgamma ? dgamma[c] * inverse * inverse_count : 0;
  }
};

template <int n>
__device__ __forceinline__ void gradient(const element *dy, const element *x, const element *y, element *dx, long long at, const Channel *k, int step, bool fixed) {
  float g[n];
  float v[n];
  masked(dy, y, at, g);
  if (!fixed) {
    read(x + at, v);
  }
#pragma unroll
  for (int i = 0; i < n; i++) {
    float centred = fixed ? g[i] : g[i] - k[i * step].offset - (v[i] - k[i * step].mean) * k[i * step].slope;
    g[i] = k[i * step].factor * centred;
  }
  write(dx + at, g);
}

template <int n>
__device__ __forceinline__ void gradient_rows(const element *dy, const element *x, const element *y, const float *gamma, const float *mean, const float *spread, float epsilon, const float *dgamma,
    const float *dbeta, float inverse_count, element *dx, int samples, int channels, int plane, int tile) {
  Channel k;
  k.load(blockIdx.x, gamma, mean, spread, epsilon, dgamma, dbeta, inverse_count);
  visit_rows<n>(samples, channels, plane, tile, [&](long long at) { gradient<n>(dy, x, y, dx, at, &k, 0, !dgamma); });
}

template <int n>
__device__ __forceinline__ void gradient_last(const element *dy, const element *x, const element *y, const float *gamma, const float *mean, const float *spread, float epsilon, const float *dgamma,
    const float *dbeta, float inverse_count, element *dx, long long rows, int channels) {
  int c = own_channel<n>();
  if (c < channels) {
    Channel k[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      k[i].load(c + i, gamma, mean, spread, epsilon, dgamma, dbeta, inverse_count);
    }
    visit_last<n>(rows, channels, [&](long long at) { gradient<n>(dy, x, y, dx, at, k, 1, !dgamma); });
  }
}

#define GRADIENT_ARGUMENTS                                                                                                                                                                        \
  const element *dy, const element *x, const element *y, const float *gamma, const float *mean, const float *spread, float epsilon, const float *dgamma, const float *dbeta, float inverse_count, \
      element *dx

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_rows_wide(GRADIENT_ARGUMENTS, int samples, int channels, int plane, int tile) {
  gradient_rows<LANES>(dy, x, y, gamma, mean, spread, epsilon, dgamma, dbeta, inverse_count, dx, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_rows_narrow(GRADIENT_ARGUMENTS, int samples, int channels, int plane, int tile) {
  gradient_rows<1>(dy, x, y, gamma, mean, spread, epsilon, dgamma, dbeta, inverse_count, dx, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_last_wide(GRADIENT_ARGUMENTS, long long rows, int channels) {
  gradient_last<LANES>(dy, x, y, gamma, mean, spread, epsilon, dgamma, dbeta, inverse_count, dx, rows, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_last_narrow(GRADIENT_ARGUMENTS, long long rows, int channels) {
  gradient_last<1>(dy, x, y, gamma, mean, spread, epsilon, dgamma, dbeta, inverse_count, dx, rows, channels);
}
