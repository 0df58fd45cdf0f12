// Elements taken sixteen bytes at a time, as memory wants it. Needs storage.cuh.

#if STORAGE == 0
#define LANES 4
#else
#define LANES 8
#endif

template <int n>
struct alignas(n * sizeof(element)) Pack {
  element v[n];
};

// Reads n elements from an address that is a multiple of their size.
template <int n>
__device__ __forceinline__ void read(const element *from, float (&v)[n]) {
  Pack<n> p = *(const Pack<n> *)from;
#pragma unroll
  for (int i = 0; i < n; i++) {
    v[i] = widen(p.v[i]);
  }
}

// Writes n elements.
template <int n>
__device__ __forceinline__ void write(element *to, const float (&v)[n]) {
  Pack<n> p;
#pragma unroll
  for (int i = 0; i < n; i++) {
    p.v[i] = narrow(v[i]);
  }
  *(Pack<n> *)to = p;
}
