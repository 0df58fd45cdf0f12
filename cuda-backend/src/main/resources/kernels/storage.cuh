// How elements are stored: macro STORAGE is 0 for float32, 1 for bfloat16, 2 for IEEE half precision. Arithmetic is float32 always; rounding is to nearest even.

#ifndef STORAGE
#define STORAGE 0
#endif

// Machine instructions are for NVIDIA's compilers; others, as tests use them, convert by hand.
#if defined(__CUDACC_VER_MAJOR__) && defined(__CUDA_ARCH__)
#define MACHINE __CUDA_ARCH__
#else
#define MACHINE 0
#endif

union Bits {
  float number;
  unsigned int bits;
};

template <int storage>
struct Stored;

template <>
struct Stored<0> {
  typedef float type;
  static __device__ __forceinline__ float widen(float v) { return v; }
  static __device__ __forceinline__ float narrow(float v) { return v; }
};

template <>
struct Stored<1> {
  typedef unsigned short type;
  static __device__ __forceinline__ float widen(unsigned short v) {
    Bits b;
    b.bits = (unsigned int)v << 16;
    return b.number;
  }
  static __device__ __forceinline__ unsigned short narrow(float v) {
#if MACHINE >= 800
    unsigned short r;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(r) : "f"(v));
    return r;
#else
    Bits b;
    b.number = v;
    if (v != v) {
      return (unsigned short)((b.bits >> 16) | 0x40);
    }
    return (unsigned short)((b.bits + 0x7fff + ((b.bits >> 16) & 1)) >> 16);
#endif
  }
};

template <>
struct Stored<2> {
  typedef unsigned short type;
  static __device__ __forceinline__ float widen(unsigned short v) {
#if MACHINE > 0
    float r;
    asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(v));
    return r;
#else
    Bits b;
    unsigned int magnitude = v & 0x7fff;
    if (magnitude >= 0x7c00) {
      b.bits = 0x7f800000 | (magnitude & 0x3ff) << 13;
    } else if (magnitude >= 0x400) {
      b.bits = (magnitude << 13) + (112u << 23);
    } else {
      b.number = (float)magnitude * 5.9604644775390625e-8f;
    }
    b.bits |= (unsigned int)(v & 0x8000) << 16;
    return b.number;
#endif
  }
  static __device__ __forceinline__ unsigned short narrow(float v) {
#if MACHINE > 0
    unsigned short r;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(r) : "f"(v));
    return r;
#else
    Bits b;
    b.number = v;
    unsigned int sign = (b.bits >> 16) & 0x8000;
    unsigned int m = b.bits & 0x7fffffff;
    if (m > 0x7f800000) {
      return (unsigned short)(sign | 0x7e00);
    }
    if (m >= 0x477ff000) {
      return (unsigned short)(sign | 0x7c00);
    }
    if (m < 0x38800000) {
      // Below the normal numbers: adding 0.5 lets the hardware round to the spacing of 2^-24.
      b.bits = m;
      b.number += 0.5f;
      return (unsigned short)(sign | (b.bits - 0x3f000000));
    }
    return (unsigned short)(sign | (m - (112u << 23) + 0xfff + ((m >> 13) & 1)) >> 13);
#endif
  }
};

typedef Stored<STORAGE>::type element;

// The number in an element.
__device__ __forceinline__ float widen(element v) { return Stored<STORAGE>::widen(v); }

// The element nearest to a number.
__device__ __forceinline__ element narrow(float v) { return Stored<STORAGE>::narrow(v); }
