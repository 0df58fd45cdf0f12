package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.ConvolutionAlgorithm;
import dev.cardinal.cuda.api.ConvolutionDescriptor;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.ConvolutionProblem;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.Dnn;
import dev.cardinal.cuda.api.DnnConvolution;
import dev.cardinal.cuda.api.DnnLayer;
import dev.cardinal.cuda.api.FilterDescriptor;
import dev.cardinal.cuda.api.Gemm;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.api.PoolingDescriptor;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import dev.cardinal.tensor.DType;
import org.junit.jupiter.api.Test;

/** cuDNN's and cuBLAS's part: what they compute, and faults planted in how they are called. */
final class LibraryFaultsTest extends OnSimulatedGpu {
  /** Two groups of one channel each, a 1×2 kernel: small enough to be worked out by hand. */
  private static ConvolutionProblem problem(boolean last) {
    TensorDescriptor x = last ? TensorDescriptor.nhwc(DType.F32, 1, 2, 1, 3) : TensorDescriptor.nchw(DType.F32, 1, 2, 1, 3);
    TensorDescriptor y = last ? TensorDescriptor.nhwc(DType.F32, 1, 2, 1, 2) : TensorDescriptor.nchw(DType.F32, 1, 2, 1, 2);
    return new ConvolutionProblem(x, new FilterDescriptor(DType.F32, last, new int[] {2, 1, 1, 2}), y,
        new ConvolutionDescriptor(new int[] {0, 0}, new int[] {1, 1}, new int[] {1, 1}, 2, MathMode.FP32));
  }

  private DnnConvolution forward(boolean last) {
    Dnn dnn = own(context.newDnn(stream));
    return own(dnn.convolution(ConvolutionDirection.FORWARD, problem(last)));
  }

  private static ConvolutionAlgorithm algorithm(DnnConvolution c, boolean withWorkspace) {
    return c.suggest().stream().filter(a -> a.workspaceBytes() > 0 == withWorkspace).findFirst().orElseThrow();
  }

  @Test
  void groupedConvolutionInBothOrders() {
    long y = floats(10, 10, 10, 10);
    long w = floats(1, 2, 3, 4);
    DnnConvolution rows = forward(false);
    rows.run(algorithm(rows, false), 1, floats(1, 2, 3, 4, 5, 6), w, 0, y, 0, 0);
    assertArrayEquals(new float[] {5, 8, 32, 39}, read(y, 4));
    DnnConvolution last = forward(true);
    last.run(algorithm(last, false), 2, floats(1, 4, 2, 5, 3, 6), w, 1, y, 0, 0);
    assertArrayEquals(new float[] {2 * 5 + 5, 2 * 32 + 8, 2 * 8 + 32, 2 * 39 + 39}, read(y, 4));
  }

  @Test
  void buffersSmallerThanTheirDescriptors() {
    DnnConvolution c = forward(false);
    long x = floats(1, 2, 3, 4, 5);
    long w = floats(1, 2, 3, 4);
    long y = floats(0, 0, 0, 0);
    faults(Kind.DESCRIPTOR, "cudnnConvolutionForward's x is f32[1, 2, 1, 3] strides [6, 3, 3, 1], 24 bytes, but 20 are left of allocation", () -> c.run(algorithm(c, false), 1, x, w, 0, y, 0, 0));
  }

  @Test
  void valuesOfAnArenaSmallerThanTheirDescriptors() {
    DnnConvolution c = forward(false);
    long arena = floats(new float[256]);
    long y = floats(0, 0, 0, 0);
    context.part(arena, 24);
    context.part(arena + 256, 16);
    c.run(algorithm(c, false), 1, arena, arena + 256, 0, y, 0, 0);
    context.part(arena + 512, 20);
    faults(Kind.DESCRIPTOR, "cudnnConvolutionForward's x is f32[1, 2, 1, 3] strides [6, 3, 3, 1], 24 bytes at offset 512 of allocation",
        () -> c.run(algorithm(c, false), 1, arena + 512, arena + 256, 0, y, 0, 0));
  }

