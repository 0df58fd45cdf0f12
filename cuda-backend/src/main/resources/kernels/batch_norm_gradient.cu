// Gradient of batch normalisation (Ioffe and Szegedy 2015, section 3), with the gradient of a fused ReLU or ReLU6: one pass for the sums over dz and dz (x - mean), one for dx. dz is dy where that let
// pass, which is where y is above 0 and below the most it gives; where nothing was added before it, y follows from x again, and need not be read. If dz is wanted by others too, the first pass writes it and the second reads it.
#include "storage.cuh"
#include "lanes.cuh"
#include "channels.cuh"

// With an epsilon, spread is the variance, else it is 1 / deviation already.
__device__ __forceinline__ float inverse_of(float spread, float epsilon) { return epsilon < 0 ? spread : 1 / sqrtf(spread + epsilon); }

// What a channel's elements have in common. dx = factor (dz - offset - (x - mean) slope).
struct Channel {
  float mean;
  float factor;
  float beta;
  float offset;
  float slope;

  __device__ __forceinline__ void load(int c, const float *means, const float *gamma, const float *spread, float epsilon, const float *betas) {
    mean = means[c];
    factor = gamma[c] * inverse_of(spread[c], epsilon);
    beta = betas ? betas[c] : 0;
    offset = 0;
    slope = 0;
  }
};

// dz of n elements from their dy in g: y says what was let pass, or, where beta is known, x in v does, by the very arithmetic of the forward pass.
template <int n>
__device__ __forceinline__ void mask(float (&g)[n], const float (&v)[n], const element *y, long long at, const Channel *k, int step, bool from_x, float most) {
  if (from_x) {
#pragma unroll
    for (int i = 0; i < n; i++) {
      float u = widen(narrow(fmaf(v[i] - k[i * step].mean, k[i * step].factor, k[i * step].beta)));
      g[i] = u > 0 && u < most ? g[i] : 0;
    }
  } else if (y) {
    float u[n];
    read(y + at, u);
#pragma unroll
    for (int i = 0; i < n; i++) {
      g[i] = u[i] > 0 && u[i] < most ? g[i] : 0;
    }
  }
}

template <int n>
__device__ __forceinline__ void add_sums(const element *dy, const element *x, const element *y, element *dz, long long at, const Channel *k, bool from_x, float most, Sum<2> *s, int step) {
  float g[n];
  float v[n];
  read(dy + at, g);
  read(x + at, v);
  mask(g, v, y, at, k, step, from_x, most);
#pragma unroll
  for (int i = 0; i < n; i++) {
    s[i * step].v[0] += g[i];
    s[i * step].v[1] = fmaf(g[i], v[i] - k[i * step].mean, s[i * step].v[1]);
  }
  if (dz) {
    write(dz + at, g);
  }
}

#define SUMS_ARGUMENTS \
  const element *dy, const element *x, const element *y, const float *mean, const float *gamma, const float *spread, float epsilon, const float *beta, float most, element *dz, float *partial
#define SUMS_PASSED dy, x, y, mean, gamma, spread, epsilon, beta, most, dz, partial

template <int n>
__device__ __forceinline__ void sums_rows(SUMS_ARGUMENTS, int samples, int channels, int plane, int tile) {
  Sum<2> s;
  s.clear();
  Channel k;
  k.load(blockIdx.x, mean, gamma, spread, epsilon, beta);
  visit_rows<n>(samples, channels, plane, tile, [&](long long at) { add_sums<n>(dy, x, y, dz, at, &k, beta != 0, most, &s, 0); });
  leave_rows<Sum<2>, 2>(s, partial, channels);
}

