// CUDA C++ for the host's compiler: included before every kernel source. Threads are fibres (see runtime.cpp); every load and store of a kernel is announced to the runtime by the compiler's
// instrumentation for thread checking, so that each is held against the memory that the launch was given.
#pragma once
// The C library's functions alone: C++'s header takes longer to read than a kernel to compile.
#define _GLIBCXX_INCLUDE_NEXT_C_HEADERS 1
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __device__
#define __host__
#define __constant__ static const
#define __shared__ static
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__
#define SIM_QUIET __attribute__((no_sanitize("thread"))) inline

struct uint3 { unsigned int x, y, z; };
struct dim3 {
  unsigned int x, y, z;
  constexpr dim3(unsigned int a = 1, unsigned int b = 1, unsigned int c = 1) : x(a), y(b), z(c) {}
};
#define SIM_VECTOR(T, name, bytes) \
  struct __align__(bytes / 2 < 8 ? bytes / 2 : 8) name##2 { T x, y; }; \
  struct name##3 { T x, y, z; }; \
  struct __align__(bytes) name##4 { T x, y, z, w; }; \
  inline name##2 make_##name##2(T x, T y) { return {x, y}; } \
  inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; } \
  inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
SIM_VECTOR(signed char, char, 4)
SIM_VECTOR(unsigned char, uchar, 4)
SIM_VECTOR(short, short, 8)
SIM_VECTOR(unsigned short, ushort, 8)
SIM_VECTOR(int, int, 16)
SIM_VECTOR(float, float, 16)
struct __align__(8) uint2 { unsigned int x, y; };
struct __align__(16) uint4 { unsigned int x, y, z, w; };
inline uint2 make_uint2(unsigned int x, unsigned int y) { return {x, y}; }
inline uint4 make_uint4(unsigned int x, unsigned int y, unsigned int z, unsigned int w) { return {x, y, z, w}; }
struct __align__(16) double2 { double x, y; };
struct __align__(16) longlong2 { long long x, y; };
struct __align__(16) ulonglong2 { unsigned long long x, y; };
inline double2 make_double2(double x, double y) { return {x, y}; }

extern "C" {
// Constant as a thread sees them; the runtime sets them before it switches to the thread.
extern const uint3 threadIdx, blockIdx;
extern const uint3 blockDim, gridDim;

enum SimVote { SIM_ALL, SIM_ANY, SIM_COUNT };
int sim_barrier(int line, int value, int vote);
// All lanes of the mask meet; gives the place of 32 values, by lane, one of them this lane's.
const uint64_t *sim_meet(unsigned int mask, uint64_t value);
unsigned int sim_present(unsigned int mask);
int sim_lane(void);
unsigned int sim_active(void);
void sim_touch(const volatile void *p, int bytes, int kind);
void sim_fence(void);
void sim_trap(const char *why, int line);
char *sim_dynamic_shared(void);
}
static const int warpSize = 32;
enum SimTouch { SIM_READ, SIM_WRITE, SIM_ATOMIC };

#define __syncthreads() ((void)sim_barrier(__LINE__, 0, SIM_ALL))
#define __syncthreads_and(v) sim_barrier(__LINE__, (v) != 0, SIM_ALL)
#define __syncthreads_or(v) sim_barrier(__LINE__, (v) != 0, SIM_ANY)
#define __syncthreads_count(v) sim_barrier(__LINE__, (v) != 0, SIM_COUNT)
#define __trap() sim_trap("__trap()", __LINE__)
#undef assert
#define assert(e) ((e) ? (void)0 : sim_trap("assert(" #e ")", __LINE__))
#define printf(...) ((void)0)
inline void __threadfence() { sim_fence(); }
inline void __threadfence_block() {}
inline void __threadfence_system() { sim_fence(); }
inline void __nanosleep(unsigned int) {}
inline void __syncwarp(unsigned int mask = 0xffffffffu) { sim_meet(mask, 0); }
inline unsigned int __activemask() { return sim_active(); }

