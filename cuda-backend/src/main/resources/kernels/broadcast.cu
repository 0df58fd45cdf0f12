// Functions of two numbers from tensors that lie differently, as one is repeated along some axes: up to six axes of c's elements in their order, with the distances of a's and b's elements along each.
#include "storage.cuh"

#define AXES 6
#define WALK_ARGUMENTS                                                                                                                                                                       \
  int s0, int s1, int s2, int s3, int s4, int s5, long long a0, long long a1, long long a2, long long a3, long long a4, long long a5, long long b0, long long b1, long long b2, long long b3, \
      long long b4, long long b5
#define WALK                                                           \
  const int size[AXES] = {s0, s1, s2, s3, s4, s5};                     \
  const long long from_a[AXES] = {a0, a1, a2, a3, a4, a5};             \
  const long long from_b[AXES] = {b0, b1, b2, b3, b4, b5};

template <class Count, class F>
__device__ __forceinline__ void walk(const element *a, const element *b, element *c, Count n, const int (&size)[AXES], const long long (&from_a)[AXES], const long long (&from_b)[AXES], F f) {
  for (Count i = (Count)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (Count)gridDim.x * blockDim.x) {
    Count rest = i;
    long long at_a = 0;
    long long at_b = 0;
#pragma unroll
    for (int k = AXES - 1; k >= 0; k--) {
      if (size[k] != 1) {
        Count quotient = rest / (Count)size[k];
        Count p = rest - quotient * (Count)size[k];
        rest = quotient;
        at_a += (long long)p * from_a[k];
        at_b += (long long)p * from_b[k];
      }
    }
    c[i] = narrow(f(widen(a[at_a]), widen(b[at_b])));
  }
}

#define BINARY(name, result)                                                                                                                            \
  extern "C" __global__ void __launch_bounds__(256) name(const element *a, const element *b, element *c, long long n, WALK_ARGUMENTS) {                 \
    WALK                                                                                                                                                \
    auto f = [](float v, float w) -> float { return result; };                                                                                          \
    if (n < 0x7fffffff) {                                                                                                                               \
      walk<unsigned int>(a, b, c, (unsigned int)n, size, from_a, from_b, f);                                                                            \
    } else {                                                                                                                                            \
      walk<unsigned long long>(a, b, c, (unsigned long long)n, size, from_a, from_b, f);                                                                \
    }                                                                                                                                                   \
  }

BINARY(binary_add, v + w)
BINARY(binary_subtract, v - w)
BINARY(binary_multiply, v *w)
BINARY(binary_divide, v / w)
BINARY(binary_maximum, v != v || v > w ? v : w)
BINARY(binary_minimum, v != v || v < w ? v : w)
BINARY(binary_greater_or_equal, v >= w ? 1.0f : 0.0f)
