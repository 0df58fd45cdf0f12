// What moves the weights: optimisers' steps, averages, the norm that gradients are clipped to. A launch takes lists of 48 tensors, of which the last may be empty, and each of its blocks a chunk of one of
// them. Rates, scales and steps are read from the device, so that a captured launch sees what they are when it runs.
// Weights and optimisers' state are float32 whatever maps are stored in.
#undef STORAGE
#include "storage.cuh"
#include "lanes.cuh"

#define THREADS 256
#define CHUNK 4096
// A launch's arguments must stay below 4096 bytes.
#define EACH16(M, a) M(a##0) M(a##1) M(a##2) M(a##3) M(a##4) M(a##5) M(a##6) M(a##7) M(a##8) M(a##9) M(a##A) M(a##B) M(a##C) M(a##D) M(a##E) M(a##F)
#define EACH(M) EACH16(M, 0) EACH16(M, 1) EACH16(M, 2)

// Looks whether this block's chunk, as counted from tensor i on, lies in tensor i; take is what to do then.
#define FIND(i, take)                                  \
  {                                                    \
    int chunks = (int)((n##i + CHUNK - 1) / CHUNK);    \
    if (chunk >= 0 && chunk < chunks) {                \
      first = (long long)chunk * CHUNK;                \
      last = first + CHUNK < n##i ? first + CHUNK : n##i; \
      take                                             \
    }                                                  \
    chunk -= chunks;                                   \
  }

__device__ __forceinline__ bool finite(float v) { return v - v == 0; }

// The first n of four elements; whole runs of four are read at once. What is missing is zero.
__device__ __forceinline__ void read_some(const float *from, int n, float (&v)[4]) {
  if (n == 4) {
    read(from, v);
  } else {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      v[k] = k < n ? from[k] : 0;
    }
  }
}

// Writes the first n of four elements.
__device__ __forceinline__ void write_some(float *to, int n, const float (&v)[4]) {
  if (n == 4) {
    write(to, v);
  } else {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      if (k < n) {
        to[k] = v[k];
      }
    }
  }
}

// Calls visit(i, n) for runs of n elements of a chunk: of four, and what is left at the end.
template <class Visit>
__device__ __forceinline__ void visit_chunk(long long first, long long last, Visit visit) {
  for (long long i = first + (long long)threadIdx.x * 4; i < last; i += THREADS * 4) {
    visit(i, last - i < 4 ? (int)(last - i) : 4);
  }
}

// SGD with momentum: g = scale gradient + decay p; v = momentum v + g; p = p - rate (nesterov ? g + momentum v : v).
#define SGD_PARAMETERS(i) , const float *p##i, const float *g##i, const float *v##i, float *q##i, float *w##i, long long n##i
#define SGD_FIND(i) FIND(i, p = p##i; g = g##i; v = v##i; q = q##i; w = w##i;)
extern "C" __global__ void __launch_bounds__(THREADS, 2) sgd(const float *rate_at, const float *scale_at, float momentum, float decay, int nesterov EACH(SGD_PARAMETERS)) {
  const float *p = 0, *g = 0, *v = 0;
  float *q = 0, *w = 0;
  int chunk = blockIdx.x;
  long long first = 0, last = 0;
  EACH(SGD_FIND)
  float rate = *rate_at;
  float scale = *scale_at;
  bool keep = !finite(scale);
  visit_chunk(first, last, [&](long long i, int n) {
    float a[4], b[4], c[4];
    read_some(p + i, n, a);
    read_some(g + i, n, b);
    read_some(v + i, n, c);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      float gradient = scale * b[k] + decay * a[k];
      float velocity = momentum * c[k] + gradient;
      float moved = a[k] - rate * (nesterov ? gradient + momentum * velocity : velocity);
      a[k] = keep ? a[k] : moved;
      c[k] = keep ? c[k] : velocity;
    }
    write_some(q + i, n, a);
    write_some(w + i, n, c);
  });
}

