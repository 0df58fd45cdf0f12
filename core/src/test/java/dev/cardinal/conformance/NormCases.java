package dev.cardinal.conformance;

import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormInferenceBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of batch normalisation, local response normalisation and softmax. */
final class NormCases {
  private static final double EPSILON = 1e-3;

  private NormCases() {}

  static void register(CaseTable table) {
    table.add(BatchNormTraining.class, NormCases::training);
    table.add(BatchNormTrainingBackward.class, NormCases::trainingBackward);
    table.add(BatchNormInference.class, NormCases::inference);
    table.add(BatchNormInferenceBackward.class, NormCases::inferenceBackward);
    table.add(Lrn.class, s -> {
      Shape x = s.features();
      Lrn op = lrn(s, x);
      return OpCase.of(op, lrn(op), s.uniform(x, -3, 3)).reducing(op.size());
    });
    table.add(LrnBackward.class, s -> {
      Shape x = s.features();
      Lrn op = lrn(s, x);
      ClosedForm form = in -> ClosedForm.vectorJacobian(lrn(op), in.get(0), in.subList(1, 2), 0);
      return OpCase.of(new LrnBackward(op), form, s.uniform(x), s.uniform(x, -3, 3)).reducing(op.size()).numerically();
    });
    table.add(Softmax.class, s -> {
      Softmax op = new Softmax(s.index() % 2 == 0 ? 1 : -1, s.coin());
      Shape x = s.features();
      return OpCase.of(op, softmax(op), s.uniform(x, -4, 4)).reducing(x.dim(op.axis()));
    });
    table.add(SoftmaxBackward.class, s -> {
      Softmax op = new Softmax(s.index() % 2 == 0 ? 1 : -1, s.coin());
      Shape shape = s.features();
      HostTensor x = s.uniform(shape, -4, 4);
      HostTensor y = softmax(op).apply(List.of(x)).get(0);
      // The result as a function of y: y (dy - Σ dy y), or dy - exp(y) Σ dy, from the Jacobian y_j (δ_ij - y_i) or δ_ij - exp(y_i).
      ClosedForm form = in -> {
        HostTensor r = ClosedForm.zeros(shape);
        alongAxis(shape, op.axis(), line -> {
          for (int i : line) {
            double sum = 0;
            for (int j : line) {
              double delta = i == j ? 1 : 0;
              sum += in.get(0).get(j) * (op.log() ? delta - Math.exp(in.get(1).get(i)) : in.get(1).get(j) * (delta - in.get(1).get(i)));
            }
            r.set(i, sum);
          }
        });
        return List.of(r);
      };
      return OpCase.of(new SoftmaxBackward(op.axis(), op.log()), form, s.uniform(shape), y).reducing(shape.dim(op.axis()));
    });
  }

  /** Visits the linear indices of every line of elements along an axis. */
  static void alongAxis(Shape shape, int axis, java.util.function.Consumer<int[]> visitor) {
    int a = axis < 0 ? axis + shape.rank() : axis;
    int step = (int) shape.strides()[a];
    Index.forEach(shape.with(a, Math.min(1, shape.dim(a))), at -> {
      int[] line = new int[shape.dim(a)];
      for (int i = 0; i < line.length; i++) {
        line[i] = Index.of(shape, at) + i * step;
      }
      visitor.accept(line);
    });
  }

  static ClosedForm softmax(Softmax op) {
    return in -> {
      HostTensor x = in.get(0);
      HostTensor y = ClosedForm.zeros(x.shape());
      alongAxis(x.shape(), op.axis(), line -> {
        double most = java.util.Arrays.stream(line).mapToDouble(x::get).max().orElse(0);
        double sum = java.util.Arrays.stream(line).mapToDouble(i -> Math.exp(x.get(i) - most)).sum();
        for (int i : line) {
          y.set(i, op.log() ? x.get(i) - most - Math.log(sum) : Math.exp(x.get(i) - most) / sum);
        }
      });
      return List.of(y);
    };
  }

