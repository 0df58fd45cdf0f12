/* A libcuda.so.1 whose device is the host: memory is malloc's, streams do their work at once, and there is one kernel. It exists to show that addresses, scalars and records pass JCuda unharmed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int CUresult;
typedef uint64_t CUdeviceptr;

enum { MOST_LAUNCHES = 16, TOO_MUCH = 1 << 30 };

/* The kernel's arguments, or a copy's if source is not 0. */
struct launch {
  CUdeviceptr y;
  float factor;
  int n;
  long long offset;
  CUdeviceptr source;
  size_t bytes;
};

static int capturing;
static struct launch captured[MOST_LAUNCHES];
static int captured_count;
static int thing;

static void run(struct launch l) {
  if (l.source) {
    memcpy((void *)(uintptr_t)l.y, (void *)(uintptr_t)l.source, l.bytes);
    return;
  }
  float *y = (float *)(uintptr_t)l.y;
  for (int i = 0; i < l.n; i++) {
    y[i] = y[i] * l.factor + (float)(l.offset >> 32);
  }
}

CUresult cuInit(unsigned flags) { return flags ? 1 : 0; }
CUresult cuDriverGetVersion(int *v) { *v = 13010; return 0; }
CUresult cuDeviceGetCount(int *n) { *n = 2; return 0; }
CUresult cuDeviceGet(int *d, int ordinal) { *d = ordinal; return 0; }
CUresult cuDeviceGetName(char *name, int n, int d) { strncpy(name, d ? "Stub One" : "Stub Zero", n); return 0; }
CUresult cuDeviceTotalMem_v2(size_t *b, int d) { *b = (size_t)(d + 1) << 33; return 0; }
CUresult cuDeviceGetAttribute(int *v, int a, int d) { *v = a * 10 + d; return 0; }
CUresult cuDevicePrimaryCtxRetain(void **c, int d) { *c = &thing + d; return 0; }
CUresult cuDevicePrimaryCtxRelease_v2(int d) { return d > 1; }
CUresult cuCtxSetCurrent(void *c) { return c == NULL; }
CUresult cuCtxSynchronize(void) { return 0; }
CUresult cuCtxEnablePeerAccess(void *c, unsigned f) { return f ? 1 : c == &thing ? 704 : 217; }
CUresult cuMemGetInfo_v2(size_t *free_bytes, size_t *total) { *free_bytes = (size_t)5 << 32; *total = (size_t)6 << 32; return 0; }
CUresult cuMemAlloc_v2(CUdeviceptr *p, size_t n) {
  if (n >= TOO_MUCH) {
    return 2;
  }
  *p = (uintptr_t)aligned_alloc(256, (n + 255) / 256 * 256);
  return 0;
}
CUresult cuMemFree_v2(CUdeviceptr p) { free((void *)(uintptr_t)p); return 0; }
CUresult cuMemHostAlloc(void **p, size_t n, unsigned f) { *p = malloc(n); return f == 1 ? 0 : 1; }
CUresult cuMemFreeHost(void *p) { free(p); return 0; }
static CUresult copy(void *d, const void *s, size_t n) { memcpy(d, s, n); return 0; }
CUresult cuMemcpyHtoD_v2(CUdeviceptr d, const void *s, size_t n) { return copy((void *)(uintptr_t)d, s, n); }
CUresult cuMemcpyDtoH_v2(void *d, CUdeviceptr s, size_t n) { return copy(d, (void *)(uintptr_t)s, n); }
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr d, const void *s, size_t n, void *q) { (void)q; return cuMemcpyHtoD_v2(d, s, n); }
CUresult cuMemcpyDtoHAsync_v2(void *d, CUdeviceptr s, size_t n, void *q) { (void)q; return cuMemcpyDtoH_v2(d, s, n); }
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr d, CUdeviceptr s, size_t n, void *q) {
  struct launch l = {.y = d, .source = s, .bytes = n};
  if (capturing) {
    captured[captured_count++] = l;
  } else {
    run(l);
  }
  return q != &thing;
}
CUresult cuMemcpyPeerAsync(CUdeviceptr d, void *dc, CUdeviceptr s, void *sc, size_t n, void *q) {
  (void)q;
  return dc == sc ? 1 : copy((void *)(uintptr_t)d, (void *)(uintptr_t)s, n);
}
CUresult cuMemsetD8Async(CUdeviceptr d, unsigned char v, size_t n, void *q) { (void)q; memset((void *)(uintptr_t)d, v, n); return 0; }
CUresult cuMemsetD32Async(CUdeviceptr d, unsigned v, size_t n, void *q) {
  (void)q;
  for (size_t i = 0; i < n; i++) {
    ((unsigned *)(uintptr_t)d)[i] = v;
  }
  return 0;
}
CUresult cuStreamCreate(void **s, unsigned f) { *s = &thing; return f == 1 ? 0 : 1; }
CUresult cuStreamDestroy_v2(void *s) { return s != &thing; }
CUresult cuStreamSynchronize(void *s) { return s != &thing; }
CUresult cuStreamWaitEvent(void *s, void *e, unsigned f) { (void)f; return s != &thing || e != &captured_count; }
CUresult cuEventCreate(void **e, unsigned f) { *e = &captured_count; return f & ~2u; }
CUresult cuEventRecord(void *e, void *s) { return s != &thing || e != &captured_count; }
CUresult cuEventQuery(void *e) { (void)e; return capturing ? 600 : 0; }
CUresult cuEventSynchronize(void *e) { (void)e; return 0; }
CUresult cuEventElapsedTime(float *ms, void *a, void *b) { *ms = 2.5f; return a != b; }
CUresult cuEventDestroy_v2(void *e) { (void)e; return 0; }
CUresult cuModuleLoadData(void **m, const void *image) { *m = &capturing; return strcmp(image, "image") ? 200 : 0; }
CUresult cuModuleUnload(void *m) { return m != &capturing; }
CUresult cuModuleGetFunction(void **f, void *m, const char *name) { *f = &captured; return m != &capturing ? 1 : strcmp(name, "scale") ? 500 : 0; }
CUresult cuFuncGetAttribute(int *v, int a, void *f) { *v = a == 4 ? 32 : 0; return f != &captured; }
CUresult cuFuncSetAttribute(void *f, int a, int v) { return f != &captured || a != 8 || v != 65536; }
CUresult cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *s, void **args, void **extra) {
  if (f != &captured || extra || s != &thing || gx != 7 || gy != 5 || gz != 3 || bx != 32 || by != 4 || bz != 2 || shared != 1024) {
    return 1;
  }
  struct launch l = {*(CUdeviceptr *)args[0], *(float *)args[1], *(int *)args[2], *(long long *)args[3], 0, 0};
  if (capturing) {
    captured[captured_count++] = l;
  } else {
    run(l);
  }
  return 0;
}
CUresult cuStreamBeginCapture_v2(void *s, int mode) { capturing = 1; captured_count = 0; return s != &thing || mode != 1; }
CUresult cuStreamEndCapture(void *s, void **g) { capturing = 0; *g = captured; return s != &thing; }
CUresult cuGraphInstantiateWithFlags(void **e, void *g, unsigned long long f) { *e = g; return g != captured || f != 0; }
CUresult cuGraphDestroy(void *g) { return g != captured; }
CUresult cuGraphExecDestroy(void *g) { return g != captured; }
CUresult cuGraphLaunch(void *g, void *s) {
  for (int i = 0; i < captured_count; i++) {
    run(captured[i]);
  }
  return g != captured || s != &thing;
}
