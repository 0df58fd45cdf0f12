package dev.cardinal.cuda.jcuda;

import jcuda.jcudnn.cudnnStatus;

/** Names of cuDNN's codes: version 9 numbers them in thousands (cuDNN API reference, {@code cudnnStatus_t}), version 8, which JCudnn knows, from 0. */
final class Cudnn9Status {
  private static final int CLASS = 1000;

  private Cudnn9Status() {}

  static String name(int code) {
    return switch (code / CLASS) {
      case 0 -> cudnnStatus.stringFor(code);
      case 1 -> "CUDNN_STATUS_NOT_INITIALIZED or another initialisation error (" + code + ")";
      case 2 -> "CUDNN_STATUS_BAD_PARAM (" + code + ")";
      case 3 -> "CUDNN_STATUS_NOT_SUPPORTED (" + code + ")";
      case 4 -> "CUDNN_STATUS_INTERNAL_ERROR (" + code + ")";
      case 5 -> "CUDNN_STATUS_EXECUTION_FAILED (" + code + ")";
      default -> "an unknown status";
    };
  }
}
