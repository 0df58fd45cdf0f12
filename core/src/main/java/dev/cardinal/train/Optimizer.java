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
  record Slot(String path, Value variable, Value gradient, boolean decays) {}

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

  /** Stochastic gradient descent with momentum, Nesterov's if so said. */
  record Sgd(double momentum, double weightDecay, boolean nesterov, boolean decayAll) implements Optimizer {
    /** Decay on weights only. */
    public Sgd(double momentum, double weightDecay, boolean nesterov) {
      this(momentum, weightDecay, nesterov, false);
    }

    @Override
    public double defaultRate() {
      return 0.1;
    }

    @Override
    public List<Value> append(Graph g, Value rate, Value scale, List<Slot> slots) {
      return UpdateNodes.grouped(g, slots, decayAll, List.of(rate, scale), List.of("velocity."), decays -> new SgdUpdate(momentum, decays ? weightDecay : 0, nesterov));
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
      List<Value> updated = UpdateNodes.grouped(g, slots, decayAll, List.of(rate, scale, step), List.of("moment1.", "moment2."),
          decays -> new AdamUpdate(beta1, beta2, epsilon, decays ? weightDecay : 0, decoupled));
      g.assign(step, g.add(new AdvanceCounter(), step));
      return updated;
    }
  }
}