template <class T> SIM_QUIET uint64_t sim_bits(T v) {
  static_assert(sizeof(T) <= 8, "lanes exchange at most 8 bytes");
  uint64_t b = 0;
  __builtin_memcpy(&b, &v, sizeof v);
  return b;
}
template <class T> SIM_QUIET T sim_value(uint64_t b) {
  T v;
  __builtin_memcpy(&v, &b, sizeof v);
  return v;
}
template <class T> SIM_QUIET T sim_shuffle(unsigned int mask, T v, int from) {
  const uint64_t *all = sim_meet(mask, sim_bits(v));
  // What a lane gives that takes no part is not defined: bits that are seen.
  return sim_present(mask) >> from & 1 ? sim_value<T>(all[from]) : sim_value<T>(~0ull);
}
template <class T> SIM_QUIET T __shfl_sync(unsigned int mask, T v, int from, int width = 32) {
  int lane = sim_lane();
  return sim_shuffle(mask, v, (lane & ~(width - 1)) | (from & (width - 1)));
}
template <class T> SIM_QUIET T __shfl_up_sync(unsigned int mask, T v, unsigned int delta, int width = 32) {
  int lane = sim_lane();
  int from = lane - (int)delta;
  return sim_shuffle(mask, v, from < (lane & ~(width - 1)) ? lane : from);
}
template <class T> SIM_QUIET T __shfl_down_sync(unsigned int mask, T v, unsigned int delta, int width = 32) {
  int lane = sim_lane();
  int from = lane + (int)delta;
  return sim_shuffle(mask, v, from > (lane | (width - 1)) ? lane : from);
}
template <class T> SIM_QUIET T __shfl_xor_sync(unsigned int mask, T v, int with, int width = 32) {
  int lane = sim_lane();
  int from = lane ^ with;
  return sim_shuffle(mask, v, from > (lane | (width - 1)) ? lane : from);
}
SIM_QUIET unsigned int __ballot_sync(unsigned int mask, int predicate) {
  const uint64_t *all = sim_meet(mask, predicate != 0);
  unsigned int present = sim_present(mask), votes = 0;
  for (int i = 0; i < 32; i++) votes |= present >> i & 1 && all[i] ? 1u << i : 0;
  return votes;
}
inline int __any_sync(unsigned int mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned int mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }
template <class T, class F> SIM_QUIET T sim_reduce(unsigned int mask, T v, F f) {
  const uint64_t *all = sim_meet(mask, sim_bits(v));
  unsigned int present = sim_present(mask);
  bool first = true;
  T r = v;
  for (int i = 0; i < 32; i++) {
    if (present >> i & 1) {
      r = first ? sim_value<T>(all[i]) : f(r, sim_value<T>(all[i]));
      first = false;
    }
  }
  return r;
}
#define SIM_REDUCE(name, T, expression) inline T __reduce_##name##_sync(unsigned int mask, T v) { return sim_reduce(mask, v, [](T a, T b) { return expression; }); }
SIM_REDUCE(add, unsigned int, a + b)
SIM_REDUCE(add, int, a + b)
SIM_REDUCE(min, unsigned int, a < b ? a : b)
SIM_REDUCE(min, int, a < b ? a : b)
SIM_REDUCE(max, unsigned int, a > b ? a : b)
SIM_REDUCE(max, int, a > b ? a : b)
SIM_REDUCE(and, unsigned int, a & b)
SIM_REDUCE(or, unsigned int, a | b)
SIM_REDUCE(xor, unsigned int, a ^ b)

// One thread runs at a time, so that plain arithmetic is atomic.
template <class T, class F> SIM_QUIET T sim_atomic(T *p, F f) {
  sim_touch(p, sizeof(T), SIM_ATOMIC);
  T old = *p;
  *p = f(old);
  return old;
}
#define SIM_ATOMIC_OP(name, T, expression) SIM_QUIET T atomic##name(T *p, T v) { return sim_atomic(p, [v](T old) -> T { return expression; }); }
#define SIM_ATOMIC_NUMBER(T) SIM_ATOMIC_OP(Add, T, old + v) SIM_ATOMIC_OP(Exch, T, ((void)old, v))
#define SIM_ATOMIC_INTEGER(T) \
  SIM_ATOMIC_NUMBER(T) SIM_ATOMIC_OP(Min, T, v < old ? v : old) SIM_ATOMIC_OP(Max, T, v > old ? v : old) SIM_ATOMIC_OP(And, T, old & v) SIM_ATOMIC_OP(Or, T, old | v) \
  SIM_ATOMIC_OP(Xor, T, old ^ v) SIM_QUIET T atomicCAS(T *p, T expected, T v) { return sim_atomic(p, [=](T old) -> T { return old == expected ? v : old; }); }
