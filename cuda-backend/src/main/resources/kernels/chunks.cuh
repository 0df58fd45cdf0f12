// Sums over samples and positions are made in two steps, in an order that does not depend on the device: partial sums [chunk][n], then their sum.

#define CHUNK_COLUMNS 32
#define CHUNK_ROWS 8

// Blocks of CHUNK_COLUMNS x CHUNK_ROWS threads, CHUNK_COLUMNS sums each. The n sums are a matrix with rows of `width`, of which the transpose is written; a width of 1 leaves their order.
extern "C" __global__ void __launch_bounds__(CHUNK_COLUMNS *CHUNK_ROWS) sum_chunks(const float *partial, float *total, int chunks, int n, int width) {
  __shared__ float sums[CHUNK_ROWS][CHUNK_COLUMNS];
  int i = blockIdx.x * CHUNK_COLUMNS + threadIdx.x;
  float v = 0;
  if (i < n) {
#pragma unroll 4
    for (int k = threadIdx.y; k < chunks; k += CHUNK_ROWS) {
      v += partial[(long long)k * n + i];
    }
  }
  sums[threadIdx.y][threadIdx.x] = v;
  __syncthreads();
  if (threadIdx.y == 0 && i < n) {
    for (int r = 1; r < CHUNK_ROWS; r++) {
      v += sums[r][threadIdx.x];
    }
    int row = i / width;
    total[(long long)(i - row * width) * (n / width) + row] = v;
  }
}
