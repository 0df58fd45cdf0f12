package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.conv;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.linear;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;

/**
 * The 3-D convolutional network of Ji et al. ("3D convolutional neural networks for human action recognition", 2013, figure 3). Input: the 33 hardwired maps of 7 frames (layer H1), as channels: 7 grey
 * pictures, 7 gradients in x, 7 in y, 6 optical flows in x, 6 in y. The paper convolves its five kinds of maps separately: they are channel groups here, of three kinds with 7 maps and of two with 6.
 */
final class ActionNet extends Module {
  /** Maps of layer H1. */
  static final int MAPS = 33;
  private static final Spatial C2 = Spatial.of(3, 7, 7);
  private static final Spatial C4 = Spatial.of(3, 7, 6);

  private final Module[] c2 = new Module[2];
  private final Module[] c4 = new Module[2];
  private final Module c6;
  private final Module fc;

  ActionNet(int classes, Shape in) {
    require(in.dim(0) == MAPS, "the network takes the 33 hardwired maps of the paper, got %d channels; prepare 7 grey, 14 gradient and 12 flow pictures", in.dim(0));
    c2[0] = child("c2_still", conv(3, 6, C2).groups(3).init(Initializer.glorotUniform(), Initializer.constant(0)));
    c2[1] = child("c2_flow", conv(2, 4, C2).groups(2).init(Initializer.glorotUniform(), Initializer.constant(0)));
    c4[0] = child("c4_still", conv(6, 18, C4).groups(6).init(Initializer.glorotUniform(), Initializer.constant(0)));
    c4[1] = child("c4_flow", conv(4, 12, C4).groups(4).init(Initializer.glorotUniform(), Initializer.constant(0)));
    int height = ((in.dim(1) - 6) / 2 - 6) / 3;
    int width = ((in.dim(2) - 6) / 2 - 5) / 3;
    c6 = child("c6", conv2d(78, 128, height, width).init(Initializer.glorotUniform(), Initializer.constant(0)));
    fc = child("output", linear(128, classes));
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value still = maps(t, 0, volume(t, t.channels(x, 0, 21), 3, 7));
    Value flow = maps(t, 1, volume(t, t.channels(x, 21, MAPS), 2, 6));
    Value y = t.activate(Activation.Kind.TANH, c6.apply(t, t.concat(still, flow)));
    return fc.apply(t, t.flatten(y));
  }

  /** Layers C2 to S5 for maps of one length; the result has the time steps among its channels, as C6 sees them. */
  private Value maps(Trace t, int kind, Value x) {
    Value y = subsample(t, t.activate(Activation.Kind.TANH, c2[kind].apply(t, x)), 2);
    y = subsample(t, t.activate(Activation.Kind.TANH, c4[kind].apply(t, y)), 3);
    Shape s = y.type().shape();
    return t.add(new Reshape(Shape.of(s.dim(0), s.dim(1) * s.dim(2), s.dim(3), s.dim(4))), y);
  }

  private static Value volume(Trace t, Value x, int kinds, int frames) {
    Shape s = x.type().shape();
    return t.add(new Reshape(Shape.of(s.dim(0), kinds, frames, s.dim(2), s.dim(3))), x);
  }

  private static Value subsample(Trace t, Value x, int factor) {
    Spatial window = Spatial.of(1, factor, factor);
    Spatial none = Spatial.all(3, 0);
    return t.add(new AvgPool(new PoolGeometry(window, window, none, none, Spatial.all(3, 1), false), true), x);
  }
}