  @Test
  void buffersThatOverlap() {
    DnnConvolution c = forward(false);
    long all = floats(new float[16]);
    long w = floats(1, 2, 3, 4);
    faults(Kind.DESCRIPTOR, "which overlaps with x", () -> c.run(algorithm(c, false), 1, all, w, 0, all + 20, 0, 0));
  }

  @Test
  void workspaceThatIsTooSmallOrElsewhere() {
    DnnConvolution c = forward(false);
    ConvolutionAlgorithm a = algorithm(c, true);
    long x = floats(1, 2, 3, 4, 5, 6);
    long w = floats(1, 2, 3, 4);
    long y = floats(0, 0, 0, 0);
    long workspace = allocate(a.workspaceBytes());
    CudaException e = assertThrows(CudaException.class, () -> c.run(a, 1, x, w, 0, y, workspace, a.workspaceBytes() - 1));
    assertTrue(e.getMessage().contains("bytes of workspace"), e.getMessage());
    faults(Kind.DESCRIPTOR, "workspace is", () -> c.run(a, 1, x, w, 0, y, workspace + 256, a.workspaceBytes()));
    c.run(a, 1, x, w, 0, y, workspace, a.workspaceBytes());
    assertArrayEquals(new float[] {5, 8, 32, 39}, read(y, 4));
    assertTrue(Float.isNaN(read(workspace, 1)[0]), "what lay in the workspace is lost");
  }

  @Test
  void descriptorsThatDisagree() {
    Dnn dnn = own(context.newDnn(stream));
    ConvolutionProblem p = problem(false);
    ConvolutionProblem wrong = new ConvolutionProblem(p.x(), p.w(), TensorDescriptor.nchw(DType.F32, 1, 2, 1, 3), p.convolution());
    CudaException e = assertThrows(CudaException.class, () -> dnn.convolution(ConvolutionDirection.FORWARD, wrong));
    assertTrue(e.getMessage().contains("CUDNN_STATUS_BAD_PARAM: y's axis 3 is 2"), e.getMessage());
    PoolingDescriptor pool = new PoolingDescriptor(PoolingDescriptor.Mode.MAX, new int[] {1, 2}, new int[] {0, 0}, new int[] {1, 1});
    assertThrows(CudaException.class, () -> dnn.pooling(pool, p.x(), p.x()));
    DnnLayer layer = own(dnn.pooling(pool, p.x(), p.y()));
    long y = floats(0, 0, 0, 0);
    layer.forward(floats(1, 2, 0, 5, 4, 6), y);
    assertArrayEquals(new float[] {2, 2, 5, 6}, read(y, 4));
  }

  @Test
  void measuringWhileCapturing() {
    DnnConvolution c = forward(false);
    long x = floats(1, 2, 3, 4, 5, 6);
    long w = floats(1, 2, 3, 4);
    long y = floats(0, 0, 0, 0);
    assertEquals(1, c.measure(x, w, y, 0, 0).size());
    stream.beginCapture();
    faults(Kind.CAPTURE, "measuring algorithms", () -> c.measure(x, w, y, 0, 0));
    stream.endCapture().close();
  }

  @Test
  void matrixProductsAndTheirWorkspace() {
    Blas blas = own(context.newBlas(stream));
    // Column-major: a is [2, 3], b is [3, 1].
    long a = floats(1, 4, 2, 5, 3, 6);
    long b = floats(1, 10, 100);
    long c = floats(0, 0);
    Gemm g = Gemm.f32(false, false, 2, 1, 3, MathMode.FP32);
    blas.gemm(g, 1, a, b, 0, c);
    assertArrayEquals(new float[] {321, 654}, read(c, 2));
    blas.gemm(Gemm.f32(true, false, 2, 1, 3, MathMode.FP32), 1, a, b, 1, c);
    assertArrayEquals(new float[] {321 + 241, 654 + 635}, read(c, 2));
    faults(Kind.DESCRIPTOR, "cublasGemmStridedBatchedEx's c is", () -> blas.gemm(Gemm.f32(false, false, 2, 3, 1, MathMode.FP32), 1, a, b, 0, c));
    stream.beginCapture();
    faults(Kind.CAPTURE, "call setWorkspace before", () -> blas.gemm(g, 1, a, b, 0, c));
    stream.endCapture().close();
  }
}