  private static Lrn lrn(Samples s, Shape x) {
    int c = x.dim(1);
    int groups = c % 2 == 0 && s.coin() ? 2 : s.coin() ? c : 1;
    return new Lrn(s.between(1, 7), s.real(0.1, 2), s.pick(0.5, 0.75, 1.0), s.pick(1.0, 2.0), groups);
  }

  private static ClosedForm lrn(Lrn op) {
    return in -> {
      HostTensor x = in.get(0);
      Shape shape = x.shape();
      int c = shape.dim(1);
      int perGroup = c / op.groups();
      int plane = (int) shape.spatialSize();
      HostTensor y = ClosedForm.zeros(shape);
      for (int i = 0; i < x.size(); i++) {
        int channel = i / plane % c;
        double squares = 0;
        for (int j = channel - (op.size() - 1) / 2; j <= channel + op.size() / 2; j++) {
          if (j >= 0 && j < c && j / perGroup == channel / perGroup) {
            double v = x.get(i + (j - channel) * plane);
            squares += v * v;
          }
        }
        y.set(i, x.get(i) / Math.pow(op.k() + op.alpha() / op.size() * squares, op.beta()));
      }
      return List.of(y);
    };
  }

  /** Gammas are large before ReLU6, so that some results reach its limit. */
  private static List<HostTensor> perChannel(Samples s, int channels) {
    Shape c = Shape.of(channels);
    double factor = fused(s) == Activation.Kind.RELU6 ? 4 : 1;
    return List.of(s.uniform(c, 0.5 * factor, 2 * factor), s.uniform(c), s.uniform(c), s.uniform(c, 0.5, 2));
  }

  /** A residual for every other case. */
  private static List<HostTensor> inputs(Samples s, Shape shape) {
    List<HostTensor> in = new ArrayList<>();
    in.add(s.uniform(shape, -2, 3));
    in.addAll(perChannel(s, shape.dim(1)));
    if (s.index() % 2 == 1) {
      in.add(s.uniform(shape));
    }
    return in;
  }

  /** Each for every third pair of cases. */
  private static Activation.Kind fused(Samples s) {
    return switch (s.index() / 2 % 3) {
      case 0 -> Activation.Kind.IDENTITY;
      case 1 -> Activation.Kind.RELU;
      default -> Activation.Kind.RELU6;
    };
  }

  private static Integer[] differentiable(List<HostTensor> in) {
    return in.size() == 6 ? new Integer[] {0, 1, 2, 5} : new Integer[] {0, 1, 2};
  }

  /** (x - mean) inverse gamma + beta + residual, then the activation. */
  private static HostTensor normalised(List<HostTensor> in, double[] mean, double[] inverse, Activation.Kind kind) {
    HostTensor x = in.get(0);
    int c = x.shape().dim(1);
    int plane = (int) x.shape().spatialSize();
    return HostTensor.generate(x.type(), i -> {
      int channel = i / plane % c;
      double z = (x.get(i) - mean[channel]) * inverse[channel] * in.get(1).get(channel) + in.get(2).get(channel) + (in.size() == 6 ? in.get(5).get(i) : 0);
      return ActivationForms.function(kind, 0).applyAsDouble(z);
    });
  }

  private static ClosedForm training(BatchNormTraining op) {
    return in -> {
      HostTensor x = in.get(0);
      int c = x.shape().dim(1);
      int plane = (int) x.shape().spatialSize();
      double n = (double) x.size() / c;
      double[] mean = new double[c];
      double[] variance = new double[c];
      for (int i = 0; i < x.size(); i++) {
        mean[i / plane % c] += x.get(i) / n;
      }
      for (int i = 0; i < x.size(); i++) {
        double d = x.get(i) - mean[i / plane % c];
        variance[i / plane % c] += d * d / n;
      }
      double[] inverse = java.util.Arrays.stream(variance).map(v -> 1 / Math.sqrt(v + op.epsilon())).toArray();
      HostTensor newMean = HostTensor.generate(in.get(3).type(), i -> (1 - op.momentum()) * in.get(3).get(i) + op.momentum() * mean[i]);
      HostTensor newVariance = HostTensor.generate(in.get(4).type(), i -> (1 - op.momentum()) * in.get(4).get(i) + op.momentum() * variance[i] * n / (n - 1));
      Shape per = Shape.of(c);
      return List.of(normalised(in, mean, inverse, op.activation()), newMean, newVariance, HostTensor.of(per, mean), HostTensor.of(per, inverse));
    };
  }

