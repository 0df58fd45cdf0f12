// Sets values: what the driver's memset cannot, a floating-point constant, over any number of elements.

extern "C" __global__ void fill_f32(float *y, float value, long long n) {
  long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
    y[i] = value;
  }
}
