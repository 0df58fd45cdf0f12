// Dropout with Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): the element with index i in the undivided tensor, in rows, is kept if word i of the stream says so, as
// on every other engine.
#include "storage.cuh"
#include "lanes.cuh"

#define ROUNDS 10

__device__ __forceinline__ void philox(unsigned long long key, unsigned long long stream, unsigned long long index, unsigned int (&words)[4]) {
  unsigned int c0 = (unsigned int)index;
  unsigned int c1 = (unsigned int)(index >> 32);
  unsigned int c2 = (unsigned int)stream;
  unsigned int c3 = (unsigned int)(stream >> 32);
  unsigned int k0 = (unsigned int)key;
  unsigned int k1 = (unsigned int)(key >> 32);
#pragma unroll
  for (int r = 0; r < ROUNDS; r++) {
    unsigned int high0 = __umulhi(0xD2511F53u, c0);
    unsigned int low0 = 0xD2511F53u * c0;
    unsigned int high1 = __umulhi(0xCD9E8D57u, c2);
    unsigned int low1 = 0xCD9E8D57u * c2;
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

// Element i here is element first + i of the undivided tensor; first is a multiple of four. Kept is what the upper 24 bits of a word are at least threshold.
extern "C" __global__ void __launch_bounds__(256) dropout_in_order(const element *x, const long long *state, element *y, int stream, unsigned int threshold, float scale, long long first, long long n) {
  unsigned long long key = (unsigned long long)state[0];
  unsigned long long sequence = (unsigned long long)stream << 32 | ((unsigned long long)state[1] & 0xffffffffull);
  long long threads = (long long)gridDim.x * blockDim.x;
  for (long long i = ((long long)blockIdx.x * blockDim.x + threadIdx.x) * 4; i < n; i += threads * 4) {
    unsigned int words[4];
    philox(key, sequence, (unsigned long long)(first + i) >> 2, words);
    if (i + 4 <= n) {
      float v[4];
      read(x + i, v);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        v[k] = words[k] >> 8 >= threshold ? v[k] * scale : 0;
      }
      write(y + i, v);
    } else {
#pragma unroll
      for (int k = 0; k < 3; k++) {
        if (i + k < n) {
          y[i + k] = narrow(words[k] >> 8 >= threshold ? widen(x[i + k]) * scale : 0);
        }
      }
    }
  }
}

// In any order, of any part: an element's index follows from its sample, channel and position.
extern "C" __global__ void __launch_bounds__(256) dropout_anywhere(const element *x, const long long *state, element *y, int stream, unsigned int threshold, float scale, int channels_last, int channels,
    int plane, int all_channels, int first_channel, int first_sample, long long n) {
  unsigned long long key = (unsigned long long)state[0];
  unsigned long long sequence = (unsigned long long)stream << 32 | ((unsigned long long)state[1] & 0xffffffffull);
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    int inner = channels_last ? channels : plane;
    int outer = channels_last ? plane : channels;
    long long line = i / inner;
    int a = (int)(i - line * inner);
    long long sample = line / outer;
    int b = (int)(line - sample * outer);
    long long channel = (channels_last ? a : b) + first_channel;
    unsigned long long index = (unsigned long long)(((sample + first_sample) * all_channels + channel) * plane + (channels_last ? b : a));
    unsigned int words[4];
    philox(key, sequence, index >> 2, words);
    unsigned int low = index & 1 ? words[1] : words[0];
    unsigned int high = index & 1 ? words[3] : words[2];
    unsigned int word = index & 2 ? high : low;
    y[i] = narrow(word >> 8 >= threshold ? widen(x[i]) * scale : 0);
  }
}
