package dev.cardinal.cpu.onednn.narrow;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.binding.Primitive.Argument;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.kernel.Workers;
import java.util.Arrays;
import java.util.List;

/** The gradient of a grouped convolution's weights by those of depthwise ones over sorted channels, some samples and groups at a time on every thread: see {@link NarrowShape}. */
public final class NarrowGradient extends NarrowProducts {
  private final NarrowGroupWeights weights;
  private Floats[] parts;
  private Floats sums;
  private float[][] part;
  private double[][][] totals;

  /** Describes all primitives. */
  public NarrowGradient(NarrowShape s, Workers workers) {
    super(NarrowRounds.of(s, workers));
    this.weights = NarrowGroupWeights.forward(s.groups(), round.groups(), s.in(), s.out(), s.kernelRows(), s.kernelColumns());
    if (OpenMp.isThere()) {
      OpenMp.alone(this::describe);
    }
  }

  private void describe() {
    MemoryDesc x = owned.own(round.stackedInput());
    MemoryDesc w = owned.own(MemoryDesc.any(round.weights()));
    MemoryDesc y = owned.own(round.outputPlane());
    describe(rounds.tasks() * round.out(), () -> Primitives.convolutionBackwardWeights(round.moves(), x, w, w, y), true);
  }

  /** Memory that all tasks share: weights as they are stacked, weights as the kernels give them; then of each task its sorted input, its sorted gradient, what a round gives and its scratch. */
  @Override
  NarrowPrimitives.Areas areas() {
    long[] bytes = new long[2 + 4 * rounds.tasks()];
    bytes[0] = weights.size() * (long) Float.BYTES;
    bytes[1] = layouts.size() * liked.bytes();
    for (int t = 0; t < rounds.tasks(); t++) {
      bytes[2 + 4 * t] = round.inBytes();
      bytes[3 + 4 * t] = round.outBytes();
      bytes[4 + 4 * t] = round.out() * liked.bytes();
      bytes[5 + 4 * t] = owned.scratchBytes();
    }
    return new NarrowPrimitives.Areas(bytes);
  }

  /** Fixes all addresses, those of x, dW and dy. */
  @Override
  public Runnable bind(long source, long result, long unused, long gradient, long work) {
    NarrowPrimitives.Areas a = areas();
    OpenMp.alone(() -> bindAll(source, gradient, work, a));
    int floats = (int) (round.out() * liked.bytes() / Float.BYTES);
    parts = new Floats[rounds.tasks()];
    for (int t = 0; t < parts.length; t++) {
      parts[t] = Floats.at(work + a.at(4 + 4 * t), floats);
    }
    part = new float[rounds.tasks()][floats];
    totals = new double[rounds.tasks()][rounds.parts()][floats];
    sums = Floats.at(work + a.at(1), (long) floats * rounds.parts());
    Floats sorted = Floats.at(work + a.at(0), weights.size());
    Floats natural = Floats.at(result, weights.size());
    return () -> {
      for (double[][] t : totals) {
        for (double[] p : t) {
          Arrays.fill(p, 0);
        }
      }
      rounds.run(this::run);
      addTasks();
      OpenMp.alone(() -> layouts.forEach(Primitive::execute));
      weights.unstack(sorted, natural);
    };
  }

  private void bindAll(long source, long gradient, long work, NarrowPrimitives.Areas a) {
    MemoryDesc x = owned.own(round.stackedInput());
    MemoryDesc y = owned.own(round.outputPlane());
    for (int i = 0; i < products.size(); i++) {
      int task = i / round.out();
      int o = i % round.out();
      owned.bind(products.get(i), List.of(new Argument(Primitives.SOURCE, x, work + a.at(2 + 4 * task)), new Argument(Primitives.DESTINATION_GRADIENT, y, work + a.at(3 + 4 * task) + y.bytes() * o),
          new Argument(Primitives.WEIGHTS_GRADIENT, liked, work + a.at(4 + 4 * task) + liked.bytes() * o)), work + a.at(5 + 4 * task));
    }
    for (int i = 0; i < layouts.size(); i++) {
      owned.bindReorder(layouts.get(i), liked, work + a.at(1) + liked.bytes() * i, MemoryDesc.rowMajor(round.weights()), work + a.at(0) + round.weightBytes() * i);
    }
    for (int i = 0; i < rounds.count(); i++) {
      int task = rounds.task(i);
      owned.bindReorder(sorts.get(i), round.input(), source + round.inputAt(rounds.sample(i), rounds.group(i)), round.sortedInput(), work + a.at(2 + 4 * task));
      owned.bindReorder(outputs.get(i), round.output(), gradient + round.outputAt(rounds.sample(i), rounds.group(i)), round.sortedOutput(), work + a.at(3 + 4 * task));
    }
  }

  /** What a round gives is added in double precision. */
  private void run(int i, int task) {
    sorts.get(i).execute();
    outputs.get(i).execute();
    for (int o = 0; o < round.out(); o++) {
      products.get(task * round.out() + o).execute();
    }
    float[] p = part[task];
    parts[task].get(0, p, 0, p.length);
    add(p, totals[task][rounds.part(i)]);
  }

  private static void add(float[] values, double[] total) {
    for (int j = 0; j < values.length; j++) {
      total[j] += values[j];
    }
  }

  private void addTasks() {
    float[] p = part[0];
    for (int k = 0; k < rounds.parts(); k++) {
      for (int j = 0; j < p.length; j++) {
        double sum = 0;
        for (double[][] task : totals) {
          sum += task[k][j];
        }
        p[j] = (float) sum;
      }
      sums.put((long) k * p.length, p, 0, p.length);
    }
  }
}
