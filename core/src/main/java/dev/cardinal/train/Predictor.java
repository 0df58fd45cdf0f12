package dev.cardinal.train;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.nn.Module;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Map;

/** A network compiled for evaluation: images in, class probabilities out. Owns its program, not the variables. */
public final class Predictor implements AutoCloseable {
  private final Program program;
  private final TensorType images;
  private final TestViews views;

  /**
   * Compiles a network.
   *
   * @param images type of a batch, {@code [N, C, H, W]}
   * @param averaged whether to use the averaged weights
   * @param views what is shown of each picture
   */
  public Predictor(Device device, Variables variables, Module net, TensorType images, int classes, boolean averaged, TestViews views) {
    this.images = images;
    this.views = views;
    this.program = Compilation.compile(device, TrainingStep.evaluation(net, images, classes, averaged), variables);
  }

  /** Probabilities {@code [N, classes]} of a batch. */
  public HostTensor probabilities(HostTensor batch) {
    HostTensor mean = null;
    for (TestViews.View v : views.of(batch)) {
      HostTensor p = run(v.images());
      if (v.weight() == 1) {
        return p;
      }
      mean = mean == null ? HostTensor.zeros(p.type()) : mean;
      for (int i = 0; i < p.size(); i++) {
        mean.floats()[i] += v.weight() * p.floats()[i];
      }
    }
    return mean;
  }

  private HostTensor run(HostTensor batch) {
    program.run(Map.of(TrainingStep.IMAGES, batch));
    HostTensor p = program.read(TrainingStep.LOGITS);
    int classes = p.shape().dim(1);
    for (int row = 0; row < p.shape().dim(0); row++) {
      softmax(p.floats(), row * classes, classes);
    }
    return p;
  }

  private static void softmax(float[] x, int at, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, x[at + i]);
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += Math.exp(x[at + i] - max);
    }
    for (int i = 0; i < n; i++) {
      x[at + i] = (float) (Math.exp(x[at + i] - max) / sum);
    }
  }

  /** Type of a batch. */
  public TensorType images() {
    return images;
  }

  @Override
  public void close() {
    program.close();
  }
}
