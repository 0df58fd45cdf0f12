// Elements of another type: macros FROM and TO are 0 for float32, 1 for bfloat16, 2 for half precision, 3 for int, 4 for long long, 5 for bytes. Towards zero to integers, whose ends stand for what is beyond
// them and 0 for NaN; bytes take the lowest eight bits.
#include "storage.cuh"

#ifndef FROM
#define FROM 0
#endif
#ifndef TO
#define TO 3
#endif

template <int type>
struct Typed {
  typedef typename Stored<type>::type kept;
  typedef float number;
  static __device__ __forceinline__ float get(kept v) { return Stored<type>::widen(v); }
};

template <>
struct Typed<3> {
  typedef int kept;
  typedef long long number;
  static __device__ __forceinline__ long long get(int v) { return v; }
};

template <>
struct Typed<4> {
  typedef long long kept;
  typedef long long number;
  static __device__ __forceinline__ long long get(long long v) { return v; }
};

template <>
struct Typed<5> {
  typedef unsigned char kept;
  typedef long long number;
  static __device__ __forceinline__ long long get(unsigned char v) { return v; }
};

__device__ __forceinline__ int to_int(float v) { return v != v ? 0 : v >= 2147483648.0f ? 0x7fffffff : v <= -2147483648.0f ? (int)0x80000000 : (int)v; }

__device__ __forceinline__ int to_int(long long v) { return (int)v; }

__device__ __forceinline__ long long to_long(float v) {
  return v != v ? 0 : v >= 9223372036854775808.0f ? 0x7fffffffffffffffll : v <= -9223372036854775808.0f ? (long long)0x8000000000000000ull : (long long)v;
}

__device__ __forceinline__ long long to_long(long long v) { return v; }

template <class Number>
__device__ __forceinline__ Typed<TO>::kept converted(Number v) {
#if TO == 3
  return to_int(v);
#elif TO == 4
  return to_long(v);
#elif TO == 5
  return (unsigned char)to_int(v);
#else
  return Stored<TO>::narrow((float)v);
#endif
}

extern "C" __global__ void __launch_bounds__(256) cast(const Typed<FROM>::kept *x, Typed<TO>::kept *y, long long n) {
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    y[i] = converted(Typed<FROM>::get(x[i]));
  }
}