  private static Shape moreThanOne(Samples s) {
    Shape shape = s.features();
    return shape.size() / shape.dim(1) > 3 ? shape : shape.with(0, 4);
  }

  private static OpCase training(Samples s) {
    Shape shape = moreThanOne(s);
    BatchNormTraining op = new BatchNormTraining(EPSILON, s.real(0, 1), fused(s));
    List<HostTensor> in = inputs(s, shape);
    return OpCase.of(op, training(op), in.toArray(HostTensor[]::new)).reducing(shape.size() / shape.dim(1)).wrt(differentiable(in)).outputs(0, 1, 2, 3, 4);
  }

  private static OpCase trainingBackward(Samples s) {
    Shape shape = moreThanOne(s);
    Activation.Kind kind = fused(s);
    boolean rectified = kind != Activation.Kind.IDENTITY;
    double most = kind == Activation.Kind.RELU6 ? 6 : Double.POSITIVE_INFINITY;
    List<HostTensor> in = inputs(s, shape).subList(0, 5);
    List<HostTensor> out = training(new BatchNormTraining(EPSILON, 0, kind)).apply(in);
    List<HostTensor> given = new ArrayList<>(List.of(s.uniform(shape), in.get(0), in.get(1), out.get(3), out.get(4)));
    if (rectified) {
      given.add(out.get(0));
    }
    ClosedForm form = a -> {
      // The masked gradient goes back through the plain normalisation; beta does not matter to its gradients.
      HostTensor dz = rectified ? HostTensor.generate(a.get(0).type(), i -> a.get(5).get(i) > 0 && a.get(5).get(i) < most ? a.get(0).get(i) : 0) : a.get(0);
      List<HostTensor> x = List.of(a.get(1), a.get(2), in.get(2), in.get(3), in.get(4));
      List<HostTensor> d = new ArrayList<>(ClosedForm.vectorJacobian(training(new BatchNormTraining(EPSILON, 0)), dz, x, 0, 1, 2));
      if (rectified) {
        d.add(dz);
      }
      return d;
    };
    OpCase c = OpCase.of(new BatchNormTrainingBackward(kind), form, given.toArray(HostTensor[]::new)).reducing(shape.size() / shape.dim(1)).numerically();
    return rectified ? c.outputs(0, 1, 2, 3) : c.outputs(0, 1, 2);
  }

  private static ClosedForm inference(BatchNormInference op) {
    return in -> {
      double[] mean = in.get(3).doubles();
      double[] inverse = java.util.Arrays.stream(in.get(4).doubles()).map(v -> 1 / Math.sqrt(v + op.epsilon())).toArray();
      return List.of(normalised(in, mean, inverse, op.activation()));
    };
  }

  private static OpCase inference(Samples s) {
    BatchNormInference op = new BatchNormInference(EPSILON, fused(s));
    List<HostTensor> in = inputs(s, s.features());
    return OpCase.of(op, inference(op), in.toArray(HostTensor[]::new)).wrt(differentiable(in));
  }

  private static OpCase inferenceBackward(Samples s) {
    Shape shape = s.features();
    List<HostTensor> in = inputs(s, shape);
    ClosedForm form = a -> {
      List<HostTensor> x = List.of(a.get(1), a.get(2), in.get(2), a.get(3), a.get(4));
      return ClosedForm.vectorJacobian(inference(new BatchNormInference(EPSILON)), a.get(0), x, 0, 1, 2);
    };
    return OpCase.of(new BatchNormInferenceBackward(EPSILON), form, s.uniform(shape), in.get(0), in.get(1), in.get(3), in.get(4)).outputs(0, 1, 2)
        .reducing(shape.size() / shape.dim(1)).numerically();
  }
}
