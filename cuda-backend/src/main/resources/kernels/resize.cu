// Feature maps of another size: each output is a weighted mean of up to two neighbours on each axis, and the gradient gathers from all outputs that an element had a part in.
#include "storage.cuh"
#include "lanes.cuh"
#include "positions.cuh"

// One axis; mode 0 is nearest, 1 linear, 2 linear with aligned corners.
struct Axis {
  int in;
  int out;
  int mode;

  // The lower neighbour of output o, and the weight of the upper one.
  __device__ __forceinline__ void neighbours(int o, int &low, float &fraction) const {
    if (mode == 0) {
      int p = (int)((long long)o * in / out);
      low = p < in - 1 ? p : in - 1;
      fraction = 0;
      return;
    }
    // Whole and remaining part are divided apart, so that large maps lose nothing.
    long long numerator = mode == 2 ? (long long)o * (in - 1) : ((long long)2 * o + 1) * in - out;
    int denominator = mode == 2 ? (out > 1 ? out - 1 : 1) : 2 * out;
    numerator = numerator < 0 || (mode == 2 && out == 1) ? 0 : numerator;
    int whole = (int)(numerator / denominator);
    low = whole < in - 1 ? whole : in - 1;
    fraction = low == in - 1 ? 0 : (float)(int)(numerator - (long long)whole * denominator) / (float)denominator;
  }

  // The weight of position p in output o.
  __device__ __forceinline__ float weight(int o, int p) const {
    int low;
    float fraction;
    neighbours(o, low, fraction);
    return p == low ? 1 - fraction : p == low + 1 ? fraction : 0;
  }

  // Bounds of the outputs that position p has a part in, a little wide.
  __device__ __forceinline__ int first_output(int p) const {
    if (mode == 2) {
      return in == 1 || p == 0 ? 0 : (int)((long long)(p - 1) * (out - 1) / (in - 1));
    }
    int v = (int)((long long)(p - 1) * out / in) - 1;
    return v < 0 ? 0 : v;
  }

  __device__ __forceinline__ int last_output(int p) const {
    if (in == 1 || p == in - 1) {
      return out - 1;
    }
    long long v = mode == 2 ? ((long long)(p + 1) * (out - 1) + in - 2) / (in - 1) : ((long long)(2 * p + 3) * out + 2 * in - 1) / (2 * in);
    return v < out - 1 ? (int)v : out - 1;
  }
};

#define ARGUMENTS const element *x, element *y, long long outers, int channels, int in_d, int in_h, int in_w, int out_d, int out_h, int out_w, int mode

template <bool last, int n>
__device__ __forceinline__ void resize(const element *x, element *y, long long outers, int channels, const Size &in, const Size &out, int mode) {
  Axis ad = {in.d, out.d, mode};
  Axis ah = {in.h, out.h, mode};
  Axis aw = {in.w, out.w, mode};
  visit_positions<last, n>(outers, out.product(), channels, [&](long long outer, int position, int channel) {
    int od, oh, ow;
    out.split(position, od, oh, ow);
    int d, h, w;
    float fd, fh, fw;
    ad.neighbours(od, d, fd);
    ah.neighbours(oh, h, fh);
    aw.neighbours(ow, w, fw);
    float sum[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      sum[i] = 0;
    }
    for (int k = 0; k < 8; k++) {
      float weight = (k & 4 ? fd : 1 - fd) * (k & 2 ? fh : 1 - fh) * (k & 1 ? fw : 1 - fw);
      if ((k & 4 && fd == 0) || (k & 2 && fh == 0) || (k & 1 && fw == 0)) {
        continue;
      }
      int from = ((d + (k >> 2)) * in.h + h + (k >> 1 & 1)) * in.w + w + (k & 1);
      float v[n];
      read(x + element_at<last>(outer, from, channel, in.product(), channels), v);
#pragma unroll
      for (int i = 0; i < n; i++) {
        sum[i] = fmaf(v[i], weight, sum[i]);
      }
    }
    write(y + element_at<last>(outer, position, channel, out.product(), channels), sum);
  });
}

template <bool last, int n>
__device__ __forceinline__ void resize_gradient(const element *dy, element *dx, long long outers, int channels, const Size &in, const Size &out, int mode) {
  Axis ad = {in.d, out.d, mode};
  Axis ah = {in.h, out.h, mode};
  Axis aw = {in.w, out.w, mode};
  visit_positions<last, n>(outers, in.product(), channels, [&](long long outer, int position, int channel) {
    int d, h, w;
    in.split(position, d, h, w);
    float sum[n];
#pragma unroll
    for (int i = 0; i < n; i++) {
      sum[i] = 0;
    }
    for (int od = ad.first_output(d); od <= ad.last_output(d); od++) {
      float wd = ad.weight(od, d);
      for (int oh = ah.first_output(h); wd != 0 && oh <= ah.last_output(h); oh++) {
        float wh = wd * ah.weight(oh, h);
        for (int ow = aw.first_output(w); wh != 0 && ow <= aw.last_output(w); ow++) {
          float weight = wh * aw.weight(ow, w);
          if (weight != 0) {
            float v[n];
            read(dy + element_at<last>(outer, (od * out.h + oh) * out.w + ow, channel, out.product(), channels), v);
#pragma unroll
            for (int i = 0; i < n; i++) {
              sum[i] = fmaf(v[i], weight, sum[i]);
            }
          }
        }
      }
    }
    write(dx + element_at<last>(outer, position, channel, in.product(), channels), sum);
  });
}

#define SIZES {in_d, in_h, in_w}, out = { out_d, out_h, out_w }

extern "C" __global__ void __launch_bounds__(256, 2) resize_rows(ARGUMENTS) {
  Size in = SIZES;
  resize<false, 1>(x, y, outers, channels, in, out, mode);
}

extern "C" __global__ void __launch_bounds__(256, 2) resize_last_wide(ARGUMENTS) {
  Size in = SIZES;
  resize<true, LANES>(x, y, outers, channels, in, out, mode);
}

extern "C" __global__ void __launch_bounds__(256, 2) resize_last_narrow(ARGUMENTS) {
  Size in = SIZES;
  resize<true, 1>(x, y, outers, channels, in, out, mode);
}

extern "C" __global__ void __launch_bounds__(256, 2) resize_gradient_rows(ARGUMENTS) {
  Size in = SIZES;
  resize_gradient<false, 1>(x, y, outers, channels, in, out, mode);
}

extern "C" __global__ void __launch_bounds__(256, 2) resize_gradient_last_wide(ARGUMENTS) {
  Size in = SIZES;
  resize_gradient<true, LANES>(x, y, outers, channels, in, out, mode);
}

extern "C" __global__ void __launch_bounds__(256, 2) resize_gradient_last_narrow(ARGUMENTS) {
  Size in = SIZES;
  resize_gradient<true, 1>(x, y, outers, channels, in, out, mode);
}
