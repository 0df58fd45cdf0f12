// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3), y = x s^-beta with s = k + alpha / size sum x^2 over the window of a channel, from lower below it to upper above it,
// as far as its group goes. A thread has one position and goes through a run of channels; what a window takes in is read again by its neighbours, from the cache.
#include "storage.cuh"

#define THREADS 256

// Element (outer, channel, position) of maps in either order: in rows outer is a sample and positions are a plane's, channels lie `apart` = positions; with channels last they lie 1 apart.
struct Maps {
  int channels;
  int per_group;
  int positions;
  int last;
  int lower;
  int upper;

  __device__ __forceinline__ int first(int c) const {
    int group = c / per_group * per_group;
    return c - lower > group ? c - lower : group;
  }

  // The channel after the window's last.
  __device__ __forceinline__ int end(int c) const {
    int group = c / per_group * per_group + per_group;
    return c + upper + 1 < group ? c + upper + 1 : group;
  }

  // The first and the one after the last channel whose windows hold channel c.
  __device__ __forceinline__ int first_holder(int c) const {
    int group = c / per_group * per_group;
    return c - upper > group ? c - upper : group;
  }

  __device__ __forceinline__ int end_holder(int c) const {
    int group = c / per_group * per_group + per_group;
    return c + lower + 1 < group ? c + lower + 1 : group;
  }

  __device__ __forceinline__ int channel(long long i) const { return (int)(last ? i % channels : i / positions % channels); }

  __device__ __forceinline__ long long apart() const { return last ? 1 : positions; }
};

__device__ __forceinline__ float power(float s, float exponent) { return exp2f(exponent * log2f(s)); }

// s of the element at index i.
__device__ __forceinline__ float scale_of(const element *x, long long i, int c, const Maps &m, float alpha, float k) {
  float sum = 0;
  for (int j = m.first(c); j < m.end(c); j++) {
    float v = widen(x[i + (j - c) * m.apart()]);
    sum = fmaf(v, v, sum);
  }
  return fmaf(alpha, sum, k);
}

#define ARGUMENTS long long n, int channels, int per_group, int positions, int last, int lower, int upper, float alpha, float beta, float k

extern "C" __global__ void __launch_bounds__(THREADS) lrn(const element *x, element *y, ARGUMENTS) {
  Maps m = {channels, per_group, positions, last, lower, upper};
  for (long long i = (long long)blockIdx.x * THREADS + threadIdx.x; i < n; i += (long long)gridDim.x * THREADS) {
    y[i] = narrow(widen(x[i]) * power(scale_of(x, i, m.channel(i), m, alpha, k), -beta));
  }
}

// What the gradient needs of every element: dy s^-beta and dy x s^(-beta - 1).
extern "C" __global__ void __launch_bounds__(THREADS) lrn_shares(const element *dy, const element *x, float *direct, float *shared, ARGUMENTS) {
  Maps m = {channels, per_group, positions, last, lower, upper};
  for (long long i = (long long)blockIdx.x * THREADS + threadIdx.x; i < n; i += (long long)gridDim.x * THREADS) {
    float s = scale_of(x, i, m.channel(i), m, alpha, k);
    float g = widen(dy[i]) * power(s, -beta);
    direct[i] = g;
    shared[i] = g * widen(x[i]) / s;
  }
}

// dx = dy s^-beta - 2 alpha beta x sum dy_j x_j s_j^(-beta - 1), over the channels whose windows hold this one; alpha is the attribute over the window's size.
extern "C" __global__ void __launch_bounds__(THREADS) lrn_gradient(const element *x, const float *direct, const float *shared, element *dx, ARGUMENTS) {
  Maps m = {channels, per_group, positions, last, lower, upper};
  for (long long i = (long long)blockIdx.x * THREADS + threadIdx.x; i < n; i += (long long)gridDim.x * THREADS) {
    int c = m.channel(i);
    float sum = 0;
    for (int j = m.first_holder(c); j < m.end_holder(c); j++) {
      sum += shared[i + (j - c) * m.apart()];
    }
    dx[i] = narrow(direct[i] - 2 * alpha * beta * widen(x[i]) * sum);
  }
}
