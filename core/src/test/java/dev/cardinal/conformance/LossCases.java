package dev.cardinal.conformance;

import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.BinaryCrossEntropyBackward;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** Cases of the losses. */
final class LossCases {
  private static final int IGNORED = -100;

  private LossCases() {}

  static void register(CaseTable table) {
    table.add(CrossEntropy.class, s -> {
      Shape x = logits(s);
      CrossEntropy op = new CrossEntropy(s.pick(0.0, 0.1), IGNORED);
      HostTensor labels = labels(s, x);
      OpCase c = OpCase.of(op, crossEntropy(op), s.uniform(x, -4, 4), labels).reducing(x.size());
      return allIgnored(labels) ? c.withoutGradient() : c;
    });
    table.add(CrossEntropyBackward.class, s -> {
      Shape x = logits(s);
      CrossEntropy op = new CrossEntropy(s.pick(0.0, 0.1), IGNORED);
      ClosedForm form = in -> ClosedForm.vectorJacobian(crossEntropy(op), in.get(0), in.subList(1, 3), 0);
      return OpCase.of(new CrossEntropyBackward(op.smoothing(), IGNORED), form, s.uniform(Shape.scalar(), 0.5, 2), s.uniform(x, -4, 4), labels(s, x)).reducing(x.dim(1)).numerically();
    });
    table.add(BinaryCrossEntropy.class, s -> {
      Shape x = s.any();
      return OpCase.of(new BinaryCrossEntropy(), binary(), s.uniform(x, -6, 6), s.uniform(x, 0, 1)).reducing(x.size());
    });
    table.add(BinaryCrossEntropyBackward.class, s -> {
      Shape x = s.any();
      ClosedForm form = in -> ClosedForm.vectorJacobian(binary(), in.get(0), in.subList(1, 3), 0);
      return OpCase.of(new BinaryCrossEntropyBackward(), form, s.uniform(Shape.scalar(), 0.5, 2), s.uniform(x, -6, 6), s.uniform(x, 0, 1)).numerically();
    });
  }

  private static Shape logits(Samples s) {
    Shape x = s.features();
    return x.with(1, x.dim(1) + 1);
  }

  /** Labels, some ignored; now and then all. */
  private static HostTensor labels(Samples s, Shape x) {
    int[] dims = IntStream.range(0, x.rank()).filter(a -> a != 1).map(x::dim).toArray();
    HostTensor t = s.labels(Shape.of(dims), 0, x.dim(1) - 1);
    int every = s.index() % 12 == 7 ? 1 : s.turn(1000, 3, 1000, 2);
    for (int i = 0; i < t.size(); i++) {
      if (i % every == every - 1) {
        t.set(i, IGNORED);
      }
    }
    return t;
  }

  private static boolean allIgnored(HostTensor labels) {
    return IntStream.of(labels.ints()).allMatch(l -> l == IGNORED);
  }

  private static ClosedForm crossEntropy(CrossEntropy op) {
    return in -> {
      HostTensor x = in.get(0);
      HostTensor labels = in.get(1);
      int classes = x.shape().dim(1);
      double[] total = new double[2];
      int[] position = {0};
      NormCases.alongAxis(x.shape(), 1, line -> {
        int label = (int) labels.get(position[0]++);
        if (label == op.ignoreLabel()) {
          return;
        }
        double sum = IntStream.of(line).mapToDouble(i -> Math.exp(x.get(i))).sum();
        for (int c = 0; c < classes; c++) {
          double target = (c == label ? 1 - op.smoothing() : 0) + op.smoothing() / classes;
          total[0] -= target * (x.get(line[c]) - Math.log(sum));
        }
        total[1]++;
      });
      return List.of(HostTensor.of(Shape.scalar(), total[1] == 0 ? 0.0 : total[0] / total[1]));
    };
  }

  private static ClosedForm binary() {
    return in -> {
      double sum = 0;
      for (int i = 0; i < in.get(0).size(); i++) {
        double x = in.get(0).get(i);
        double t = in.get(1).get(i);
        // -ln p and -ln (1 - p) of p = 1 / (1 + e^-x).
        sum += t * Math.log1p(Math.exp(-x)) + (1 - t) * Math.log1p(Math.exp(x));
      }
      return List.of(HostTensor.of(Shape.scalar(), sum / in.get(0).size()));
    };
  }
}
