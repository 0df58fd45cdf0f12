// What the simulated device needs of the machine and Java 17 does not give: memory at addresses, and calls into libraries that were just compiled. Numbers are all that cross, so no header of
// Java's is needed; the two functions of its native interface that are called are found by their places in the table of
// functions, which the interface's specification fixes (229: NewDirectByteBuffer, 230: GetDirectBufferAddress).
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define HOST(result, name) extern "C" __attribute__((visibility("default"))) result Java_dev_cardinal_cuda_simulated_NativeHost_##name

typedef int64_t Long;

HOST(Long, reserve)(void *, void *, Long bytes) {
  void *p = mmap(nullptr, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? 0 : (Long)p;
}

HOST(void, release)(void *, void *, Long address, Long bytes) {
  munmap((void *)address, (size_t)bytes);
}

// Gives whole pages back to the system; the addresses stay reserved.
HOST(void, discard)(void *, void *, Long address, Long bytes) {
  const Long page = 4096;
  Long first = (address + page - 1) / page * page;
  Long last = (address + bytes) / page * page;
  if (last > first) {
    madvise((void *)first, (size_t)(last - first), MADV_DONTNEED);
  }
}

HOST(void *, view)(void *env, void *, Long address, Long bytes) {
  const int new_direct_byte_buffer = 229;
  void **functions = *(void ***)env;
  return ((void *(*)(void *, void *, Long))functions[new_direct_byte_buffer])(env, (void *)address, bytes);
}

HOST(Long, address)(void *env, void *, void *buffer) {
  const int get_direct_buffer_address = 230;
  void **functions = *(void ***)env;
  return (Long)((void *(*)(void *, void *))functions[get_direct_buffer_address])(env, buffer);
}

HOST(void, copy)(void *, void *, Long destination, Long source, Long bytes) {
  memmove((void *)destination, (void *)source, (size_t)bytes);
}

HOST(void, fill)(void *, void *, Long address, int32_t value, Long bytes) {
  memset((void *)address, value, (size_t)bytes);
}

HOST(Long, load)(void *, void *, Long path) {
  return (Long)dlopen((const char *)path, RTLD_NOW | RTLD_LOCAL);
}

HOST(void, unload)(void *, void *, Long library) {
  dlclose((void *)library);
}

HOST(Long, symbol)(void *, void *, Long library, Long name) {
  return (Long)dlsym((void *)library, (const char *)name);
}

HOST(Long, length)(void *, void *, Long text) {
  return (Long)strlen((const char *)text);
}

HOST(Long, lastError)(void *, void *) {
  const char *e = dlerror();
  return (Long)(e ? e : "no error");
}

HOST(Long, call)(void *, void *, Long function, Long a, Long b) {
  return ((Long (*)(Long, Long))function)(a, b);
}
