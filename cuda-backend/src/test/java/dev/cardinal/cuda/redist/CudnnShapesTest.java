package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.api.ConvolutionDescriptor;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.FilterDescriptor;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.api.PoolingDescriptor;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.cuda.jcuda.CudnnDescriptors;
import dev.cardinal.cuda.natives.CudaLibrary;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.ShapeException;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Our shape rules and cuDNN's, on random configurations: groups, depthwise, dilation, stride, padding, both layouts, two and three axes, forward and transposed. */
final class CudnnShapesTest {
  private static final int CONFIGURATIONS = 400;
  private static CudnnDescriptors cudnn;

  @BeforeAll
  static void load() {
    Redistributables.load(CudaLibrary.CUDNN);
    cudnn = new CudnnDescriptors();
  }

  private static int[] random(Random r, int n, int from, int to) {
    return r.ints(n, from, to + 1).toArray();
  }

  private static ConvolutionDescriptor descriptor(ConvGeometry g) {
    return new ConvolutionDescriptor(g.padLow().toArray(), g.stride().toArray(), g.dilation().toArray(), g.groups(), MathMode.FP32);
  }

  private static TensorDescriptor tensor(Shape s, boolean channelsLast) {
    return channelsLast ? TensorDescriptor.nhwc(DType.F32, s.dims()) : TensorDescriptor.nchw(DType.F32, s.dims());
  }

  @Test
  void convolutions() {
    Random r = new Random(12);
    int agreed = 0;
    int grouped = 0;
    for (int tries = 0; agreed < CONFIGURATIONS; tries++) {
      assertTrue(tries < 20 * CONFIGURATIONS, "only " + agreed + " of " + tries + " random configurations are valid");
      int rank = 2 + r.nextInt(2);
      int groups = 1 + r.nextInt(8);
      int perGroup = r.nextInt(3) == 0 ? 1 : 1 + r.nextInt(5);
      ConvGeometry g = new ConvGeometry(Spatial.of(random(r, rank, 1, 3)), Spatial.of(random(r, rank, 0, 3)), Spatial.all(rank, 0), Spatial.of(random(r, rank, 1, 3)), groups);
      g = g.withPadding(g.padLow().toArray());
      Shape x = Shape.of(1 + r.nextInt(3), groups * perGroup, random(r, rank, 1, 24));
      Shape w = Shape.of(groups * (1 + r.nextInt(4)), perGroup, random(r, rank, 1, 5));
      Shape y;
      try {
        y = new Conv(g).infer(List.of(new TensorType(DType.F32, x), new TensorType(DType.F32, w))).get(0).shape();
      } catch (ShapeException e) {
        continue;
      }
      boolean last = r.nextBoolean();
      FilterDescriptor filter = new FilterDescriptor(DType.F32, last, w.dims());
      String what = g + " of " + x + " by " + w;
      assertArrayEquals(y.dims(), cudnn.convolutionOutput(descriptor(g), tensor(x, last), filter), what);
      assertEquals(groups, cudnn.groupCount(descriptor(g)), what);
      agreed++;
      grouped += groups > 1 ? 1 : 0;
    }
    assertTrue(grouped > CONFIGURATIONS / 2);
  }

  /** A transposed convolution is cuDNN's backward-data pass: its result must be an input that cuDNN's forward rule turns into the size we started from, for every output padding. */
  @Test
  void transposedConvolutions() {
    Random r = new Random(13);
    int agreed = 0;
    for (int tries = 0; agreed < CONFIGURATIONS; tries++) {
      assertTrue(tries < 20 * CONFIGURATIONS, "only " + agreed + " of " + tries + " random configurations are valid");
      int rank = 2 + r.nextInt(2);
      int groups = 1 + r.nextInt(6);
      int[] stride = random(r, rank, 1, 3);
      ConvGeometry g = ConvGeometry.of(rank).withStride(stride).withPadding(random(r, rank, 0, 2)).withDilation(random(r, rank, 1, 3)).withGroups(groups);
      Shape in = Shape.of(2, groups * (1 + r.nextInt(3)), random(r, rank, 1, 12));
      Shape w = Shape.of(in.dim(1), 1 + r.nextInt(4), random(r, rank, 1, 4));
      int[] extra = new int[rank];
      for (int i = 0; i < rank; i++) {
        extra[i] = r.nextInt(stride[i]);
      }
      Shape out;
      try {
        Spatial size = g.transposedOutputSize(Spatial.of(in.spatial()), Spatial.of(w.spatial()), Spatial.of(extra));
        out = new ConvBackwardData(g, size).infer(List.of(new TensorType(DType.F32, in), new TensorType(DType.F32, w))).get(0).shape();
      } catch (ShapeException e) {
        continue;
      }
      boolean last = r.nextBoolean();
      int[] back = cudnn.convolutionOutput(descriptor(g), tensor(out, last), new FilterDescriptor(DType.F32, last, w.dims()));
      assertArrayEquals(in.dims(), back, g + " transposed, of " + in + " by " + w + ", output padding " + Spatial.of(extra));
      agreed++;
    }
  }

  @Test
  void poolings() {
    Random r = new Random(14);
    for (int i = 0; i < 100; i++) {
      int[] window = random(r, 2, 2, 4);
      int[] padding = {r.nextInt(window[0] / 2 + 1), r.nextInt(window[1] / 2 + 1)};
      int[] stride = random(r, 2, 1, 3);
      int[] size = random(r, 2, 6, 20);
      int[] expected = {2, 3, (size[0] + 2 * padding[0] - window[0]) / stride[0] + 1, (size[1] + 2 * padding[1] - window[1]) / stride[1] + 1};
      PoolingDescriptor p = new PoolingDescriptor(PoolingDescriptor.Mode.MAX, window, padding, stride);
      assertArrayEquals(expected, cudnn.poolingOutput(p, TensorDescriptor.nchw(DType.F32, 2, 3, size[0], size[1])), p.toString());
    }
  }

  @Test
  void whatCudnnRefusesNamesCallAndArguments() {
    ConvolutionDescriptor c = new ConvolutionDescriptor(new int[] {0, 0}, new int[] {1, 1}, new int[] {1, 1}, 2, MathMode.FP32);
    CudaException e = assertThrows(CudaException.class,
        () -> cudnn.convolutionOutput(c, TensorDescriptor.nchw(DType.F32, 1, 4, 8, 8), new FilterDescriptor(DType.F32, false, new int[] {2, 3, 3, 3})));
    assertTrue(e.getMessage().startsWith("cudnnGetConvolutionNdForwardOutputDim(") && e.getMessage().contains("groups 2") && e.getMessage().contains("BAD_PARAM"), e.getMessage());
  }
}
