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

// Adds to a strip of y, for n channels side by side, what its taps make of x. load(row, column, v) reads what each of the n is made of, weight(tap, w) their weights.
template <int n, class Load, class Weight>
__device__ __forceinline__ void gather_y(float (&sum)[STRIP][n], const Sizes &s, int oh, int ow, Load load, Weight weight) {
#pragma unroll
  for (int kh = 0; kh < KERNEL_H; kh++) {
    int ih = x_row(s, oh, kh);
    if (ih < 0 || ih >= s.xh) {
      continue;
    }
    float w[KERNEL_W][n];
#pragma unroll
    for (int kw = 0; kw < KERNEL_W; kw++) {
      weight(kh * KERNEL_W + kw, w[kw]);
    }
    int first = ow * STRIDE_W - s.pw;
#pragma unroll
    for (int c = 0; c < X_COLUMNS; c++) {
      if (!x_column_used(c)) {
        continue;
      }
      float v[n] = {};
      if (first + c >= 0 && first + c < s.xw) {
        load(ih, first + c, v);
      }
#pragma unroll
      for (int t = 0; t < STRIP; t++) {
#pragma unroll
        for (int kw = 0; kw < KERNEL_W; kw++) {
          if (t * STRIDE_W + kw * DILATION_W == c) {
#pragma unroll
            for (int i = 0; i < n; i++) {
              sum[t][i] = fmaf(v[i], w[kw][i], sum[t][i]);
            }
          }
        }
      }
    }
  }
}

// The same for a strip of the gradient of x, which begins at column iw; load reads the gradient of y.
template <int n, class Load, class Weight>
__device__ __forceinline__ void gather_x(float (&sum)[STRIP][n], const Sizes &s, int ih, int iw, Load load, Weight weight) {
#pragma unroll
  for (int kh = 0; kh < KERNEL_H; kh++) {
    int oh = y_row(s, ih, kh);
    if (oh < 0) {
      continue;
    }
    float w[KERNEL_W][n];
#pragma unroll
    for (int kw = 0; kw < KERNEL_W; kw++) {
      weight(kh * KERNEL_W + kw, w[kw]);
    }
    int first = (iw + s.pw) / STRIDE_W - Y_BEFORE;
#pragma unroll
    for (int c = 0; c < Y_COLUMNS; c++) {
      if (!y_column_used(c)) {
        continue;
      }
      float v[n] = {};
      if (first + c >= 0 && first + c < s.yw) {
        load(oh, first + c, v);
      }
#pragma unroll
      for (int t = 0; t < STRIP; t++) {
#pragma unroll
        for (int kw = 0; kw < KERNEL_W; kw++) {
          if (y_column(t, kw) == c) {
#pragma unroll
            for (int i = 0; i < n; i++) {
              sum[t][i] = fmaf(v[i], w[kw][i], sum[t][i]);
            }
          }
        }
      }
    }
  }
}

// Adds to the gradients of the taps what a strip of y gives; load_x and load_y read what meets for each of the n.
template <int n, class LoadX, class LoadY>
__device__ __forceinline__ void gather_w(float (&sum)[TAPS][n], const Sizes &s, int oh, int ow, LoadX load_x, LoadY load_y) {
  float dy[STRIP][n];
#pragma unroll
  for (int t = 0; t < STRIP; t++) {
#pragma unroll
    for (int i = 0; i < n; i++) {
      dy[t][i] = 0;
    }
    if (ow + t < s.yw) {
      load_y(oh, ow + t, dy[t]);
    }
  }
  int first = ow * STRIDE_W - s.pw;
#pragma unroll
  for (int kh = 0; kh < KERNEL_H; kh++) {
    int ih = x_row(s, oh, kh);
    if (ih < 0 || ih >= s.xh) {
      continue;
    }
#pragma unroll
    for (int c = 0; c < X_COLUMNS; c++) {
      if (!x_column_used(c)) {
        continue;
      }
      float v[n] = {};
      if (first + c >= 0 && first + c < s.xw) {
        load_x(ih, first + c, v);
      }
#pragma unroll
      for (int t = 0; t < STRIP; t++) {
#pragma unroll
        for (int kw = 0; kw < KERNEL_W; kw++) {
          if (t * STRIDE_W + kw * DILATION_W == c) {
#pragma unroll
            for (int i = 0; i < n; i++) {
              sum[kh * KERNEL_W + kw][i] = fmaf(dy[t][i], v[i], sum[kh * KERNEL_W + kw][i]);
            }
          }
        }
      }
    }
  }
}
