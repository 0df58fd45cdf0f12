// How a kernel of known size, stride and dilation (macros) meets a strip of STRIP neighbouring positions of a row, so that what is loaded once serves every position and tap it belongs to. All loops
// are unrolled and every question of which belongs to which is answered by the compiler.

#ifndef KERNEL_H
#define KERNEL_H 3
#endif
#ifndef KERNEL_W
#define KERNEL_W 3
#endif
#ifndef STRIDE_H
#define STRIDE_H 1
#endif
#ifndef STRIDE_W
#define STRIDE_W 1
#endif
#ifndef DILATION_H
#define DILATION_H 1
#endif
#ifndef DILATION_W
#define DILATION_W 1
#endif
#ifndef STRIP
#define STRIP 4
#endif

#define TAPS (KERNEL_H * KERNEL_W)

// Sizes of a convolution: x [samples, …, xh, xw] gives y [samples, …, yh, yw]; ph and pw are the padding before.
struct Sizes {
  int samples, xh, xw, yh, yw, ph, pw;
};

// Columns of x that a strip of y reads: column c is xw = first y * STRIDE_W - pw + c.
#define X_COLUMNS ((STRIP - 1) * STRIDE_W + (KERNEL_W - 1) * DILATION_W + 1)

__device__ __forceinline__ constexpr bool x_column_used(int c) {
  for (int t = 0; t < STRIP; t++) {
    for (int k = 0; k < KERNEL_W; k++) {
      if (t * STRIDE_W + k * DILATION_W == c) {
        return true;
      }
    }
  }
  return false;
}

// Columns of y that a strip of x reads in the gradient of x. Strips begin where xw + pw is a multiple of STRIDE_W, and STRIP is one too; column c is (first x + pw) / STRIDE_W - Y_BEFORE + c.
#define Y_BEFORE ((KERNEL_W - 1) * DILATION_W / STRIDE_W)
#define Y_COLUMNS (Y_BEFORE + (STRIP - 1) / STRIDE_W + 1)

// Which column serves position t and tap k of the gradient of x; negative if none does.
__device__ __forceinline__ constexpr int y_column(int t, int k) {
  return (t - k * DILATION_W) % STRIDE_W == 0 ? (t - k * DILATION_W) / STRIDE_W + Y_BEFORE : -1;
}

__device__ __forceinline__ constexpr bool y_column_used(int c) {
  for (int t = 0; t < STRIP; t++) {
    for (int k = 0; k < KERNEL_W; k++) {
      if (y_column(t, k) == c) {
        return true;
      }
    }
  }
  return false;
}

// The row of x that row oh of y meets with tap kh; not inside if that is padding.
__device__ __forceinline__ int x_row(const Sizes &s, int oh, int kh) { return oh * STRIDE_H - s.ph + kh * DILATION_H; }

// The row of y that meets row ih of x with tap kh, or -1.
__device__ __forceinline__ int y_row(const Sizes &s, int ih, int kh) {
  int scaled = ih + s.ph - kh * DILATION_H;
  if (scaled < 0 || scaled % STRIDE_H != 0) {
    return -1;
  }
  int oh = scaled / STRIDE_H;
  return oh < s.yh ? oh : -1;
}

// Strips in a row of y.
__device__ __forceinline__ int y_strips(const Sizes &s) { return (s.yw + STRIP - 1) / STRIP; }

// How far before the row's begin the first strip of x begins.
__device__ __forceinline__ int x_lead(const Sizes &s) { return s.pw % STRIDE_W; }

// Strips in a row of x.
__device__ __forceinline__ int x_strips(const Sizes &s) { return (s.xw + x_lead(s) + STRIP - 1) / STRIP; }
