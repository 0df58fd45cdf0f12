package dev.cardinal.cuda.api;

import dev.cardinal.backend.DeviceException;

/** A CUDA call that failed: which, with which code, on which arguments. */
public final class CudaException extends DeviceException {
  private static final long serialVersionUID = 1;
  /** CUDA_ERROR_OUT_OF_MEMORY. */
  public static final int OUT_OF_MEMORY = 2;

  private final String call;
  private final int code;

  /**
   * A failed call.
   *
   * @param call the function's name, as in {@code cuMemAlloc}
   * @param code what it returned
   * @param meaning the code's name, or the library's message
   * @param arguments those that matter, as in {@code bytes = 4096}
   */
  public CudaException(String call, int code, String meaning, String arguments) {
    super(call + "(" + arguments + ") failed with code " + code + ": " + meaning);
    this.call = call;
    this.code = code;
  }

  /** The function's name. */
  public String call() {
    return call;
  }

  /** What it returned. */
  public int code() {
    return code;
  }

  /** Whether device or pinned memory ran out. */
  public boolean outOfMemory() {
    return code == OUT_OF_MEMORY && call.startsWith("cuMem");
  }
}
