package dev.cardinal.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Inputs that do not fit are refused with a sentence that names the sizes. */
class ShapeRulesTest {
  private static void refuses(Supplier<?> what, String... words) {
    String message = assertThrows(ShapeException.class, what::get).getMessage();
    for (String w : words) {
      assertTrue(message.contains(w), "\"" + message + "\" should say \"" + w + "\"");
    }
  }

  private static TensorType f32(int... dims) {
    return TensorType.f32(dims);
  }

  @Test
  void convolution() {
    Conv two = new Conv(ConvGeometry.of(2, 1, 0, 1, 2));
    refuses(() -> two.infer(List.of(f32(1, 96, 9, 9), f32(4, 64, 3, 3))), "expected 48 input channels per group (96 / groups 2)", "with 64", "set inChannels = 96");
    refuses(() -> two.infer(List.of(f32(1, 95, 9, 9), f32(4, 48, 3, 3))), "divisible by groups 2", "95");
    refuses(() -> two.infer(List.of(f32(1, 4, 9, 9), f32(3, 2, 3, 3))), "first size is divisible by groups 2");
    refuses(() -> two.infer(List.of(f32(1, 4, 9), f32(4, 2, 3))), "2-D convolution");
    refuses(() -> two.infer(List.of(f32(1, 4, 2, 9), f32(4, 2, 3, 3))), "spans 3", "only 2", "more padding");
    refuses(() -> two.infer(List.of(f32(1, 4, 9, 9), f32(4, 2, 3, 3), f32(5))), "bias must have shape [4]", "[5]");
    refuses(() -> two.infer(List.of(f32(1, 4, 9, 9))), "expected inputs (x, weights[, bias]), got 1");
    refuses(() -> two.infer(List.of(TensorType.i32(1, 4, 9, 9), f32(4, 2, 3, 3))), "floating-point", "cast");
    refuses(() -> ConvGeometry.of(2, 0, 0, 1, 1), "stride must be at least 1");
    refuses(() -> ConvGeometry.of(2, 1, -1, 1, 1), "padding must be at least 0");
    refuses(() -> ConvGeometry.of(2, 1, 0, 0, 1), "dilation must be at least 1");
    refuses(() -> ConvGeometry.of(2, 1, 0, 1, 0), "groups must be at least 1, got 0");
    refuses(() -> ConvGeometry.of(4), "1 to 3 spatial axes, got 4");
  }

  @Test
  void transposedConvolution() {
    ConvGeometry g = ConvGeometry.of(1, 2, 1, 1, 1);
    refuses(() -> g.transposedOutputSize(Spatial.of(4), Spatial.of(3), Spatial.of(2)), "smaller than stride");
    refuses(() -> g.transposedOutputSize(Spatial.of(1), Spatial.of(2), Spatial.of(0)), "use less padding");
    refuses(() -> new ConvBackwardData(g, Spatial.of(9)).infer(List.of(f32(1, 2, 4), f32(2, 3, 3))), "belongs to an input of size 5", "output padding");
    refuses(() -> new ConvBackwardData(g, Spatial.of(8)).infer(List.of(f32(1, 3, 4), f32(2, 3, 3))), "expected 2 channels", "inChannels = 3");
    refuses(() -> new ConvBackwardWeights(g, Spatial.of(3)).infer(List.of(f32(1, 2, 8), f32(1, 2, 5))), "size 4", "[1, 2, 5]");
    // Both sizes that stride 2 sends to 4 are valid, the padding picks.
    for (int size : new int[] {7, 8}) {
      assertEquals(Shape.of(1, 3, size), new ConvBackwardData(g, Spatial.of(size)).infer(List.of(f32(1, 2, 4), f32(2, 3, 3))).get(0).shape());
    }
  }

