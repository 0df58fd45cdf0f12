package dev.cardinal.cpu.onednn.binding;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;

/**
 * Makes primitives. Sizes in descriptors are logical ({@code [N, C, spatial…]}, weights {@code [Cout, Cin, kernel…]} or, in groups, {@code [G, Cout/G, Cin/G, kernel…]}) whatever the physical
 * layout. Methods return {@code null} where the library has no kernel for these layouts.
 */
public final class Primitives {
  /** Positions of arguments. */
  public static final int SOURCE = dnnl.DNNL_ARG_SRC;
  public static final int SOURCE_1 = dnnl.DNNL_ARG_SRC_1;
  public static final int DESTINATION = dnnl.DNNL_ARG_DST;
  public static final int WEIGHTS = dnnl.DNNL_ARG_WEIGHTS;
  public static final int BIAS = dnnl.DNNL_ARG_BIAS;
  public static final int MEAN = dnnl.DNNL_ARG_MEAN;
  public static final int VARIANCE = dnnl.DNNL_ARG_VARIANCE;
  public static final int SCALE = dnnl.DNNL_ARG_SCALE;
  public static final int SHIFT = dnnl.DNNL_ARG_SHIFT;
  public static final int WORKSPACE = dnnl.DNNL_ARG_WORKSPACE;
  /** The factors of {@link #reorderScaled}. */
  public static final int SOURCE_FACTORS = dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_SRC;
  public static final int SCRATCHPAD = dnnl.DNNL_ARG_SCRATCHPAD;
  public static final int SOURCE_GRADIENT = dnnl.DNNL_ARG_DIFF_SRC;
  public static final int DESTINATION_GRADIENT = dnnl.DNNL_ARG_DIFF_DST;
  public static final int WEIGHTS_GRADIENT = dnnl.DNNL_ARG_DIFF_WEIGHTS;
  public static final int SCALE_GRADIENT = dnnl.DNNL_ARG_DIFF_SCALE;
  public static final int SHIFT_GRADIENT = dnnl.DNNL_ARG_DIFF_SHIFT;

  private static final Following NOTHING = Following.only(null);

  private Primitives() {}

  private static Primitive make(Attributes attributes, BiFunction<dnnl_primitive_desc, dnnl_primitive_attr, Integer> create, String what) {
    dnnl_primitive_desc pd = new dnnl_primitive_desc();
    int status;
    try (attributes) {
      status = create.apply(pd, attributes.handle);
    }
    if (status == dnnl.dnnl_unimplemented) {
      return null;
    }
    OneDnn.check(status, what);
    return new Primitive(pd);
  }

  private static dnnl_memory_desc handle(MemoryDesc m) {
    return m == null ? null : m.handle;
  }

  /** Copies a tensor into another layout. */
  public static Primitive reorder(MemoryDesc from, MemoryDesc to) {
    return reorder(from, to, Attributes.plain());
  }

  /** Copies a tensor into another layout, multiplied by factors, one for each place along the first {@code axes} axes together. */
  public static Primitive reorderScaled(MemoryDesc from, MemoryDesc to, int axes) {
    return reorder(from, to, Attributes.scaledBy(axes));
  }

  private static Primitive reorder(MemoryDesc from, MemoryDesc to, Attributes attributes) {
    return make(attributes, (pd, at) -> dnnl.dnnl_reorder_primitive_desc_create(pd, from.handle, OneDnn.engine(), to.handle, OneDnn.engine(), at), "a reorder");
  }

