// Softmax and its logarithm along an axis, x_i - m - ln sum exp(x_j - m) with m the maximum, the gradients, and cross-entropy with integer labels. Lines whose elements follow each other are shared out
// over the threads of a block's first axis, a power of two; where elements are apart, as along the channels of a map in rows, each thread has a line and neighbours read neighbours.
#include "storage.cuh"

#define THREADS 256

struct Add {
  __device__ __forceinline__ float operator()(float a, float b) const { return a + b; }
};

struct Larger {
  __device__ __forceinline__ float operator()(float a, float b) const { return a > b ? a : b; }
};

// The result over the threads of a line, for all of them. All threads of the block take part.
template <class F>
__device__ __forceinline__ float together(float v, float *shared, F f) {
  int thread = threadIdx.y * blockDim.x + threadIdx.x;
  shared[thread] = v;
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    __syncthreads();
    if ((int)threadIdx.x < half) {
      shared[thread] = f(shared[thread], shared[thread + half]);
    }
  }
  __syncthreads();
  float result = shared[threadIdx.y * blockDim.x];
  __syncthreads();
  return result;
}

__device__ __forceinline__ float negative_infinity() {
  Bits b;
  b.bits = 0xff800000u;
  return b.number;
}

__device__ __forceinline__ float not_a_number() {
  Bits b;
  b.bits = 0x7fc00000u;
  return b.number;
}

// The largest element of this block row's line and the logarithm of the sum of exponentials.
__device__ __forceinline__ void normaliser(const element *line, int length, float *shared, float &largest, float &logarithm) {
  float m = negative_infinity();
  for (int i = threadIdx.x; i < length; i += blockDim.x) {
    float v = widen(line[i]);
    m = v > m ? v : m;
  }
  largest = together(m, shared, Larger());
  float sum = 0;
  for (int i = threadIdx.x; i < length; i += blockDim.x) {
    sum += expf(widen(line[i]) - largest);
  }
  logarithm = logf(together(sum, shared, Add()));
}

// The same of one thread's line, whose elements are apart.
__device__ __forceinline__ void normaliser(const element *line, int length, long long stride, float &largest, float &logarithm) {
  float m = negative_infinity();
  for (int i = 0; i < length; i++) {
    float v = widen(line[i * stride]);
    m = v > m ? v : m;
  }
  float sum = 0;
  for (int i = 0; i < length; i++) {
    sum += expf(widen(line[i * stride]) - m);
  }
  largest = m;
  logarithm = logf(sum);
}

