// A fused activation: macro ACTIVATION is its number, 0 for none. NaN stays NaN.

#ifndef ACTIVATION
#define ACTIVATION 0
#endif

__device__ __forceinline__ float activate(float v) {
#if ACTIVATION == 0
  return v;
#elif ACTIVATION == 1
  return v < 0 ? 0 : v;
#elif ACTIVATION == 2
  return v < 0 ? 0 : v > 6 ? 6 : v;
#elif ACTIVATION == 3
  return 1 / (1 + expf(-v));
#elif ACTIVATION == 4
  return tanhf(v);
#else
#error "no such activation"
#endif
}
