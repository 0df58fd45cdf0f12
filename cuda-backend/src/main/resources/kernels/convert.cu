// Values from one form to another: their elements' type (macros FROM and TO, numbered as STORAGE is) and the order of their axes.
#include "storage.cuh"

#ifndef FROM
#define FROM 0
#endif
#ifndef TO
#define TO 0
#endif

typedef Stored<FROM>::type from_element;
typedef Stored<TO>::type to_element;

#define TILE 32
#define ROWS_AT_ONCE 8

// The same order.
extern "C" __global__ void convert_elements(const from_element *x, to_element *y, long long n) {
  long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
    y[i] = Stored<TO>::narrow(Stored<FROM>::widen(x[i]));
  }
}

// Matrices, each transposed: x [batch][rows][columns] to y [batch][columns][rows]. Blocks of 32 x 8 threads; a tile goes through shared memory so that both sides are read and written in runs.
extern "C" __global__ void convert_transposed(const from_element *x, to_element *y, int rows, int columns, int row_tiles, int column_tiles) {
  __shared__ float tile[TILE][TILE + 1];
  long long matrix = blockIdx.x / ((long long)row_tiles * column_tiles);
  int within = (int)(blockIdx.x - matrix * row_tiles * column_tiles);
  int first_row = within / column_tiles * TILE;
  int first_column = within % column_tiles * TILE;
  long long base = matrix * rows * columns;
  int column = first_column + (int)threadIdx.x;
  for (int i = threadIdx.y; i < TILE; i += ROWS_AT_ONCE) {
    int row = first_row + i;
    if (row < rows && column < columns) {
      tile[i][threadIdx.x] = Stored<FROM>::widen(x[base + (long long)row * columns + column]);
    }
  }
  __syncthreads();
  int row = first_row + (int)threadIdx.x;
  for (int i = threadIdx.y; i < TILE; i += ROWS_AT_ONCE) {
    int c = first_column + i;
    if (row < rows && c < columns) {
      y[base + (long long)c * rows + row] = Stored<TO>::narrow(tile[threadIdx.x][i]);
    }
  }
}
