package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.CudaException;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;
import jcuda.jcudnn.cudnnStatus;
import jcuda.nvrtc.nvrtcResult;

/** Codes to exceptions. Arguments are named in pairs: name, value, name, value. */
final class Check {
  private Check() {}

  static void driver(String call, int code, Object... arguments) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new CudaException(call, code, CUresult.stringFor(code), named(arguments));
    }
  }

  static void dnn(String call, int code, Object... arguments) {
    if (code != cudnnStatus.CUDNN_STATUS_SUCCESS) {
      throw new CudaException(call, code, Cudnn9Status.name(code), named(arguments));
    }
  }

  static void blas(String call, int code, Object... arguments) {
    if (code != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new CudaException(call, code, cublasStatus.stringFor(code), named(arguments));
    }
  }

  static void compiler(String call, int code, Object... arguments) {
    if (code != nvrtcResult.NVRTC_SUCCESS) {
      throw new CudaException(call, code, nvrtcResult.stringFor(code), named(arguments));
    }
  }

  static String named(Object... arguments) {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      s.append(i == 0 ? "" : ", ").append(arguments[i]).append(" = ").append(arguments[i + 1]);
    }
    return s.toString();
  }
}