// Adam and AdamW; log1 and log2 are the logarithms of beta1 and beta2, rest1 and rest2 what they lack to 1.
#define ADAM_PARAMETERS(i) , const float *p##i, const float *g##i, const float *m##i, const float *v##i, float *q##i, float *k##i, float *w##i, long long n##i
#define ADAM_FIND(i) FIND(i, p = p##i; g = g##i; m = m##i; v = v##i; q = q##i; k = k##i; w = w##i;)
extern "C" __global__ void __launch_bounds__(THREADS, 2) adam(const float *rate_at, const float *scale_at, const long long *step_at, float beta1, float rest1, float log1, float beta2, float rest2,
    float log2, float epsilon, float decay, int decoupled EACH(ADAM_PARAMETERS)) {
  const float *p = 0, *g = 0, *m = 0, *v = 0;
  float *q = 0, *k = 0, *w = 0;
  int chunk = blockIdx.x;
  long long first = 0, last = 0;
  EACH(ADAM_FIND)
  float rate = *rate_at;
  float scale = *scale_at;
  float step = (float)(*step_at + 1);
  // 1 - beta^step, without cancelling.
  float unbias1 = 1 / -expm1f(step * log1);
  float unbias2 = 1 / -expm1f(step * log2);
  float coupled = decoupled ? 0 : decay;
  float shrink = decoupled ? 1 - rate * decay : 1;
  bool keep = !finite(scale);
  visit_chunk(first, last, [&](long long i, int n) {
    float a[4], b[4], c[4], d[4];
    read_some(p + i, n, a);
    read_some(g + i, n, b);
    read_some(m + i, n, c);
    read_some(v + i, n, d);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      float gradient = scale * b[j] + coupled * a[j];
      float mean = beta1 * c[j] + rest1 * gradient;
      float square = beta2 * d[j] + rest2 * gradient * gradient;
      float moved = a[j] * shrink - rate * (mean * unbias1) / (sqrtf(square * unbias2) + epsilon);
      a[j] = keep ? a[j] : moved;
      c[j] = keep ? c[j] : mean;
      d[j] = keep ? d[j] : square;
    }
    write_some(q + i, n, a);
    write_some(k + i, n, c);
    write_some(w + i, n, d);
  });
}

// average = decay average + (1 - decay) value.
#define EMA_PARAMETERS(i) , const float *a##i, const float *v##i, float *q##i, long long n##i
#define EMA_FIND(i) FIND(i, a = a##i; v = v##i; q = q##i;)
extern "C" __global__ void __launch_bounds__(THREADS, 2) ema(const float *decay_at EACH(EMA_PARAMETERS)) {
  const float *a = 0, *v = 0;
  float *q = 0;
  int chunk = blockIdx.x;
  long long first = 0, last = 0;
  EACH(EMA_FIND)
  float decay = *decay_at;
  visit_chunk(first, last, [&](long long i, int n) {
    float b[4], c[4];
    read_some(a + i, n, b);
    read_some(v + i, n, c);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      b[k] = decay * b[k] + (1 - decay) * c[k];
    }
    write_some(q + i, n, b);
  });
}

// Adds up over the block.
__device__ __forceinline__ float block_sum(float v) {
  __shared__ float shared[THREADS];
  shared[threadIdx.x] = v;
  for (int half = THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if ((int)threadIdx.x < half) {
      shared[threadIdx.x] += shared[threadIdx.x + half];
    }
  }
  __syncthreads();
  return shared[0];
}

// Each block leaves the sum of the squares of its chunk.
#define SQUARES_PARAMETERS(i) , const float *g##i, long long n##i
#define SQUARES_FIND(i) FIND(i, g = g##i;)
extern "C" __global__ void __launch_bounds__(THREADS, 2) squares(float *partial, int first_partial EACH(SQUARES_PARAMETERS)) {
  const float *g = 0;
  int chunk = blockIdx.x;
  long long first = 0, last = 0;
  EACH(SQUARES_FIND)
  float sum = 0;
  visit_chunk(first, last, [&](long long i, int n) {
    float a[4];
    read_some(g + i, n, a);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      sum = fmaf(a[k], a[k], sum);
    }
  });
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    partial[first_partial + blockIdx.x] = sum;
  }
}

// One block: the norm, and the factor that clips to it; NaN if the norm is not finite.
extern "C" __global__ void __launch_bounds__(THREADS, 2) clip(const float *partial, int blocks, float most, float *factor, float *norm) {
  float sum = 0;
  for (int i = threadIdx.x; i < blocks; i += THREADS) {
    sum += partial[i];
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    float n = sqrtf(sum);
    float f = most / n;
    Bits none;
    none.bits = 0x7fc00000u;
    *norm = n;
    *factor = finite(n) ? (f < 1 ? f : 1) : none.number;
  }
}

// Copies n integers and adds one to the last.
extern "C" __global__ void advance(const long long *x, long long *y, int n) {
  for (int i = 0; i < n; i++) {
    y[i] = x[i] + (i == n - 1 ? 1 : 0);
  }
}
