package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.adaptiveAvgPool;
import static dev.cardinal.nn.Layers.avgPool;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import java.util.ArrayList;
import java.util.List;

/**
 * Inception v3 with its auxiliary classifier (Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016, table 1). Parameter names are those of torchvision, which has its
 * layers in the blocks side by side; {@code a > b} below is a branch of layer a, then b.
 */
final class InceptionV3 extends Module {
  private final List<Module> before = new ArrayList<>();
  private final List<Module> after = new ArrayList<>();
  private final Module head;
  private final Module dropout;
  private final Module fc;

  /**
   * The network.
   *
   * @param divisor divides the channels of every layer; 1 in the paper
   */
  InceptionV3(int classes, int channels, int divisor) {
    Width w = new Width(divisor);
    add(before, "Conv2d_1a_3x3", new ConvNorm(channels, w.of(32), 3).stride(2));
    add(before, "Conv2d_2a_3x3", w.conv(32, 32, 3));
    add(before, "Conv2d_2b_3x3", w.conv(32, 64, 3).same());
    add(before, "maxpool1", maxPool(3, 2, 0));
    add(before, "Conv2d_3b_1x1", w.conv(64, 80, 1));
    add(before, "Conv2d_4a_3x3", w.conv(80, 192, 3));
    add(before, "maxpool2", maxPool(3, 2, 0));
    add(before, "Mixed_5b", a(w, 192, 32));
    add(before, "Mixed_5c", a(w, 256, 64));
    add(before, "Mixed_5d", a(w, 288, 64));
    add(before, "Mixed_6a", b(w));
    add(before, "Mixed_6b", c(w, 128));
    add(before, "Mixed_6c", c(w, 160));
    add(before, "Mixed_6d", c(w, 160));
    add(before, "Mixed_6e", c(w, 192));
    head = child("AuxLogits", new Head(w, classes));
    add(after, "Mixed_7a", d(w));
    add(after, "Mixed_7b", e(w, 1280));
    add(after, "Mixed_7c", e(w, 2048));
    add(after, "avgpool", globalAvgPool());
    dropout = child("dropout", dropout(0.5));
    fc = child("fc", linear(w.of(2048), classes));
  }

  private void add(List<Module> part, String name, Module m) {
    part.add(child(name, m));
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value v = x;
    for (Module m : before) {
      v = m.apply(t, v);
    }
    if (t.isTraining(head)) {
      // Section 4; the weight 0.3 is GoogLeNet's.
      t.auxiliary(head.apply(t, v), 0.3);
    }
    for (Module m : after) {
      v = m.apply(t, v);
    }
    return fc.apply(t, dropout.apply(t, t.flatten(v)));
  }

  /** Channels after the divisor. */
  private record Width(int divisor) {
    int of(int channels) {
      return channels / divisor;
    }

    ConvNorm conv(int in, int out, int kernel) {
      return new ConvNorm(of(in), of(out), kernel);
    }

    ConvNorm conv(int in, int out, int kernelHeight, int kernelWidth) {
      return new ConvNorm(of(in), of(out), kernelHeight, kernelWidth).same();
    }
  }

  /** Figure 5: 35×35 pictures. */
  private static Module a(Width w, int in, int pool) {
    return new Block()
        .branch("branch1x1", w.conv(in, 64, 1))
        .branch("branch5x5_1", w.conv(in, 48, 1)).then("branch5x5_2", w.conv(48, 64, 5).same())
        .branch("branch3x3dbl_1", w.conv(in, 64, 1)).then("branch3x3dbl_2", w.conv(64, 96, 3).same()).then("branch3x3dbl_3", w.conv(96, 96, 3).same())
        .branch("pool", avgPool(3, 1, 1)).then("branch_pool", w.conv(in, pool, 1));
  }

  /** Figure 10: from 35×35 to 17×17. */
  private static Module b(Width w) {
    return new Block()
        .branch("branch3x3", w.conv(288, 384, 3).stride(2))
        .branch("branch3x3dbl_1", w.conv(288, 64, 1)).then("branch3x3dbl_2", w.conv(64, 96, 3).same()).then("branch3x3dbl_3", w.conv(96, 96, 3).stride(2))
        .branch("pool", maxPool(3, 2, 0));
  }

