/* A library of NCCL's that writes down what it is called with, for one process, and fails where it is told to: ncclStubSay gives the words so far and forgets them. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static char said[4096];
static int fails;

#define SAY(...) snprintf(said + strlen(said), sizeof said - strlen(said), __VA_ARGS__)

const char *ncclStubSay(void) {
  static char copy[sizeof said];
  strcpy(copy, said);
  said[0] = 0;
  return copy;
}

void ncclStubFail(int code) { fails = code; }

static int result(void) {
  int code = fails;
  fails = 0;
  return code;
}

int ncclGetVersion(int *version) {
  *version = 22304;
  return 0;
}

const char *ncclGetErrorString(int code) { return code == 3 ? "internal error" : "another error"; }

const char *ncclGetLastError(void *comm) { return comm ? "of a communicator" : "the cable was pulled\n"; }

int ncclCommInitAll(void **comms, int count, const int *devices) {
  SAY("init");
  for (int i = 0; i < count; i++) {
    comms[i] = (void *)(0x7000000000L + devices[i]);
    SAY(" %d", devices[i]);
  }
  SAY(";");
  return result();
}

int ncclCommDestroy(void *comm) {
  SAY("destroy %lx;", (long)comm);
  return result();
}

int ncclCommAbort(void *comm) {
  SAY("abort %lx;", (long)comm);
  return result();
}

int ncclGroupStart(void) {
  SAY("(");
  return 0;
}

int ncclGroupEnd(void) {
  SAY(");");
  return 0;
}

int ncclAllReduce(const void *from, void *to, size_t count, int type, int op, void *comm, void *stream) {
  SAY("allreduce %lx %lx %zu %d %d %lx %lx;", (long)from, (long)to, count, type, op, (long)comm, (long)stream);
  return result();
}

int ncclAllGather(const void *from, void *to, size_t count, int type, void *comm, void *stream) {
  SAY("allgather %lx %lx %zu %d %lx %lx;", (long)from, (long)to, count, type, (long)comm, (long)stream);
  return result();
}

int ncclReduceScatter(const void *from, void *to, size_t count, int type, int op, void *comm, void *stream) {
  SAY("reducescatter %lx %lx %zu %d %d %lx %lx;", (long)from, (long)to, count, type, op, (long)comm, (long)stream);
  return result();
}

int ncclSend(const void *from, size_t count, int type, int peer, void *comm, void *stream) {
  SAY("send %lx %zu %d %d %lx %lx;", (long)from, count, type, peer, (long)comm, (long)stream);
  return result();
}

int ncclRecv(void *to, size_t count, int type, int peer, void *comm, void *stream) {
  SAY("recv %lx %zu %d %d %lx %lx;", (long)to, count, type, peer, (long)comm, (long)stream);
  return result();
}
