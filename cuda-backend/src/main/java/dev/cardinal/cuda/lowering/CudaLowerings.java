package dev.cardinal.cuda.lowering;

import dev.cardinal.backend.LoweringRegistry;
import dev.cardinal.cuda.collective.CollectiveLowerings;
import dev.cardinal.cuda.lowering.convolution.ConvolutionLowerings;
import java.util.List;

/** The lowerings that there are: the lists of all families. */
public final class CudaLowerings {
  /** By operation. */
  public static final LoweringRegistry<CudaLowering> ALL = new LoweringRegistry<>("cuda");

  static {
    for (List<OpLowering> family : List.of(ConvolutionLowerings.ALL, ElementwiseLowerings.ALL, BatchNormLowerings.ALL, MoveLowerings.ALL, ReduceLowerings.ALL, SoftmaxLowerings.ALL,
        UpdateLowerings.ALL, DropoutLowerings.ALL, PoolLowerings.ALL, SizeLowerings.ALL, LrnLowerings.ALL, CollectiveLowerings.ALL)) {
      family.forEach(l -> ALL.register(l.op(), l.lowering()));
    }
  }

  private CudaLowerings() {}
}
