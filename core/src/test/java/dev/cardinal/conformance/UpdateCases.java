package dev.cardinal.conformance;

import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Cases of the optimisers' updates, element by element from the papers. */
final class UpdateCases {
  private UpdateCases() {}

  static void register(CaseTable table) {
    table.add(SgdUpdate.class, UpdateCases::sgd);
    table.add(AdamUpdate.class, UpdateCases::adam);
    table.add(EmaUpdate.class, UpdateCases::ema);
    table.add(ClipFactor.class, UpdateCases::clip);
  }

  private static HostTensor scalar(double v) {
    return HostTensor.of(Shape.scalar(), v);
  }

  private static List<Shape> shapes(Samples s) {
    return IntStream.range(0, s.between(1, 3)).mapToObj(i -> i == 0 ? Shape.of(s.channels()) : Shape.of(s.channels(), s.channels(), s.between(1, 3))).toList();
  }

  private static void list(Samples s, List<HostTensor> in, List<Shape> shapes, double low, double high) {
    shapes.forEach(shape -> in.add(s.uniform(shape, low, high)));
  }

  private static Integer[] all(int outputs) {
    return IntStream.range(0, outputs).boxed().toArray(Integer[]::new);
  }

  /** Usually a finite gradient scale; now and then one that must leave everything as it was. */
  private static double gradientScale(Samples s) {
    return s.index() % 8 == 5 ? s.pick(Double.NaN, Double.POSITIVE_INFINITY) : s.pick(1.0, 0.25);
  }

  private static OpCase sgd(Samples s) {
    SgdUpdate op = new SgdUpdate(s.pick(0.0, 0.9), s.pick(0.0, 1e-2), s.coin());
    List<Shape> shapes = shapes(s);
    int n = shapes.size();
    List<HostTensor> in = new ArrayList<>(List.of(scalar(s.real(0.01, 0.5)), scalar(gradientScale(s))));
    for (int l = 0; l < 3; l++) {
      list(s, in, shapes, -1, 1);
    }
    ClosedForm form = a -> {
      double rate = a.get(0).item();
      double scale = a.get(1).item();
      List<HostTensor> p = new ArrayList<>();
      List<HostTensor> v = new ArrayList<>();
      for (int t = 0; t < n; t++) {
        p.add(a.get(2 + t).copy());
        v.add(a.get(2 + 2 * n + t).copy());
        for (int i = 0; i < p.get(t).size() && Double.isFinite(scale); i++) {
          double g = scale * a.get(2 + n + t).get(i) + op.weightDecay() * p.get(t).get(i);
          double velocity = op.momentum() * v.get(t).get(i) + g;
          v.get(t).set(i, velocity);
          p.get(t).set(i, p.get(t).get(i) - rate * (op.nesterov() ? g + op.momentum() * velocity : velocity));
        }
      }
      p.addAll(v);
      return p;
    };
    return OpCase.of(op, form, in.toArray(HostTensor[]::new)).outputs(all(2 * n));
  }

  private static OpCase adam(Samples s) {
    AdamUpdate op = new AdamUpdate(0.9, s.pick(0.99, 0.999), 1e-8, s.pick(0.0, 1e-2), s.coin());
    List<Shape> shapes = shapes(s);
    int n = shapes.size();
    int step = s.turn(0, 1, 7, 1000);
    List<HostTensor> in = new ArrayList<>(List.of(scalar(s.real(0.001, 0.1)), scalar(gradientScale(s)), HostTensor.of(Shape.of(1), (long) step)));
    list(s, in, shapes, -1, 1);
    list(s, in, shapes, 0.1, 1);
    list(s, in, shapes, -1, 1);
    list(s, in, shapes, 0.1, 1);
    ClosedForm form = a -> {
      double rate = a.get(0).item();
      double scale = a.get(1).item();
      List<HostTensor> p = new ArrayList<>();
      List<HostTensor> m = new ArrayList<>();
      List<HostTensor> v = new ArrayList<>();
      for (int t = 0; t < n; t++) {
        p.add(a.get(3 + t).copy());
        m.add(a.get(3 + 2 * n + t).copy());
        v.add(a.get(3 + 3 * n + t).copy());
        for (int i = 0; i < p.get(t).size() && Double.isFinite(scale); i++) {
          double w = p.get(t).get(i);
          double g = scale * a.get(3 + n + t).get(i) + (op.decoupled() ? 0 : op.weightDecay() * w);
          double first = op.beta1() * m.get(t).get(i) + (1 - op.beta1()) * g;
          double second = op.beta2() * v.get(t).get(i) + (1 - op.beta2()) * g * g;
          double unbiasedFirst = first / (1 - Math.pow(op.beta1(), step + 1));
          double unbiasedSecond = second / (1 - Math.pow(op.beta2(), step + 1));
          m.get(t).set(i, first);
          v.get(t).set(i, second);
          p.get(t).set(i, w * (op.decoupled() ? 1 - rate * op.weightDecay() : 1) - rate * unbiasedFirst / (Math.sqrt(unbiasedSecond) + op.epsilon()));
        }
      }
      p.addAll(m);
      p.addAll(v);
      return p;
    };
    return OpCase.of(op, form, in.toArray(HostTensor[]::new)).outputs(all(3 * n)).reducing(4);
  }

  private static OpCase ema(Samples s) {
    List<Shape> shapes = shapes(s);
    int n = shapes.size();
    List<HostTensor> in = new ArrayList<>(List.of(scalar(s.pick(0.0, 0.9, 0.999))));
    list(s, in, shapes, -1, 1);
    list(s, in, shapes, -1, 1);
    ClosedForm form = a -> IntStream.range(0, n).mapToObj(t -> HostTensor.generate(a.get(1 + t).type(),
        i -> a.get(0).item() * a.get(1 + t).get(i) + (1 - a.get(0).item()) * a.get(1 + n + t).get(i))).toList();
    return OpCase.of(new EmaUpdate(), form, in.toArray(HostTensor[]::new)).outputs(all(n));
  }

  private static OpCase clip(Samples s) {
    List<HostTensor> in = new ArrayList<>();
    list(s, in, shapes(s), -1, 1);
    ClipFactor op = new ClipFactor(s.pick(0.5, 2.0, 1e6));
    ClosedForm form = a -> {
      double norm = Math.sqrt(a.stream().mapToDouble(t -> ClosedForm.dot(t, t)).sum());
      return List.of(scalar(Math.min(1, op.maxNorm() / norm)), scalar(norm));
    };
    return OpCase.of(op, form, in.toArray(HostTensor[]::new)).outputs(0, 1).reducing(in.stream().mapToLong(HostTensor::size).sum());
  }
}
