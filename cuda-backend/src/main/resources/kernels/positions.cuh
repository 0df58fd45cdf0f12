// Walks over the positions of feature maps, in both orders. Needs storage.cuh.
//
// Rows: the first axis of the launch is a plane's positions, the second the planes, samples x channels. Channels last: the first axis is positions x channels, n channels a thread, the second the samples.

// Calls visit(outer, position, channel): outer is the plane in rows, else the sample; channel is 0 in rows.
template <bool last, int n, class Visit>
__device__ __forceinline__ void visit_positions(long long outers, int positions, int channels, Visit visit) {
  int per_position = last ? channels / n : 1;
  unsigned int inners = (unsigned int)positions * (unsigned int)per_position;
  for (long long outer = (long long)blockIdx.y * blockDim.y + threadIdx.y; outer < outers; outer += (long long)gridDim.y * blockDim.y) {
    for (unsigned int inner = blockIdx.x * blockDim.x + threadIdx.x; inner < inners; inner += gridDim.x * blockDim.x) {
      int position = last ? (int)(inner / (unsigned int)per_position) : (int)inner;
      int channel = last ? (int)(inner - (unsigned int)position * (unsigned int)per_position) * n : 0;
      visit(outer, position, channel);
    }
  }
}

// Where an element of a map with so many positions lies.
template <bool last>
__device__ __forceinline__ long long element_at(long long outer, int position, int channel, int positions, int channels) {
  return last ? (outer * positions + position) * channels + channel : outer * positions + position;
}

// Three spatial axes; leading ones of size 1 stand for those that are not there.
struct Size {
  int d;
  int h;
  int w;

  __device__ __forceinline__ int product() const { return d * h * w; }

  __device__ __forceinline__ void split(int position, int &z, int &y, int &x) const {
    int plane = position / w;
    x = position - plane * w;
    z = plane / h;
    y = plane - z * h;
  }
};