  @Test
  void others() {
    refuses(() -> new Linear().infer(List.of(f32(2, 3, 4), f32(5, 12))), "flatten it first");
    refuses(() -> new Linear().infer(List.of(f32(2, 3), f32(5, 4))), "set inFeatures = 3");
    refuses(() -> new ChannelShuffle(3).infer(List.of(f32(1, 8, 2))), "divisible by groups 3, got 8");
    refuses(() -> new Lrn(5, 1, 1, 1, 3).infer(List.of(f32(1, 8, 2))), "divisible by groups 3, got 8");
    refuses(() -> new BatchNormTraining(1e-5, 0.1).infer(List.of(f32(1, 4), f32(4), f32(4), f32(4), f32(4))), "more than one value per channel", "eval mode");
    refuses(() -> new BatchNormTraining(1e-5, 0.1).infer(List.of(f32(2, 4), f32(5), f32(4), f32(4), f32(4))), "set features = 4");
    refuses(() -> new Binary(Binary.Kind.ADD).infer(List.of(f32(2, 3), f32(2, 4))), "do not broadcast", "3 and 4");
    refuses(() -> new Concat(1).infer(List.of(f32(2, 3), f32(3, 3))), "axis 1", "[3, 3]");
    refuses(() -> new Reshape(Shape.of(5)).infer(List.of(f32(2, 3))), "6 elements", "5 elements");
    refuses(() -> new CrossEntropy(0, -1).infer(List.of(f32(2, 3), f32(2))), "labels must be i32");
    refuses(() -> new CrossEntropy(0, -1).infer(List.of(f32(2, 3, 4), TensorType.i32(2))), "[2, 4]");
    refuses(() -> new Dropout(1, 0), "below 1, got 1.0");
    refuses(() -> PoolGeometry.of(2, 2, 1, 2), "padding must be smaller than the window");
    refuses(() -> new AvgPool(new PoolGeometry(Spatial.of(2), Spatial.of(1), Spatial.of(0), Spatial.of(0), Spatial.of(2), false), true), "no dilation");
    refuses(() -> new Pad(List.of(3), List.of(0), Pad.Mode.REFLECT, 0).infer(List.of(f32(3))), "too large");
    refuses(() -> new Transpose(List.of(0, 0)), "not a permutation");
    refuses(() -> new SgdUpdate(0, 0, false).infer(List.of(f32(), f32(), f32(2), f32(3), f32(2))), "tensor 0", "[3]");
    refuses(() -> new AdvanceCounter().infer(List.of(TensorType.i32(1))), "i64");
    refuses(() -> new Activation(Activation.Kind.RELU).infer(List.of(new TensorType(DType.U8, Shape.of(2)))), "floating-point");
  }

  /** A partial last window must begin inside the input or the low padding. */
  @Test
  void ceilMode() {
    PoolGeometry g = PoolGeometry.of(1, 2, 2, 1).withCeil(true);
    for (int i = 1; i < 12; i++) {
      int windows = 0;
      for (int at = -1; at < i; at += 2) {
        windows++;
      }
      assertEquals(windows, g.outputSize(Spatial.of(i)).at(0), "input " + i);
    }
  }

  /** What an update overwrites has the type of what it writes. */
  @Test
  void overwrites() {
    TensorType s = f32();
    List<TensorType> lists = List.of(f32(2), f32(3, 1), f32(2), f32(3, 1), f32(2), f32(3, 1));
    List<TensorType> sgd = new java.util.ArrayList<>(List.of(s, s));
    sgd.addAll(lists);
    inPlace(new SgdUpdate(0.9, 0, false), sgd);
    List<TensorType> adam = new java.util.ArrayList<>(List.of(s, s, new TensorType(DType.I64, Shape.of(1))));
    adam.addAll(lists);
    adam.addAll(lists.subList(0, 2));
    inPlace(new AdamUpdate(0.9, 0.99, 1e-8, 0, false), adam);
    inPlace(new BatchNormTraining(1e-5, 0.1), List.of(f32(2, 4), f32(4), f32(4), f32(4), f32(4)));
  }

  private static void inPlace(Op op, List<TensorType> in) {
    List<TensorType> out = op.infer(in);
    java.util.Set<Integer> targets = new java.util.HashSet<>();
    for (int i = 0; i < out.size(); i++) {
      int t = op.overwrites(i, in.size());
      if (t >= 0) {
        assertEquals(in.get(t), out.get(i), op + " output " + i);
        assertTrue(targets.add(t), op + " writes input " + t + " twice");
      }
    }
    assertTrue(!targets.isEmpty());
  }
}
