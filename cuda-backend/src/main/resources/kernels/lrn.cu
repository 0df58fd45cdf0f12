// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3), y = x s^-beta with s = k + alpha / size sum x^2 over the window of a channel, from lower below it to upper above it,
// as far as its group goes. Tiles of channels and positions go through shared memory, with the channels around them that windows reach, so that memory is passed over once; for windows that are too large
// for that, each thread reads its own from memory.
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

#define TILE_CHANNELS 64
#define TILE_POSITIONS 32
// Channels of a tile with those around it: the gradient looks size - 1 channels far on either side.
#define TILE_ROWS 96
#define ROW (TILE_POSITIONS + 1)

// A tile: where it begins, and how far around it there is something.
struct Tile {
  long long outer;
  int first_position;
  int first_channel;
  int low;
  int high;

  __device__ __forceinline__ void find(const Maps &m, int tiles, int around) {
    outer = m.last ? 0 : blockIdx.x / tiles;
    first_position = (int)(m.last ? blockIdx.x : blockIdx.x - outer * tiles) * TILE_POSITIONS;
    first_channel = blockIdx.y * TILE_CHANNELS;
    low = first_channel - around > 0 ? first_channel - around : 0;
    int end = first_channel + TILE_CHANNELS + around;
    high = end < m.channels ? end : m.channels;
  }

  __device__ __forceinline__ long long index(const Maps &m, int channel, int position) const {
    return m.last ? (long long)(first_position + position) * m.channels + channel : (outer * m.channels + channel) * m.positions + first_position + position;
  }

  // Calls visit(channel, position) for this thread's share of some channels, so that neighbours have neighbours in memory.
  template <class Visit>
  __device__ __forceinline__ void visit(const Maps &m, long long positions, int from, int to, Visit v) const {
    int width = to - from;
    for (int i = threadIdx.x; i < width * TILE_POSITIONS; i += THREADS) {
      int channel = from + (m.last ? i % width : i / TILE_POSITIONS);
      int position = m.last ? i / width : i % TILE_POSITIONS;
      if (first_position + position < positions) {
        v(channel, position);
      }
    }
  }
};

#define TILED_ARGUMENTS long long all_positions, int tiles, int channels, int per_group, int positions, int last, int lower, int upper, float alpha, float beta, float k

// s of an element whose window lies in the tile.
__device__ __forceinline__ float scale_in(const float (&x)[TILE_ROWS][ROW], const Tile &t, int channel, int position, const Maps &m, float alpha, float k) {
  float sum = 0;
  for (int j = m.first(channel); j < m.end(channel); j++) {
    float v = x[j - t.low][position];
    sum = fmaf(v, v, sum);
  }
  return fmaf(alpha, sum, k);
}

extern "C" __global__ void __launch_bounds__(THREADS) lrn_tiled(const element *x, element *y, TILED_ARGUMENTS) {
  __shared__ float in[TILE_ROWS][ROW];
  Maps m = {channels, per_group, positions, last, lower, upper};
  Tile t;
  t.find(m, tiles, lower > upper ? lower : upper);
  t.visit(m, all_positions, t.low, t.high, [&](int c, int p) { in[c - t.low][p] = widen(x[t.index(m, c, p)]); });
  __syncthreads();
  int end = t.first_channel + TILE_CHANNELS < channels ? t.first_channel + TILE_CHANNELS : channels;
  t.visit(m, all_positions, t.first_channel, end, [&](int c, int p) { y[t.index(m, c, p)] = narrow(in[c - t.low][p] * power(scale_in(in, t, c, p, m, alpha, k), -beta)); });
}

extern "C" __global__ void __launch_bounds__(THREADS) lrn_gradient_tiled(const element *dy, const element *x, element *dx, TILED_ARGUMENTS) {
  __shared__ float in[TILE_ROWS][ROW];
  __shared__ float direct[TILE_ROWS][ROW];
  __shared__ float shared[TILE_ROWS][ROW];
  Maps m = {channels, per_group, positions, last, lower, upper};
  Tile t;
  t.find(m, tiles, lower + upper);
  t.visit(m, all_positions, t.low, t.high, [&](int c, int p) {
    long long at = t.index(m, c, p);
    in[c - t.low][p] = widen(x[at]);
    direct[c - t.low][p] = widen(dy[at]);
  });
  __syncthreads();
  // The channels whose windows hold one of the tile's; their own windows lie in the tile and what is around it.
  int end = t.first_channel + TILE_CHANNELS < channels ? t.first_channel + TILE_CHANNELS : channels;
  int from = t.first_channel - upper > 0 ? t.first_channel - upper : 0;
  int to = end + lower < channels ? end + lower : channels;
  t.visit(m, all_positions, from, to, [&](int c, int p) {
    float s = scale_in(in, t, c, p, m, alpha, k);
    float g = direct[c - t.low][p] * power(s, -beta);
    direct[c - t.low][p] = g;
    shared[c - t.low][p] = g * in[c - t.low][p] / s;
  });
  __syncthreads();
  t.visit(m, all_positions, t.first_channel, end, [&](int c, int p) {
    float sum = 0;
    for (int j = m.first_holder(c); j < m.end_holder(c); j++) {
      sum += shared[j - t.low][p];
    }
    dx[t.index(m, c, p)] = narrow(direct[c - t.low][p] - 2 * alpha * beta * in[c - t.low][p] * sum);
  });
}
