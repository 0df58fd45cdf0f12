package dev.cardinal.cuda.nccl;

import com.sun.jna.Library;

/** The functions of {@code nccl.h} that are used, by their names there. Addresses and sizes are 64 bits wide on every platform that has CUDA. */
interface NcclFunctions extends Library {
  /** {@code ncclSuccess}. */
  int SUCCESS = 0;
  /** {@code ncclUint8}. */
  int BYTE = 1;
  /** {@code ncclFloat32}. */
  int FLOAT = 7;
  /** {@code ncclSum}. */
  int SUM = 0;

  int ncclGetVersion(int[] version);

  String ncclGetErrorString(int code);

  /** Since 2.13. */
  String ncclGetLastError(long communicator);

  int ncclCommInitAll(long[] communicators, int count, int[] devices);

  int ncclCommDestroy(long communicator);

  int ncclCommAbort(long communicator);

  int ncclGroupStart();

  int ncclGroupEnd();

  int ncclAllReduce(long from, long to, long count, int type, int operation, long communicator, long stream);

  int ncclAllGather(long from, long to, long countOfOne, int type, long communicator, long stream);

  int ncclReduceScatter(long from, long to, long countOfOne, int type, int operation, long communicator, long stream);

  int ncclSend(long from, long count, int type, int rank, long communicator, long stream);

  int ncclRecv(long to, long count, int type, int rank, long communicator, long stream);
}
