// Batch normalisation (Ioffe and Szegedy 2015, algorithm 1) and its gradient, with a residual and ReLU or ReLU6 fused. Statistics are taken in one pass over x, by sums around each thread's first element, which
// do not cancel; then everything is applied in a second pass.
#include "storage.cuh"
#include "lanes.cuh"
#include "channels.cuh"

// Moments of this thread's elements of one channel: sums around the first of them.
struct Shifted {
  float shift;
  float sum;
  float squares;
  int count;

  __device__ __forceinline__ void clear() {
    shift = sum = squares = 0;
    count = 0;
  }

  __device__ __forceinline__ void add(float x) {
    shift = count == 0 ? x : shift;
    float d = x - shift;
    sum += d;
    squares = fmaf(d, d, squares);
    count++;
  }

  __device__ __forceinline__ Moments moments() const {
    Moments m;
    m.clear();
    if (count > 0) {
      float mean = sum / (float)count;
      m.v[0] = (float)count;
      m.v[1] = shift + mean;
      float rest = squares - sum * mean;
      // Rounding may leave a little less than nothing; a NaN stays.
      m.v[2] = rest < 0 ? 0 : rest;
    }
    return m;
  }
};

template <int n>
__device__ __forceinline__ void moments_rows(const element *x, float *partial, int samples, int channels, int plane, int tile) {
  Shifted s;
  s.clear();
  visit_rows<n>(samples, channels, plane, tile, [&](long long at) {
    float v[n];
    read(x + at, v);
#pragma unroll
    for (int i = 0; i < n; i++) {
      s.add(v[i]);
    }
  });
  leave_rows<Moments, 3>(s.moments(), partial, channels);
}

template <int n>
__device__ __forceinline__ void moments_last(const element *x, float *partial, long long rows, int channels) {
  Shifted s[n];
#pragma unroll
  for (int i = 0; i < n; i++) {
    s[i].clear();
  }
  visit_last<n>(rows, channels, [&](long long at) {
    float v[n];
    read(x + at, v);
#pragma unroll
    for (int i = 0; i < n; i++) {
      s[i].add(v[i]);
    }
  });
  Moments m[n];
#pragma unroll
  for (int i = 0; i < n; i++) {
    m[i] = s[i].moments();
  }
  leave_last<Moments, 3>(m, partial, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) moments_rows_wide(const element *x, float *partial, int samples, int channels, int plane, int tile) {
  moments_rows<LANES>(x, partial, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) moments_rows_narrow(const element *x, float *partial, int samples, int channels, int plane, int tile) {
  moments_rows<1>(x, partial, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) moments_last_wide(const element *x, float *partial, long long rows, int channels) {
  moments_last<LANES>(x, partial, rows, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) moments_last_narrow(const element *x, float *partial, long long rows, int channels) {
  moments_last<1>(x, partial, rows, channels);
}

// Mean and inverse deviation of each channel, and the moving statistics. Moving statistics may be changed in place.
extern "C" __global__ void __launch_bounds__(FINISH_THREADS) statistics(const float *partial, int chunks, int channels, float epsilon, float momentum, const float *moving_mean,
    const float *moving_variance, float *new_mean, float *new_variance, float *mean, float *inverse) {
  Moments m;
  if (finish<Moments, 3>(partial, chunks, channels, m)) {
    int c = blockIdx.x * FINISH_CHANNELS + threadIdx.x;
    mean[c] = m.v[1];
    inverse[c] = 1 / sqrtf(m.v[2] / m.v[0] + epsilon);
    new_mean[c] = (1 - momentum) * moving_mean[c] + momentum * m.v[1];
    new_variance[c] = (1 - momentum) * moving_variance[c] + momentum * (m.v[2] / (m.v[0] - 1));
  }
}

// What multiplies x less its mean: with an epsilon, spread is the variance, else it is 1 / deviation already.
__device__ __forceinline__ float inverse_of(float spread, float epsilon) { return epsilon < 0 ? spread : 1 / sqrtf(spread + epsilon); }

// y = (x - mean) factor + beta + residual; where most is above 0, at least 0 and at most that.
template <int n>
__device__ __forceinline__ void normalise(const element *x, const element *residual, element *y, long long at, const float *mean, const float *factor, const float *beta, float most) {
  float v[n];
  float r[n];
  read(x + at, v);
  if (residual) {
    read(residual + at, r);
  }
#pragma unroll
  for (int i = 0; i < n; i++) {
    v[i] = fmaf(v[i] - mean[i], factor[i], beta[i]);
    if (residual) {
      v[i] += r[i];
    }
    if (most > 0) {
      v[i] = v[i] < 0 ? 0 : v[i] > most ? most : v[i];
    }
  }
  write(y + at, v);
}

template <int n>
__device__ __forceinline__ void normalise_rows(const element *x, const float *gamma, const float *beta, const float *mean, const float *spread, float epsilon, const element *residual, element *y,
    float most, int samples, int channels, int plane, int tile) {
  int c = blockIdx.x;
  float m[n];
  float f[n];
  float b[n];
#pragma unroll
  for (int i = 0; i < n; i++) {
    m[i] = mean[c];
    f[i] = gamma[c] * inverse_of(spread[c], epsilon);
    b[i] = beta[c];
  }
  visit_rows<n>(samples, channels, plane, tile, [&](long long at) { normalise<n>(x, residual, y, at, m, f, b, most); });
}

template <int n>
__device__ __forceinline__ void normalise_last(const element *x, const float *gamma, const float *beta, const float *mean, const float *spread, float epsilon, const element *residual, element *y,
    float most, long long rows, int channels) {
  int c = own_channel<n>();
  float m[n];
  float f[n];
  float b[n];
#pragma unroll
  for (int i = 0; i < n; i++) {
    bool mine = c < channels;
    m[i] = mine ? mean[c + i] : 0;
    f[i] = mine ? gamma[c + i] * inverse_of(spread[c + i], epsilon) : 0;
    b[i] = mine ? beta[c + i] : 0;
  }
  visit_last<n>(rows, channels, [&](long long at) { normalise<n>(x, residual, y, at, m, f, b, most); });
}

#define NORMALISE_ARGUMENTS                                                                                                                                                                       \
  const element *x, const float *gamma, const float *beta, const float *mean, const float *spread, float epsilon, const element *residual, element *y, float most

extern "C" __global__ void __launch_bounds__(THREADS, 2) normalise_rows_wide(NORMALISE_ARGUMENTS, int samples, int channels, int plane, int tile) {
  normalise_rows<LANES>(x, gamma, beta, mean, spread, epsilon, residual, y, most, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) normalise_rows_narrow(NORMALISE_ARGUMENTS, int samples, int channels, int plane, int tile) {
  normalise_rows<1>(x, gamma, beta, mean, spread, epsilon, residual, y, most, samples, channels, plane, tile);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) normalise_last_wide(NORMALISE_ARGUMENTS, long long rows, int channels) {
  normalise_last<LANES>(x, gamma, beta, mean, spread, epsilon, residual, y, most, rows, channels);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) normalise_last_narrow(NORMALISE_ARGUMENTS, long long rows, int channels) {
  normalise_last<1>(x, gamma, beta, mean, spread, epsilon, residual, y, most, rows, channels);
}