extern "C" __global__ void __launch_bounds__(THREADS) softmax_joined(const element *x, element *y, int logarithmic, long long lines, int length) {
  __shared__ float shared[THREADS];
  for (long long first = (long long)blockIdx.x * blockDim.y; first < lines; first += (long long)gridDim.x * blockDim.y) {
    long long line = first + threadIdx.y;
    int own = line < lines ? length : 0;
    float m;
    float l;
    normaliser(x + line * length, own, shared, m, l);
    for (int i = threadIdx.x; i < own; i += blockDim.x) {
      float v = widen(x[line * length + i]) - m - l;
      y[line * length + i] = narrow(logarithmic ? v : expf(v));
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) softmax_apart(const element *x, element *y, int logarithmic, long long lines, int length, long long stride) {
  for (long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x; line < lines; line += (long long)gridDim.x * blockDim.x) {
    long long base = line / stride * stride * length + line % stride;
    float m;
    float l;
    normaliser(x + base, length, stride, m, l);
    for (int i = 0; i < length; i++) {
      float v = widen(x[base + i * stride]) - m - l;
      y[base + i * stride] = narrow(logarithmic ? v : expf(v));
    }
  }
}

// dx = y (dy - sum dy y), or dy - exp(y) sum dy.
extern "C" __global__ void __launch_bounds__(THREADS) gradient_joined(const element *dy, const element *y, element *dx, int logarithmic, long long lines, int length) {
  __shared__ float shared[THREADS];
  for (long long first = (long long)blockIdx.x * blockDim.y; first < lines; first += (long long)gridDim.x * blockDim.y) {
    long long line = first + threadIdx.y;
    long long base = line * length;
    int own = line < lines ? length : 0;
    float sum = 0;
    for (int i = threadIdx.x; i < own; i += blockDim.x) {
      float g = widen(dy[base + i]);
      sum += logarithmic ? g : g * widen(y[base + i]);
    }
    sum = together(sum, shared, Add());
    for (int i = threadIdx.x; i < own; i += blockDim.x) {
      float g = widen(dy[base + i]);
      float v = widen(y[base + i]);
      dx[base + i] = narrow(logarithmic ? g - expf(v) * sum : v * (g - sum));
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) gradient_apart(const element *dy, const element *y, element *dx, int logarithmic, long long lines, int length, long long stride) {
  for (long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x; line < lines; line += (long long)gridDim.x * blockDim.x) {
    long long base = line / stride * stride * length + line % stride;
    float sum = 0;
    for (int i = 0; i < length; i++) {
      float g = widen(dy[base + i * stride]);
      sum += logarithmic ? g : g * widen(y[base + i * stride]);
    }
    for (int i = 0; i < length; i++) {
      float g = widen(dy[base + i * stride]);
      float v = widen(y[base + i * stride]);
      dx[base + i * stride] = narrow(logarithmic ? g - expf(v) * sum : v * (g - sum));
    }
  }
}

// Of one line, from its label's logit and, if labels are smoothed, the sum of all: -sum target ln p. Without smoothing the others do not count at all, not even 0 times infinity.
__device__ __forceinline__ float loss_of(float logit, float sum, float largest, float logarithm, int length, float smoothing) {
  float loss = -(1 - smoothing) * (logit - largest - logarithm);
  return smoothing > 0 ? loss - smoothing * ((sum - length * largest) / length - logarithm) : loss;
}

// Adds up a block's losses and counts, and leaves them in losses[blockIdx.x] and counts[blockIdx.x].
__device__ __forceinline__ void leave(float loss, int count, float *losses, int *counts) {
  __shared__ float all_losses[THREADS];
  __shared__ int all_counts[THREADS];
  int thread = threadIdx.y * blockDim.x + threadIdx.x;
  all_losses[thread] = loss;
  all_counts[thread] = count;
  for (int half = THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) {
      all_losses[thread] += all_losses[thread + half];
      all_counts[thread] += all_counts[thread + half];
    }
  }
  if (thread == 0) {
    losses[blockIdx.x] = all_losses[0];
    counts[blockIdx.x] = all_counts[0];
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy_joined(const element *x, const int *labels, float *losses, int *counts, float smoothing, int ignore, long long lines, int length) {
  __shared__ float shared[THREADS];
  float total = 0;
  int count = 0;
  for (long long first = (long long)blockIdx.x * blockDim.y; first < lines; first += (long long)gridDim.x * blockDim.y) {
    long long line = first + threadIdx.y;
    int label = line < lines ? labels[line] : ignore;
    int own = label != ignore ? length : 0;
    const element *from = x + line * length;
    float m;
    float l;
    normaliser(from, own, shared, m, l);
    float sum = 0;
    if (smoothing > 0) {
      for (int i = threadIdx.x; i < own; i += blockDim.x) {
        sum += widen(from[i]);
      }
      sum = together(sum, shared, Add());
    }
    if (own > 0 && threadIdx.x == 0) {
      bool valid = label >= 0 && label < length;
      total += valid ? loss_of(widen(from[label]), sum, m, l, length, smoothing) : not_a_number();
      count++;
    }
  }
  leave(total, count, losses, counts);
}

extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy_apart(const element *x, const int *labels, float *losses, int *counts, float smoothing, int ignore, long long lines, int length,
    long long stride) {
  float total = 0;
  int count = 0;
  for (long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x; line < lines; line += (long long)gridDim.x * blockDim.x) {
    int label = labels[line];
    if (label != ignore) {
      const element *from = x + line / stride * stride * length + line % stride;
      float m;
      float l;
      normaliser(from, length, stride, m, l);
      float sum = 0;
      for (int i = 0; i < length && smoothing > 0; i++) {
        sum += widen(from[i * stride]);
      }
      bool valid = label >= 0 && label < length;
      total += valid ? loss_of(widen(from[label * stride]), sum, m, l, length, smoothing) : not_a_number();
      count++;
    }
  }
  leave(total, count, losses, counts);
}

// One block: the mean over all that count, 0 if nothing does.
extern "C" __global__ void __launch_bounds__(THREADS) mean_loss(const float *losses, const int *counts, int blocks, float *loss) {
  __shared__ float all_losses[1];
  __shared__ int all_counts[1];
  float total = 0;
  int count = 0;
  for (int i = threadIdx.x; i < blocks; i += THREADS) {
    total += losses[i];
    count += counts[i];
  }
  leave(total, count, all_losses, all_counts);
  if (threadIdx.x == 0) {
    *loss = all_counts[0] == 0 ? 0 : all_losses[0] / (float)all_counts[0];
  }
}

// One block: the loss's gradient over the number of labels that count.
extern "C" __global__ void __launch_bounds__(THREADS) label_weight(const int *labels, int ignore, long long lines, const float *dloss, float *weight) {
  __shared__ float none[1];
  __shared__ int all_counts[1];
  int count = 0;
  for (long long i = threadIdx.x; i < lines; i += THREADS) {
    count += labels[i] != ignore ? 1 : 0;
  }
  leave(0, count, none, all_counts);
  if (threadIdx.x == 0) {
    *weight = *dloss / (float)all_counts[0];
  }
}

__device__ __forceinline__ float logit_gradient(float v, float largest, float logarithm, bool labelled, int length, float smoothing) {
  return expf(v - largest - logarithm) - (smoothing / length + (labelled ? 1 - smoothing : 0));
}

extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy_gradient_joined(const float *weight, const element *x, const int *labels, element *dx, float smoothing, int ignore, long long lines,
    int length) {
  __shared__ float shared[THREADS];
  for (long long first = (long long)blockIdx.x * blockDim.y; first < lines; first += (long long)gridDim.x * blockDim.y) {
    long long line = first + threadIdx.y;
    int own = line < lines ? length : 0;
    int label = own > 0 ? labels[line] : ignore;
    float factor = label == ignore ? 0 : label >= 0 && label < length ? *weight : not_a_number();
    float m;
    float l;
    normaliser(x + line * length, label == ignore ? 0 : own, shared, m, l);
    for (int i = threadIdx.x; i < own; i += blockDim.x) {
      dx[line * length + i] = narrow(label == ignore ? 0 : logit_gradient(widen(x[line * length + i]), m, l, i == label, length, smoothing) * factor);
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy_gradient_apart(const float *weight, const element *x, const int *labels, element *dx, float smoothing, int ignore, long long lines,
    int length, long long stride) {
  for (long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x; line < lines; line += (long long)gridDim.x * blockDim.x) {
    long long base = line / stride * stride * length + line % stride;
    int label = labels[line];
    float factor = label == ignore ? 0 : label >= 0 && label < length ? *weight : not_a_number();
    float m = 0;
    float l = 0;
    if (label != ignore) {
      normaliser(x + base, length, stride, m, l);
    }
    for (int i = 0; i < length; i++) {
      dx[base + i * stride] = narrow(label == ignore ? 0 : logit_gradient(widen(x[base + i * stride]), m, l, i == label, length, smoothing) * factor);
    }
  }
}

// Binary cross-entropy on logits x with targets z, max(x, 0) - x z + ln(1 + exp(-|x|)): each block leaves its sum.
extern "C" __global__ void __launch_bounds__(THREADS) binary_cross_entropy(const element *x, const element *z, float *losses, int *counts, long long n) {
  float total = 0;
  int count = 0;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    float v = widen(x[i]);
    total += (v < 0 ? 0 : v) - v * widen(z[i]) + log1pf(expf(-fabsf(v)));
    count++;
  }
  leave(total, count, losses, counts);
}