  /** Convolution; bias may be {@code null}. */
  public static Primitive convolution(ConvShape s, MemoryDesc x, MemoryDesc w, MemoryDesc bias, MemoryDesc y, Following following) {
    return make(Attributes.convolution(following, s), (pd, at) -> dnnl.dnnl_convolution_forward_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_forward_training, dnnl.dnnl_convolution_direct,
        x.handle, w.handle, handle(bias), y.handle, s.stride(), s.dilation(), s.padLow(), s.padHigh(), at), "a convolution");
  }

  /** Gradient of a convolution's input. */
  public static Primitive convolutionBackwardData(ConvShape s, MemoryDesc dx, MemoryDesc w, MemoryDesc dy) {
    return hinted(convolution(s, dx, w, null, dy, NOTHING), hint -> make(Attributes.convolution(NOTHING, s), (pd, at) -> dnnl.dnnl_convolution_backward_data_primitive_desc_create(pd, OneDnn.engine(),
        dnnl.dnnl_convolution_direct, dx.handle, w.handle, dy.handle, s.stride(), s.dilation(), s.padLow(), s.padHigh(), hint, at), "a convolution's backward-data"));
  }

  /** Gradient of a convolution's weights, where the weights themselves have another element type, that of x and dy. */
  public static Primitive convolutionBackwardWeights(ConvShape s, MemoryDesc x, MemoryDesc w, MemoryDesc dw, MemoryDesc dy) {
    return hinted(convolution(s, x, w, null, dy, NOTHING), hint -> make(Attributes.convolution(NOTHING, s), (pd, at) -> dnnl.dnnl_convolution_backward_weights_primitive_desc_create(pd, OneDnn.engine(),
        dnnl.dnnl_convolution_direct, x.handle, dw.handle, null, dy.handle, s.stride(), s.dilation(), s.padLow(), s.padHigh(), hint, at), "a convolution's backward-weights"));
  }

  /** A primitive that may turn to the library's next implementation, for which it needs the hint as long as it lives. */
  private static Primitive hinted(Primitive hint, Function<dnnl_primitive_desc, Primitive> maker) {
    if (hint == null) {
      return null;
    }
    Primitive p = maker.apply(hint.description());
    if (p == null) {
      hint.close();
      return null;
    }
    p.keep(hint);
    return p;
  }

  /** y = x Wᵀ + bias, with x {@code [N, I]}, W {@code [O, I]}; bias and {@code then} may be {@code null}; {@code reduced} lets operands be rounded to bfloat16. */
  public static Primitive innerProduct(MemoryDesc x, MemoryDesc w, MemoryDesc bias, MemoryDesc y, Elementwise then, boolean reduced) {
    return make(Attributes.product(Following.only(then), reduced), (pd, at) -> dnnl.dnnl_inner_product_forward_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_forward_training, x.handle, w.handle, handle(bias),
        y.handle, at), "an inner product");
  }

  /** dW = dyᵀ x, with x {@code [N, I]}, dy {@code [N, O]}. */
  public static Primitive innerProductBackwardWeights(MemoryDesc x, MemoryDesc dw, MemoryDesc dy, boolean reduced) {
    try (Primitive hint = innerProduct(x, dw, null, dy, null, reduced)) {
      return hint == null ? null : make(Attributes.product(NOTHING, reduced), (pd, at) -> dnnl.dnnl_inner_product_backward_weights_primitive_desc_create(pd, OneDnn.engine(), x.handle, dw.handle, null,
          dy.handle, hint.description(), at), "an inner product's backward-weights");
    }
  }

  /** c = a b. */
  public static Primitive matmul(MemoryDesc a, MemoryDesc b, MemoryDesc c, boolean reduced) {
    return matmul(a, b, null, c, NOTHING, reduced);
  }

  /** c = a b + bias, with a bias of one row, which may be {@code null}. */
  public static Primitive matmul(MemoryDesc a, MemoryDesc b, MemoryDesc bias, MemoryDesc c, Following following, boolean reduced) {
    return make(Attributes.product(following, reduced), (pd, at) -> dnnl.dnnl_matmul_primitive_desc_create(pd, OneDnn.engine(), a.handle, b.handle, handle(bias), c.handle, at), "a matrix product");
  }

  private static int flags(boolean relu) {
    return dnnl.dnnl_use_scale | dnnl.dnnl_use_shift | (relu ? dnnl.dnnl_fuse_norm_relu : 0);
  }

  /** Batch normalisation by the batch's statistics. With {@code relu} a workspace says which elements were positive. */
  public static Primitive batchNorm(MemoryDesc x, double epsilon, boolean relu) {
    return make(Attributes.plain(), (pd, at) -> dnnl.dnnl_batch_normalization_forward_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_forward_training, x.handle, x.handle,
        (float) epsilon, flags(relu), at), "a batch normalisation");
  }

  /** Batch normalisation by given statistics. */
  public static Primitive batchNormGiven(MemoryDesc x, double epsilon, boolean relu) {
    return batchNormGiven(x, epsilon, relu, dnnl.dnnl_forward_inference);
  }

  /** Batch normalisation by given statistics of x that keeps what {@link #batchNormBackward} needs. */
  public static Primitive batchNormKept(MemoryDesc x, double epsilon) {
    return batchNormGiven(x, epsilon, false, dnnl.dnnl_forward_training);
  }

  private static Primitive batchNormGiven(MemoryDesc x, double epsilon, boolean relu, int kind) {
    return make(Attributes.plain(), (pd, at) -> dnnl.dnnl_batch_normalization_forward_primitive_desc_create(pd, OneDnn.engine(), kind, x.handle, x.handle, (float) epsilon,
        flags(relu) | dnnl.dnnl_use_global_stats, at), "a batch normalisation by given statistics");
  }

  /** Gradient of {@link #batchNorm}. */
  public static Primitive batchNormBackward(MemoryDesc x, double epsilon, boolean relu) {
    try (Primitive hint = batchNorm(x, epsilon, relu)) {
      return hint == null ? null : make(Attributes.plain(), (pd, at) -> dnnl.dnnl_batch_normalization_backward_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_backward, x.handle,
          x.handle, x.handle, (float) epsilon, flags(relu), hint.description(), at), "a batch normalisation's gradient");
    }
  }

  private static int algorithm(PoolShape s) {
    return switch (s.kind()) {
      case MAX -> dnnl.dnnl_pooling_max;
      case AVERAGE_WITH_PADDING -> dnnl.dnnl_pooling_avg_include_padding;
      case AVERAGE_WITHOUT_PADDING -> dnnl.dnnl_pooling_avg_exclude_padding;
    };
  }

  /** Pooling; maximum pooling has a workspace with the places of the maxima. */
  public static Primitive pooling(PoolShape s, MemoryDesc x, MemoryDesc y) {
    return make(Attributes.plain(), (pd, at) -> dnnl.dnnl_pooling_forward_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_forward_training, algorithm(s), x.handle, y.handle,
        s.stride(), s.kernel(), s.dilation(), s.padLow(), s.padHigh(), at), "a pooling");
  }

  /** Gradient of {@link #pooling}. */
  public static Primitive poolingBackward(PoolShape s, MemoryDesc dx, MemoryDesc dy) {
    try (Primitive hint = pooling(s, dx, dy)) {
      return hint == null ? null : make(Attributes.plain(), (pd, at) -> dnnl.dnnl_pooling_backward_primitive_desc_create(pd, OneDnn.engine(), algorithm(s), dx.handle, dy.handle, s.stride(),
          s.kernel(), s.dilation(), s.padLow(), s.padHigh(), hint.description(), at), "a pooling's gradient");
    }
  }

  /** Softmax along an axis, or its logarithm. */
  public static Primitive softmax(MemoryDesc x, int axis, boolean log) {
    return make(Attributes.plain(), (pd, at) -> dnnl.dnnl_softmax_forward_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_forward_training,
        log ? dnnl.dnnl_softmax_log : dnnl.dnnl_softmax_accurate, x.handle, x.handle, axis, at), "a softmax");
  }

  /** Gradient of {@link #softmax}. */
  public static Primitive softmaxBackward(MemoryDesc y, int axis, boolean log) {
    try (Primitive hint = softmax(y, axis, log)) {
      return hint == null ? null : make(Attributes.plain(), (pd, at) -> dnnl.dnnl_softmax_backward_primitive_desc_create(pd, OneDnn.engine(),
          log ? dnnl.dnnl_softmax_log : dnnl.dnnl_softmax_accurate, y.handle, y.handle, y.handle, axis, hint.description(), at), "a softmax's gradient");
    }
  }

  /** An elementwise function. */
  public static Primitive elementwise(MemoryDesc x, Elementwise f) {
    return make(Attributes.plain(), (pd, at) -> dnnl.dnnl_eltwise_forward_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_forward_training, f.algorithm(), x.handle, x.handle, f.alpha(),
        f.beta(), at), "an elementwise function");
  }

  /** Gradient of an elementwise function from its input ({@link #SOURCE}) or, for those that are so named, from its output ({@link #DESTINATION}). */
  public static Primitive elementwiseBackward(MemoryDesc x, Elementwise f) {
    try (Primitive hint = elementwise(x, f)) {
      return make(Attributes.plain(), (pd, at) -> dnnl.dnnl_eltwise_backward_primitive_desc_create(pd, OneDnn.engine(), f.algorithm(), x.handle, x.handle, x.handle, f.alpha(), f.beta(),
          hint.description(), at), "an elementwise function's gradient");
    }
  }

  /** Where the n-th operand of what follows a result stands: the scale, the shift and the residual. */
  public static int following(int n) {
    return dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (n + 1) | dnnl.DNNL_ARG_SRC_1;
  }

  /** (x - mean) scale + shift + residual in one pass, followed by a function; residual and {@code then} may be {@code null}, {@code channels} describes what there is once per channel. */
  public static Primitive normalise(MemoryDesc x, MemoryDesc channels, MemoryDesc residual, Elementwise then) {
    return make(Attributes.followedBy(new Following(channels, residual, then)), (pd, at) -> dnnl.dnnl_binary_primitive_desc_create(pd, OneDnn.engine(),
        dnnl.dnnl_binary_sub, x.handle, channels.handle, x.handle, at), "a normalisation");
  }

  /** a + b of one layout, followed by a function if {@code then} is not {@code null}. */
  public static Primitive add(MemoryDesc a, Elementwise then) {
    return make(Attributes.followedBy(Following.only(then)), (pd, at) -> dnnl.dnnl_binary_primitive_desc_create(pd, OneDnn.engine(), dnnl.dnnl_binary_add, a.handle, a.handle, a.handle, at), "an addition");
  }
}
