package dev.cardinal.cuda.natives;

import java.util.List;

/** A library of CUDA's that the backend uses, with the files to load for it. */
public enum CudaLibrary {
  /** Matrix products. */
  CUBLAS("cuBLAS", "libcublas.so.", List.of(12, 13), List.of("libcublasLt.so."), "nvidia-cublas"),
  /** The runtime compiler. */
  NVRTC("NVRTC", "libnvrtc.so.", List.of(12, 13), List.of("libnvrtc-builtins.so."), "nvidia-cuda-nvrtc"),
  /** Convolution, pooling and the like. Version 8 has a library per purpose and stage, 9 one per purpose. */
  CUDNN("cuDNN", "libcudnn.so.", List.of(8, 9), List.of("libcudnn_graph.so.", "libcudnn_ops.so.", "libcudnn_cnn.so.", "libcudnn_ops_infer.so.", "libcudnn_ops_train.so.",
      "libcudnn_cnn_infer.so.", "libcudnn_cnn_train.so."), "nvidia-cudnn"),
  /** Collectives of several GPUs. Machines need not have it: copies from peer to peer do the same. */
  NCCL("NCCL", "libnccl.so.", List.of(2), List.of(), "nvidia-nccl");

  private final String title;
  private final String stem;
  private final List<Integer> majors;
  private final List<String> companions;
  private final String pip;

  CudaLibrary(String title, String stem, List<Integer> majors, List<String> companions, String pip) {
    this.title = title;
    this.stem = stem;
    this.majors = majors;
    this.companions = companions;
    this.pip = pip;
  }

  /** Those without which no GPU can be driven. */
  public static List<CudaLibrary> required() {
    return List.of(CUBLAS, NVRTC, CUDNN);
  }

  /** Its name among people. */
  public String title() {
    return title;
  }

  /** Its file's name up to the version, as in {@code libcublas.so.}. */
  String stem() {
    return stem;
  }

  /** Whether its major version is that of CUDA. */
  boolean followsCuda() {
    return this == CUBLAS || this == NVRTC;
  }

  /** The major versions that work. */
  List<Integer> majors() {
    return majors;
  }

  /** Files that lie next to it and are loaded before it, in this order, where they exist; names up to the version. */
  List<String> companions() {
    return companions;
  }

  /** The name of its Python package, up to the {@code -cu12} at the end. */
  String pip() {
    return pip;
  }

  /** What pip takes to bring it; from CUDA 13 on those that follow CUDA's version have no suffix any more. */
  String requirement(int cuda) {
    return followsCuda() && cuda > 12 ? "'" + pip + "==" + cuda + ".*'" : pip + "-cu" + cuda;
  }
}
