package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.adaptiveAvgPool;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPoolCeil;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Branches;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;
import java.util.ArrayList;
import java.util.List;

/**
 * GoogLeNet (Szegedy et al., "Going deeper with convolutions", 2015, table 1) with batch normalisation. Parameter names and arithmetic are those of torchvision, whose "5×5" branches are 3×3.
 */
final class GoogLeNet extends Module {
  private final List<Module> to4a = new ArrayList<>();
  private final List<Module> to4d = new ArrayList<>();
  private final List<Module> toEnd = new ArrayList<>();
  private final Module aux1;
  private final Module aux2;
  private final Module dropout;
  private final Module fc;

  /**
   * The network.
   *
   * @param heads whether both auxiliary classifiers help to train it (section 5)
   */
  GoogLeNet(int classes, int channels, boolean heads) {
    add(to4a, "conv1", new ConvNorm(channels, 64, 7).same().stride(2));
    add(to4a, "maxpool1", maxPoolCeil(3, 2, 0));
    add(to4a, "conv2", new ConvNorm(64, 64, 1));
    add(to4a, "conv3", new ConvNorm(64, 192, 3).same());
    add(to4a, "maxpool2", maxPoolCeil(3, 2, 0));
    add(to4a, "inception3a", inception(192, 64, 96, 128, 16, 32, 32));
    add(to4a, "inception3b", inception(256, 128, 128, 192, 32, 96, 64));
    add(to4a, "maxpool3", maxPoolCeil(3, 2, 0));
    add(to4a, "inception4a", inception(480, 192, 96, 208, 16, 48, 64));
    add(to4d, "inception4b", inception(512, 160, 112, 224, 24, 64, 64));
    add(to4d, "inception4c", inception(512, 128, 128, 256, 24, 64, 64));
    add(to4d, "inception4d", inception(512, 112, 144, 288, 32, 64, 64));
    add(toEnd, "inception4e", inception(528, 256, 160, 320, 32, 128, 128));
    add(toEnd, "maxpool4", maxPoolCeil(2, 2, 0));
    add(toEnd, "inception5a", inception(832, 256, 160, 320, 32, 128, 128));
    add(toEnd, "inception5b", inception(832, 384, 192, 384, 48, 128, 128));
    add(toEnd, "avgpool", globalAvgPool());
    aux1 = heads ? child("aux1", new Head(512, classes)) : null;
    aux2 = heads ? child("aux2", new Head(528, classes)) : null;
    dropout = child("dropout", dropout(0.2));
    fc = child("fc", linear(1024, classes));
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value a = through(t, to4a, x);
    auxiliary(t, aux1, a);
    Value d = through(t, to4d, a);
    auxiliary(t, aux2, d);
    return fc.apply(t, dropout.apply(t, t.flatten(through(t, toEnd, d))));
  }

  private void add(List<Module> part, String name, Module m) {
    part.add(child(name, m));
  }

  private static Value through(Trace t, List<Module> part, Value x) {
    Value v = x;
    for (Module m : part) {
      v = m.apply(t, v);
    }
    return v;
  }

  /** Section 5: the losses of the heads count 0.3. */
  private static void auxiliary(Trace t, Module head, Value x) {
    if (head != null && t.isTraining(head)) {
      t.auxiliary(head.apply(t, x), 0.3);
    }
  }

  /** Figure 2b: 1×1, 1×1 then 3×3, 1×1 then "5×5", pooling then 1×1, side by side. The numbers are a row of table 1. */
  private static Module inception(int in, int c1, int c3reduce, int c3, int c5reduce, int c5, int pool) {
    return new Branches()
        .add("branch1", new ConvNorm(in, c1, 1))
        .add("branch2", new Sequential(new ConvNorm(in, c3reduce, 1), new ConvNorm(c3reduce, c3, 3).same()))
        .add("branch3", new Sequential(new ConvNorm(in, c5reduce, 1), new ConvNorm(c5reduce, c5, 3).same()))
        .add("branch4", new Sequential(maxPoolCeil(3, 1, 1), new ConvNorm(in, pool, 1)));
  }

  /** An auxiliary classifier (section 5). */
  private static final class Head extends Module {
    private final Module pool;
    private final Module conv;
    private final Module fc1;
    private final Module dropout;
    private final Module fc2;

    Head(int in, int classes) {
      pool = child("pool", adaptiveAvgPool(4));
      conv = child("conv", new ConvNorm(in, 128, 1));
      fc1 = child("fc1", linear(128 * 4 * 4, 1024));
      dropout = child("dropout", dropout(0.7));
      fc2 = child("fc2", linear(1024, classes));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value y = t.relu(fc1.apply(t, t.flatten(conv.apply(t, pool.apply(t, x)))));
      return fc2.apply(t, dropout.apply(t, y));
    }
  }
}
