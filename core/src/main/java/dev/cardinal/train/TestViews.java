package dev.cardinal.train;

import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What a network is shown of each picture when it is evaluated; the probabilities of all views are averaged.
 *
 * @param mirror the mirror image as well
 * @param shift two copies as well, shifted by one pixel up and left and down and right, both together weighing as much as the picture itself (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds",
 *     section 3.5); uncovered borders repeat their neighbours
 */
public record TestViews(boolean mirror, boolean shift) {
  /** The picture alone. */
  public static final TestViews PLAIN = new TestViews(false, false);

  /** A batch of views of one kind, with its weight; the weights of all sum to 1. */
  record View(HostTensor images, float weight) {}

  /** The views of a batch {@code [N, C, H, W]}. */
  List<View> of(HostTensor batch) {
    List<View> views = new ArrayList<>();
    float share = mirror ? 0.5f : 1;
    for (HostTensor side : mirror ? List.of(batch, mirrored(batch)) : List.of(batch)) {
      views.add(new View(side, shift ? share / 2 : share));
      if (shift) {
        views.add(new View(shifted(side, -1), share / 4));
        views.add(new View(shifted(side, 1), share / 4));
      }
    }
    return views;
  }

  private static HostTensor mirrored(HostTensor batch) {
    HostTensor m = HostTensor.zeros(batch.type());
    int width = batch.shape().dim(-1);
    float[] from = batch.floats();
    float[] to = m.floats();
    for (int row = 0; row < from.length; row += width) {
      for (int x = 0; x < width; x++) {
        to[row + x] = from[row + width - 1 - x];
      }
    }
    return m;
  }

  private static HostTensor shifted(HostTensor batch, int by) {
    HostTensor m = HostTensor.zeros(batch.type());
    int height = batch.shape().dim(-2);
    int width = batch.shape().dim(-1);
    float[] from = batch.floats();
    float[] to = m.floats();
    for (int plane = 0; plane < from.length; plane += height * width) {
      for (int y = 0; y < height; y++) {
        int row = plane + within(y + by, height) * width;
        for (int x = 0; x < width; x++) {
          to[plane + y * width + x] = from[row + within(x + by, width)];
        }
      }
    }
    return m;
  }

  private static int within(int at, int size) {
    return Math.max(0, Math.min(size - 1, at));
  }
}