  /** Figure 6: 7×7 layers taken apart into 1×7 and 7×1. */
  private static Module c(Width w, int c) {
    return new Block()
        .branch("branch1x1", w.conv(768, 192, 1))
        .branch("branch7x7_1", w.conv(768, c, 1)).then("branch7x7_2", w.conv(c, c, 1, 7)).then("branch7x7_3", w.conv(c, 192, 7, 1))
        .branch("branch7x7dbl_1", w.conv(768, c, 1)).then("branch7x7dbl_2", w.conv(c, c, 7, 1)).then("branch7x7dbl_3", w.conv(c, c, 1, 7))
        .then("branch7x7dbl_4", w.conv(c, c, 7, 1)).then("branch7x7dbl_5", w.conv(c, 192, 1, 7))
        .branch("pool", avgPool(3, 1, 1)).then("branch_pool", w.conv(768, 192, 1));
  }

  /** From 17×17 to 8×8. */
  private static Module d(Width w) {
    return new Block()
        .branch("branch3x3_1", w.conv(768, 192, 1)).then("branch3x3_2", w.conv(192, 320, 3).stride(2))
        .branch("branch7x7x3_1", w.conv(768, 192, 1)).then("branch7x7x3_2", w.conv(192, 192, 1, 7)).then("branch7x7x3_3", w.conv(192, 192, 7, 1))
        .then("branch7x7x3_4", w.conv(192, 192, 3).stride(2))
        .branch("pool", maxPool(3, 2, 0));
  }

  /** Figure 7: the last layers of two branches fork into 1×3 and 3×1. */
  private static Module e(Width w, int in) {
    return new Block()
        .branch("branch1x1", w.conv(in, 320, 1))
        .branch("branch3x3_1", w.conv(in, 384, 1)).fork("branch3x3_2a", w.conv(384, 384, 1, 3), "branch3x3_2b", w.conv(384, 384, 3, 1))
        .branch("branch3x3dbl_1", w.conv(in, 448, 1)).then("branch3x3dbl_2", w.conv(448, 384, 3).same())
        .fork("branch3x3dbl_3a", w.conv(384, 384, 1, 3), "branch3x3dbl_3b", w.conv(384, 384, 3, 1))
        .branch("pool", avgPool(3, 1, 1)).then("branch_pool", w.conv(in, 192, 1));
  }

  /** Branches on one input whose layers all are children of the block itself, their outputs joined. */
  private static final class Block extends Module {
    private record Branch(List<Module> chain, List<Module> ends) {}

    private final List<Branch> branches = new ArrayList<>();

    Block branch(String name, Module m) {
      branches.add(new Branch(new ArrayList<>(), new ArrayList<>()));
      return then(name, m);
    }

    Block then(String name, Module m) {
      branches.get(branches.size() - 1).chain.add(child(name, m));
      return this;
    }

    Block fork(String nameA, Module a, String nameB, Module b) {
      List<Module> ends = branches.get(branches.size() - 1).ends;
      ends.add(child(nameA, a));
      ends.add(child(nameB, b));
      return this;
    }

    @Override
    protected Value build(Trace t, Value x) {
      List<Value> joined = new ArrayList<>();
      for (Branch b : branches) {
        Value v = x;
        for (Module m : b.chain) {
          v = m.apply(t, v);
        }
        Value end = v;
        joined.addAll(b.ends.isEmpty() ? List.of(v) : b.ends.stream().map(m -> m.apply(t, end)).toList());
      }
      return t.concat(joined.toArray(Value[]::new));
    }
  }

  /** The auxiliary classifier (section 4, figure 8). A picture so small that 5×5 windows of step 3 do not make 5×5 positions is averaged to 5×5 instead. */
  private static final class Head extends Module {
    private final Module pool;
    private final Module resample;
    private final Module conv0;
    private final Module conv1;
    private final Module fc;

    Head(Width w, int classes) {
      pool = child("pool", avgPool(5, 3, 0));
      resample = child("resample", adaptiveAvgPool(5));
      conv0 = child("conv0", w.conv(768, 128, 1));
      conv1 = child("conv1", w.conv(128, 768, 5));
      fc = child("fc", linear(w.of(768), classes));
    }

    @Override
    protected Value build(Trace t, Value x) {
      int[] size = x.type().shape().spatial();
      Value small = size[0] >= 17 && size[1] >= 17 ? pool.apply(t, x) : resample.apply(t, x);
      return fc.apply(t, t.flatten(t.globalAvgPool(conv1.apply(t, conv0.apply(t, small)))));
    }
  }
}