SIM_ATOMIC_NUMBER(float)
SIM_ATOMIC_NUMBER(double)
SIM_ATOMIC_INTEGER(int)
SIM_ATOMIC_INTEGER(unsigned int)
SIM_ATOMIC_INTEGER(unsigned long long)
SIM_ATOMIC_OP(Sub, int, old - v)
SIM_ATOMIC_OP(Sub, unsigned int, old - v)
SIM_ATOMIC_OP(Inc, unsigned int, old >= v ? 0 : old + 1)
SIM_ATOMIC_OP(Dec, unsigned int, old == 0 || old > v ? v : old - 1)

template <class T> inline T __ldg(const T *p) { return *p; }
template <class T> inline T __ldcs(const T *p) { return *p; }
template <class T> inline T __ldcg(const T *p) { return *p; }
template <class T> inline void __stcs(T *p, T v) { *p = v; }
template <class T> inline void __stcg(T *p, T v) { *p = v; }
template <class T> inline void __stwt(T *p, T v) { *p = v; }

inline float __int_as_float(int v) { return sim_value<float>(sim_bits(v)); }
inline float __uint_as_float(unsigned int v) { return sim_value<float>(sim_bits(v)); }
inline int __float_as_int(float v) { return sim_value<int>(sim_bits(v)); }
inline unsigned int __float_as_uint(float v) { return sim_value<unsigned int>(sim_bits(v)); }
inline long long __double_as_longlong(double v) { return sim_value<long long>(sim_bits(v)); }
inline double __longlong_as_double(long long v) { return sim_value<double>(sim_bits(v)); }
inline unsigned int __umulhi(unsigned int a, unsigned int b) { return (unsigned int)((uint64_t)a * b >> 32); }
inline int __mulhi(int a, int b) { return (int)((int64_t)a * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
inline int __mul24(int a, int b) { return (a << 8 >> 8) * (b << 8 >> 8); }
inline int __popc(unsigned int v) { return __builtin_popcount(v); }
inline int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
inline int __clz(int v) { return v ? __builtin_clz((unsigned int)v) : 32; }
inline int __clzll(long long v) { return v ? __builtin_clzll((unsigned long long)v) : 64; }
inline int __ffs(int v) { return __builtin_ffs(v); }
inline unsigned int __funnelshift_l(unsigned int lo, unsigned int hi, unsigned int s) { return (unsigned int)((((uint64_t)hi << 32 | lo) << (s & 31)) >> 32); }
inline unsigned int __funnelshift_r(unsigned int lo, unsigned int hi, unsigned int s) { return (unsigned int)(((uint64_t)hi << 32 | lo) >> (s & 31)); }
inline unsigned int __brev(unsigned int v) {
  unsigned int r = 0;
  for (int i = 0; i < 32; i++) r |= (v >> i & 1) << (31 - i);
  return r;
}

inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __log2f(float x) { return log2f(x); }
inline float __powf(float x, float y) { return powf(x, y); }
inline float __sinf(float x) { return sinf(x); }
inline float __cosf(float x) { return cosf(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1) : 0; }
inline float rsqrtf(float x) { return 1 / sqrtf(x); }
inline double rsqrt(double x) { return 1 / sqrt(x); }
inline float __frcp_rn(float x) { return 1 / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __frsqrt_rn(float x) { return 1 / sqrtf(x); }
// Rounded each by itself: the compiler must not join them.
inline float __fmul_rn(float x, float y) { volatile float r = x * y; return r; }
inline float __fadd_rn(float x, float y) { volatile float r = x + y; return r; }
inline float __fsub_rn(float x, float y) { volatile float r = x - y; return r; }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
inline double __dmul_rn(double x, double y) { volatile double r = x * y; return r; }
inline double __dadd_rn(double x, double y) { volatile double r = x + y; return r; }
inline double __fma_rn(double x, double y, double z) { return fma(x, y, z); }
inline float __int2float_rn(int v) { return (float)v; }
inline float __uint2float_rn(unsigned int v) { return (float)v; }
inline int __float2int_rn(float v) { return (int)rintf(v); }
inline int __float2int_rz(float v) { return (int)v; }
inline int __float2int_rd(float v) { return (int)floorf(v); }

#define SIM_MIN_MAX(T) inline T min(T a, T b) { return b < a ? b : a; } inline T max(T a, T b) { return a < b ? b : a; }
SIM_MIN_MAX(int)
SIM_MIN_MAX(unsigned int)
SIM_MIN_MAX(long long)
SIM_MIN_MAX(unsigned long long)
SIM_MIN_MAX(long)
SIM_MIN_MAX(unsigned long)
// Of a number and a NaN, the number.
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
inline long long min(long long a, int b) { return min(a, (long long)b); }
inline long long min(int a, long long b) { return min((long long)a, b); }
inline long long max(long long a, int b) { return max(a, (long long)b); }
inline long long max(int a, long long b) { return max((long long)a, b); }
inline unsigned int min(unsigned int a, int b) { return min(a, (unsigned int)b); }
inline unsigned int min(int a, unsigned int b) { return min((unsigned int)a, b); }

#define SIM_FLOAT(name) inline float name(float x) { return name##f(x); }
SIM_FLOAT(exp) SIM_FLOAT(log) SIM_FLOAT(log2) SIM_FLOAT(sqrt) SIM_FLOAT(tanh) SIM_FLOAT(sin) SIM_FLOAT(cos) SIM_FLOAT(erf) SIM_FLOAT(fabs) SIM_FLOAT(floor) SIM_FLOAT(ceil) SIM_FLOAT(rint) SIM_FLOAT(expm1)
SIM_FLOAT(log1p) SIM_FLOAT(round) SIM_FLOAT(trunc)
inline float pow(float x, float y) { return powf(x, y); }
inline float fmod(float x, float y) { return fmodf(x, y); }
inline int abs(int x) { return x < 0 ? -x : x; }
inline long long abs(long long x) { return x < 0 ? -x : x; }
inline float abs(float x) { return fabsf(x); }
inline double abs(double x) { return fabs(x); }

// Calls a kernel with arguments by address, and what its parameters are: p pointer, f float, d double, i 4 bytes, l 8 bytes, else ?.
template <class T> constexpr char sim_kind() { return sizeof(T) == 4 ? 'i' : sizeof(T) == 8 ? 'l' : '?'; }
template <> constexpr char sim_kind<float>() { return 'f'; }
template <> constexpr char sim_kind<double>() { return 'd'; }
template <class T> struct SimParameter { static constexpr char kind = sim_kind<T>(); };
template <class T> struct SimParameter<T *> { static constexpr char kind = 'p'; };
template <class T> struct SimParameter<T *__restrict> { static constexpr char kind = 'p'; };
template <class T> struct SimPlain { using type = T; };
template <class T> struct SimPlain<const T> { using type = T; };
template <int... I> struct SimPlaces {};
template <int N, int... I> struct SimCount : SimCount<N - 1, N - 1, I...> {};
template <int... I> struct SimCount<0, I...> { using type = SimPlaces<I...>; };
template <class... A, int... I> SIM_QUIET void sim_call(void (*kernel)(A...), void **a, SimPlaces<I...>) { kernel(*(typename SimPlain<A>::type *)a[I]...); }
template <class... A> SIM_QUIET void sim_call(void (*kernel)(A...), void **a) { sim_call(kernel, a, typename SimCount<sizeof...(A)>::type()); }
template <class... A> struct SimKinds { static constexpr char text[sizeof...(A) + 1] = {SimParameter<typename SimPlain<A>::type>::kind..., 0}; };
template <class... A> SIM_QUIET const char *sim_kinds(void (*)(A...)) { return SimKinds<A...>::text; }
#define SIM_KERNEL(name, bound) \
  extern "C" __attribute__((visibility("default"), no_sanitize("thread"))) void sim_call_##name(void **a) { sim_call(&name, a); } \
  extern "C" __attribute__((visibility("default"), no_sanitize("thread"))) const char *sim_kinds_##name() { return sim_kinds(&name); } \
  extern "C" __attribute__((visibility("default"), no_sanitize("thread"))) long sim_bound_##name() { return bound; }
