// Walks over feature maps channel by channel, in both orders, and sums over a channel that always add up in the same order. Needs storage.cuh and lanes.cuh.
//
// Rows (samples, channels, plane): blockIdx.x is a channel; items, which are tiles of a channel's planes, are shared out over blockIdx.y and threadIdx.y, a tile's elements over threadIdx.x.
// Channels last (rows, channels): blockIdx.x and threadIdx.x say which channels, blockIdx.y and threadIdx.y which rows. The blocks' second axes are powers of two.
//
// Sums are made in two steps: each block leaves one partial result per channel in [blockIdx.y][parts][channels], and a kernel of blocks of 32 x 32 threads puts those together.

#define THREADS 256
#define FINISH_CHANNELS 32
#define FINISH_ROWS 32
#define FINISH_THREADS 1024

// Calls visit(index) for this thread's runs of n elements of channel blockIdx.x.
template <int n, class Visit>
__device__ __forceinline__ void visit_rows(int samples, int channels, int plane, int tile, Visit visit) {
  int tiles = (plane + tile - 1) / tile;
  long long items = (long long)samples * tiles;
  for (long long item = (long long)blockIdx.y * blockDim.y + threadIdx.y; item < items; item += (long long)gridDim.y * blockDim.y) {
    int sample = (int)(tiles == 1 ? item : item / tiles);
    int first = tiles == 1 ? 0 : (int)(item - (long long)sample * tiles) * tile;
    int last = first + tile < plane ? first + tile : plane;
    long long base = ((long long)sample * channels + blockIdx.x) * plane;
#pragma unroll 2
    for (int s = first + (int)threadIdx.x * n; s < last; s += (int)blockDim.x * n) {
      visit(base + s);
    }
  }
}

// The first of this thread's n channels, where channels are last; beyond all channels for some threads.
template <int n>
__device__ __forceinline__ int own_channel() {
  return (int)(blockIdx.x * blockDim.x + threadIdx.x) * n;
}

// Calls visit(index) for this thread's runs of n channels.
template <int n, class Visit>
__device__ __forceinline__ void visit_last(long long rows, int channels, Visit visit) {
  int channel = own_channel<n>();
  if (channel < channels) {
#pragma unroll 4
    for (long long r = (long long)blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += (long long)gridDim.y * blockDim.y) {
      visit(r * channels + channel);
    }
  }
}

// Sums of several things.
template <int parts>
struct Sum {
  float v[parts];

  __device__ __forceinline__ void clear() {
#pragma unroll
    for (int i = 0; i < parts; i++) {
      v[i] = 0;
    }
  }

  __device__ __forceinline__ void merge(const Sum &o) {
#pragma unroll
    for (int i = 0; i < parts; i++) {
      v[i] += o.v[i];
    }
  }
};

// Count, mean and sum of squared deviations, put together as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979, equation 2.1.
struct Moments {
  float v[3];

  __device__ __forceinline__ void clear() { v[0] = v[1] = v[2] = 0; }

  __device__ __forceinline__ void merge(const Moments &o) {
    float n = v[0] + o.v[0];
    if (o.v[0] > 0) {
      float share = o.v[0] / n;
      float d = o.v[1] - v[1];
      v[1] += d * share;
      v[2] += o.v[2] + d * d * v[0] * share;
      v[0] = n;
    }
  }
};

// Merges the accumulators of a block, which all belong to channel blockIdx.x, and leaves the result as partial result blockIdx.y.
template <class A, int parts>
__device__ __forceinline__ void leave_rows(A a, float *partial, int channels) {
  __shared__ A shared[THREADS];
  int thread = threadIdx.y * blockDim.x + threadIdx.x;
  shared[thread] = a;
  for (int half = THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) {
      shared[thread].merge(shared[thread + half]);
    }
  }
  if (thread == 0) {
    for (int i = 0; i < parts; i++) {
      partial[((long long)blockIdx.y * parts + i) * channels + blockIdx.x] = shared[0].v[i];
    }
  }
}

// Merges the accumulators of a block, n for each thread's channels, and leaves the results as partial results blockIdx.y.
template <class A, int parts, int n>
__device__ __forceinline__ void leave_last(const A (&a)[n], float *partial, int channels) {
  __shared__ A shared[THREADS * n];
  int width = blockDim.x * n;
#pragma unroll
  for (int i = 0; i < n; i++) {
    shared[threadIdx.y * width + threadIdx.x * n + i] = a[i];
  }
  __syncthreads();
  int first = blockIdx.x * width;
  for (int c = threadIdx.y * blockDim.x + threadIdx.x; c < width && first + c < channels; c += THREADS) {
    A total = shared[c];
    for (int r = 1; r < (int)blockDim.y; r++) {
      total.merge(shared[r * width + c]);
    }
    for (int i = 0; i < parts; i++) {
      partial[((long long)blockIdx.y * parts + i) * channels + first + c] = total.v[i];
    }
  }
}

// Puts partial results together: gives the total to the first thread row, for channel blockIdx.x * 32 + threadIdx.x, if that is one.
template <class A, int parts>
__device__ __forceinline__ bool finish(const float *partial, int chunks, int channels, A &total) {
  __shared__ A shared[FINISH_ROWS][FINISH_CHANNELS];
  int channel = blockIdx.x * FINISH_CHANNELS + threadIdx.x;
  A a;
  a.clear();
  if (channel < channels) {
#pragma unroll 4
    for (int k = threadIdx.y; k < chunks; k += FINISH_ROWS) {
      A next;
#pragma unroll
      for (int i = 0; i < parts; i++) {
        next.v[i] = partial[((long long)k * parts + i) * channels + channel];
      }
      a.merge(next);
    }
  }
  shared[threadIdx.y][threadIdx.x] = a;
  for (int half = FINISH_ROWS / 2; half > 0; half /= 2) {
    __syncthreads();
    if ((int)threadIdx.y < half) {
      shared[threadIdx.y][threadIdx.x].merge(shared[threadIdx.y + half][threadIdx.x]);
    }
  }
  if (threadIdx.y > 0 || channel >= channels) {
    return false;
  }
  total = shared[0][threadIdx.x];
  return true;
}
