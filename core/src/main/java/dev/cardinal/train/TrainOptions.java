package dev.cardinal.train;

/**
 * How to train. Configured by its methods, which return it.
 */
public final class TrainOptions {
  int epochs = 10;
  int batch = 128;
  Optimizer optimizer = new Optimizer.Sgd(0.9, 5e-4, true);
  double rate = Double.NaN;
  Schedule schedule = Schedule.oneCycle(0.25);
  double smoothing;
  double clipNorm;
  double averaging;
  long seed = 1;
  int patience;
  int keepLast = 2;
  int loaderThreads;
  TestViews testViews = TestViews.PLAIN;
  boolean lossScaling;

  /** Epochs in all, those before a resume included; 10 if not said. */
  public TrainOptions epochs(int n) {
    epochs = atLeast(1, n, "epochs");
    return this;
  }

  /** Images per step; 128 if not said. */
  public TrainOptions batch(int n) {
    batch = atLeast(1, n, "the batch");
    return this;
  }

  /** SGD with Nesterov momentum 0.9 and weight decay 5e-4 if not said. */
  public TrainOptions optimizer(Optimizer o) {
    optimizer = o;
    return this;
  }

  /** Base learning rate; the optimiser's own if not said. */
  public TrainOptions rate(double r) {
    if (!(r > 0) || Double.isInfinite(r)) {
      throw new IllegalArgumentException("the learning rate must be above 0, got " + r);
    }
    rate = r;
    return this;
  }

  /** One-cycle if not said. */
  public TrainOptions schedule(Schedule s) {
    schedule = s;
    return this;
  }

  /** Label smoothing, 0 if not said. */
  public TrainOptions labelSmoothing(double s) {
    smoothing = s;
    return this;
  }

  /** Clips the norm of all gradients together; 0, the default, does not. */
  public TrainOptions clipNorm(double norm) {
    clipNorm = norm;
    return this;
  }

  /** Decay of an exponential moving average of the weights, which is then what is evaluated and saved as best; 0, the default, for none. */
  public TrainOptions averaging(double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("the decay of weight averaging must be at least 0 and below 1, got " + decay);
    }
    averaging = decay;
    return this;
  }

  /** Decides initial weights, order, augmentation and dropout; 1 if not said. */
  public TrainOptions seed(long s) {
    seed = s;
    return this;
  }

  /** Stops when test accuracy has not risen for so many epochs; 0, the default, for never. */
  public TrainOptions earlyStopping(int epochsWithoutGain) {
    patience = atLeast(0, epochsWithoutGain, "the patience of early stopping");
    return this;
  }

  /** Checkpoints kept besides the best; 2 if not said. */
  public TrainOptions keepLast(int n) {
    keepLast = atLeast(1, n, "the number of checkpoints to keep");
    return this;
  }

  /** Threads that decode and augment; 0, the default, for one per processor. */
  public TrainOptions loaderThreads(int n) {
    loaderThreads = atLeast(0, n, "loader threads");
    return this;
  }

  /** What evaluation shows the network of each picture; the picture alone if not said. */
  public TrainOptions testViews(TestViews views) {
    testViews = views;
    return this;
  }

  /** Whether the loss is scaled dynamically, as training in half precision ({@link dev.cardinal.backend.Precision#FLOAT16}) needs; not if not said. */
  public TrainOptions lossScaling(boolean on) {
    lossScaling = on;
    return this;
  }

  /** The learning rate in force. */
  public double baseRate() {
    return Double.isNaN(rate) ? optimizer.defaultRate() : rate;
  }

  private static int atLeast(int min, int n, String what) {
    if (n < min) {
      throw new IllegalArgumentException(what + " must be at least " + min + ", got " + n);
    }
    return n;
  }
}