template <int n>
__device__ __forceinline__ void sums_last(SUMS_ARGUMENTS, long long rows, int channels) {
  Sum<2> s[n];
  Channel k[n];
  int c = own_channel<n>();
#pragma unroll
  for (int i = 0; i < n; i++) {
    s[i].clear();
    k[i].load(c < channels ? c + i : 0, mean, gamma, spread, epsilon, beta);
  }
  visit_last<n>(rows, channels, [&](long long at) { add_sums<n>(dy, x, y, dz, at, k, beta != 0, most, s, 1); });
  leave_last<Sum<2>, 2>(s, partial, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_rows_wide(SUMS_ARGUMENTS, int samples, int channels, int plane, int tile) {
  sums_rows<LANES>(SUMS_PASSED, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_rows_narrow(SUMS_ARGUMENTS, int samples, int channels, int plane, int tile) {
  sums_rows<1>(SUMS_PASSED, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_last_wide(SUMS_ARGUMENTS, long long rows, int channels) {
  sums_last<LANES>(SUMS_PASSED, rows, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) sums_last_narrow(SUMS_ARGUMENTS, long long rows, int channels) {
  sums_last<1>(SUMS_PASSED, rows, channels);
}

extern "C" __global__ void __launch_bounds__(FINISH_THREADS) parameters(const float *partial, int chunks, int channels, const float *spread, float epsilon, float *dgamma, float *dbeta) {
  Sum<2> s;
  if (finish<Sum<2>, 2>(partial, chunks, channels, s)) {
    int c = blockIdx.x * FINISH_CHANNELS + threadIdx.x;
    dbeta[c] = s.v[0];
    dgamma[c] = s.v[1] * inverse_of(spread[c], epsilon);
  }
}

// Offset is dbeta / n and slope dgamma inverse / n; with fixed statistics, where dgamma is not given, both are 0 and x does not matter.
template <int n>
__device__ __forceinline__ void gradient(const element *dy, const element *x, const element *y, element *dx, long long at, const Channel *k, int step, bool from_x, float most, bool fixed) {
  float g[n];
  float v[n];
  read(dy + at, g);
  if (!fixed) {
    read(x + at, v);
    mask(g, v, y, at, k, step, from_x, most);
  }
#pragma unroll
  for (int i = 0; i < n; i++) {
    float centred = fixed ? g[i] : g[i] - k[i * step].offset - (v[i] - k[i * step].mean) * k[i * step].slope;
    g[i] = k[i * step].factor * centred;
  }
  write(dx + at, g);
}

#define GRADIENT_ARGUMENTS                                                                                                                                                                       \
  const element *dy, const element *x, const element *y, const float *mean, const float *gamma, const float *spread, float epsilon, const float *beta, float most, const float *dgamma, const float *dbeta, \
      float inverse_count, element *dx
#define GRADIENT_PASSED dy, x, y, mean, gamma, spread, epsilon, beta, most, dgamma, dbeta, inverse_count, dx

__device__ __forceinline__ void load(Channel &k, int c, GRADIENT_ARGUMENTS) {
  k.load(c, mean, gamma, spread, epsilon, beta);
  if (dgamma) {
    k.offset = dbeta[c] * inverse_count;
    k.slope = dgamma[c] * inverse_of(spread[c], epsilon) * inverse_count;
  }
}

template <int n>
__device__ __forceinline__ void gradient_rows(GRADIENT_ARGUMENTS, int samples, int channels, int plane, int tile) {
  Channel k;
  load(k, blockIdx.x, GRADIENT_PASSED);
  visit_rows<n>(samples, channels, plane, tile, [&](long long at) { gradient<n>(dy, x, y, dx, at, &k, 0, beta != 0, most, dgamma == 0); });
}

template <int n>
__device__ __forceinline__ void gradient_last(GRADIENT_ARGUMENTS, long long rows, int channels) {
  int c = own_channel<n>();
  if (c < channels) {
    Channel k[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      load(k[i], c + i, GRADIENT_PASSED);
    }
    visit_last<n>(rows, channels, [&](long long at) { gradient<n>(dy, x, y, dx, at, k, 1, beta != 0, most, dgamma == 0); });
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_rows_wide(GRADIENT_ARGUMENTS, int samples, int channels, int plane, int tile) {
  gradient_rows<LANES>(GRADIENT_PASSED, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_rows_narrow(GRADIENT_ARGUMENTS, int samples, int channels, int plane, int tile) {
  gradient_rows<1>(GRADIENT_PASSED, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_last_wide(GRADIENT_ARGUMENTS, long long rows, int channels) {
  gradient_last<LANES>(GRADIENT_PASSED, rows, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) gradient_last_narrow(GRADIENT_ARGUMENTS, long long rows, int channels) {
  gradient_last<1>(GRADIENT_PASSED, rows, channels);
}
