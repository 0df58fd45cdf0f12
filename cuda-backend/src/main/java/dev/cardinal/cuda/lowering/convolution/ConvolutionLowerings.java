package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.lowering.OpLowering;
import java.util.List;

/** The lowerings of convolutions and matrix products. */
public final class ConvolutionLowerings {
  /** The family's list. */
  public static final List<OpLowering> ALL = List.of();

  private ConvolutionLowerings() {}
}
