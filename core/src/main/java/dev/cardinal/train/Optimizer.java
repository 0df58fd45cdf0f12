package dev.cardinal.train;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** How gradients change parameters. Weight decay acts on weights only, not on biases and normalisation, unless {@code decayAll}. */
public sealed interface Optimizer permits Optimizer.Sgd, Optimizer.Adam {
  /** Prefix of the variables that hold optimiser state, followed by the slot and the parameter's path. */
  String STATE_PREFIX = "optimizer.";

  /** A parameter with its gradient, and whether weight decay applies. */
  record Slot(String path, Value variable, Value gradient, boolean decays) {
    /** Whether it is added to each value of a channel: a layer's bias or a normalisation's shift. */
    boolean isBias() {
      return path.substring(path.lastIndexOf('.') + 1).equals("bias");
    }
  }

  /** The learning rate that suits it if none is given. */
  double defaultRate();

  /**
   * Appends the update of all parameters and assigns them.
   *
   * @param rate scalar learning rate
   * @param scale scalar factor of the gradients
   * @return the new values of the parameters, in order
   */
  List<Value> append(Graph g, Value rate, Value scale, List<Slot> slots);

  /**
   * Stochastic gradient descent with momentum, Nesterov's if so said.
   *
   * @param biasRate learning rate of biases (those of normalisation too) as a multiple of that of weights; if it is not 1 they decay as well, with the decay divided by it. Biases that learn many
   *     times faster shorten training (Page 2019, "How to train your ResNet 8: bag of tricks": 64)
   */
  record Sgd(double momentum, double weightDecay, boolean nesterov, boolean decayAll, double biasRate) implements Optimizer {
    /** @throws IllegalArgumentException if the bias rate is not positive */
    public Sgd {
      if (!(biasRate > 0) || Double.isInfinite(biasRate)) {
        throw new IllegalArgumentException("the rate of biases must be a positive multiple of that of weights, got " + biasRate);
      }
    }

    /** Decay on weights only. */
    public Sgd(double momentum, double weightDecay, boolean nesterov) {
      this(momentum, weightDecay, nesterov, false, 1);
    }

    /** With another rate of biases. */
    public Sgd withBiasRate(double multiple) {
      return new Sgd(momentum, weightDecay, nesterov, decayAll, multiple);
    }

    @Override
    public double defaultRate() {
      return 0.1;
    }

    @Override
    public List<Value> append(Graph g, Value rate, Value scale, List<Slot> slots) {
      Value ofBiases = biasRate == 1 ? rate : UpdateNodes.multiple(g, rate, biasRate);
      SgdUpdate decaying = new SgdUpdate(momentum, weightDecay, nesterov);
      SgdUpdate free = new SgdUpdate(momentum, 0, nesterov);
      return UpdateNodes.grouped(g, slots, List.of("velocity."), s -> {
        if (biasRate != 1 && s.isBias()) {
          return new UpdateNodes.Group("biases", new SgdUpdate(momentum, weightDecay / biasRate, nesterov), List.of(ofBiases, scale));
        }
        return decayAll || s.decays() ? new UpdateNodes.Group("weights", decaying, List.of(rate, scale)) : new UpdateNodes.Group("others", free, List.of(rate, scale));
      });
    }
  }

  /** Adam, or AdamW if weight decay is decoupled. */
  record Adam(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled, boolean decayAll) implements Optimizer {
    /** With the paper's constants, decay on weights only. */
    public Adam(double weightDecay, boolean decoupled) {
      this(0.9, 0.999, 1e-8, weightDecay, decoupled, false);
    }

    @Override
    public double defaultRate() {
      return 0.001;
    }

    @Override
    public List<Value> append(Graph g, Value rate, Value scale, List<Slot> slots) {
      Value step = g.variable(STATE_PREFIX + "step", new TensorType(DType.I64, Shape.of(1)));
      List<Value> scalars = List.of(rate, scale, step);
      List<Value> updated = UpdateNodes.grouped(g, slots, List.of("moment1.", "moment2."), s -> decayAll || s.decays()
          ? new UpdateNodes.Group("weights", new AdamUpdate(beta1, beta2, epsilon, weightDecay, decoupled), scalars)
          : new UpdateNodes.Group("others", new AdamUpdate(beta1, beta2, epsilon, 0, decoupled), scalars));
      g.assign(step, g.add(new AdvanceCounter(), step));
      return updated;
    }
  }
}
