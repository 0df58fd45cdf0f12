// Moves elements of SIZE bytes without looking at them, over up to six axes, with their distances on either side.

#ifndef SIZE
#define SIZE 4
#endif

template <int size>
struct Unit;

template <>
struct Unit<1> {
  typedef unsigned char type;
};

template <>
struct Unit<2> {
  typedef unsigned short type;
};

template <>
struct Unit<4> {
  typedef unsigned int type;
};

template <>
struct Unit<8> {
  typedef unsigned long long type;
};

template <>
struct Unit<16> {
  struct alignas(16) type {
    unsigned long long low;
    unsigned long long high;
  };
};

typedef Unit<SIZE>::type unit;

#define AXES 6

template <class Count>
__device__ __forceinline__ void walk(const unit *x, unit *y, Count n, const int (&size)[AXES], const long long (&from)[AXES], const long long (&to)[AXES]) {
  for (Count i = (Count)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (Count)gridDim.x * blockDim.x) {
    Count rest = i;
    long long at_x = 0;
    long long at_y = 0;
#pragma unroll
    for (int k = AXES - 1; k >= 0; k--) {
      if (size[k] != 1) {
        Count quotient = rest / (Count)size[k];
        Count p = rest - quotient * (Count)size[k];
        rest = quotient;
        at_x += (long long)p * from[k];
        at_y += (long long)p * to[k];
      }
    }
    y[at_y] = x[at_x];
  }
}

// Of n elements; x and y begin at their first.
extern "C" __global__ void __launch_bounds__(256) move(const unit *x, unit *y, long long x_base, long long y_base, long long n, int s0, int s1, int s2, int s3, int s4, int s5, long long x0,
    long long x1, long long x2, long long x3, long long x4, long long x5, long long y0, long long y1, long long y2, long long y3, long long y4, long long y5) {
  const int size[AXES] = {s0, s1, s2, s3, s4, s5};
  const long long from[AXES] = {x0, x1, x2, x3, x4, x5};
  const long long to[AXES] = {y0, y1, y2, y3, y4, y5};
  if (n < 0x7fffffff) {
    walk<unsigned int>(x + x_base, y + y_base, (unsigned int)n, size, from, to);
  } else {
    walk<unsigned long long>(x + x_base, y + y_base, (unsigned long long)n, size, from, to);
  }
}
