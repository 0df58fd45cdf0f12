// Puts together what devices exchange: runs of elements to their places, or added there; and sums of stretches.

#ifndef SIZE
#define SIZE 4
#endif

template <int size>
struct Element;

template <>
struct Element<1> {
  typedef unsigned char type;
};

template <>
struct Element<2> {
  typedef unsigned short type;
};

template <>
struct Element<4> {
  typedef unsigned int type;
};

template <>
struct Element<8> {
  typedef unsigned long long type;
};

typedef Element<SIZE>::type element;

// Runs are triples: first element in x, first in y, length. A block does a run.
extern "C" __global__ void __launch_bounds__(256) place_runs(const element *x, element *y, const long long *runs, int count) {
  for (int r = blockIdx.x; r < count; r += gridDim.x) {
    const element *from = x + runs[3 * r];
    element *to = y + runs[3 * r + 1];
    long long length = runs[3 * r + 2];
    for (long long i = threadIdx.x; i < length; i += blockDim.x) {
      to[i] = from[i];
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) add_runs(const float *x, float *y, const long long *runs, int count) {
  for (int r = blockIdx.x; r < count; r += gridDim.x) {
    const float *from = x + runs[3 * r];
    float *to = y + runs[3 * r + 1];
    long long length = runs[3 * r + 2];
    for (long long i = threadIdx.x; i < length; i += blockDim.x) {
      to[i] += from[i];
    }
  }
}

// The sum over all devices in their order, in the place of this one's summand. The others' lie `gap` elements apart, in order.
extern "C" __global__ void __launch_bounds__(256) sum_stretch(float *mine, const float *others, long long n, int devices, int rank, long long gap) {
  long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
    float sum = rank == 0 ? mine[i] : others[i];
    for (int e = 1; e < devices; e++) {
      sum += e == rank ? mine[i] : others[(e < rank ? e : e - 1) * gap + i];
    }
    mine[i] = sum;
  }
}
