package dev.cardinal.cpu.onednn.narrow;

import dev.cardinal.cpu.onednn.binding.Elementwise;
import dev.cardinal.cpu.onednn.binding.Following;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.binding.Primitive.Argument;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.kernel.Workers;
import java.util.ArrayList;
import java.util.List;

/** A grouped convolution by depthwise ones over sorted channels, some samples and groups at a time on every thread: see {@link NarrowShape}. */
public final class NarrowConvolution extends NarrowProducts {
  private final NarrowGroupWeights weights;
  private final boolean biased;

  /**
   * Describes all primitives.
   *
   * @param mirrored whether the weights are those of the convolution whose input's gradient this gives
   * @param then what follows, or {@code null}
   */
  public NarrowConvolution(NarrowShape s, Workers workers, boolean mirrored, boolean biased, Elementwise then) {
    super(NarrowRounds.of(s, workers));
    this.biased = biased;
    this.weights = mirrored ? NarrowGroupWeights.mirrored(s.groups(), round.groups(), s.in(), s.out(), s.kernelRows(), s.kernelColumns())
        : NarrowGroupWeights.forward(s.groups(), round.groups(), s.in(), s.out(), s.kernelRows(), s.kernelColumns());
    if (OpenMp.isThere()) {
      OpenMp.alone(() -> describe(then));
    }
  }

  private void describe(Elementwise then) {
    MemoryDesc x = owned.own(round.stackedInput());
    MemoryDesc w = owned.own(MemoryDesc.any(round.weights()));
    MemoryDesc bias = biased ? owned.own(MemoryDesc.rowMajor(round.groups())) : null;
    MemoryDesc y = owned.own(round.outputPlane());
    describe(rounds.tasks() * rounds.parts() * round.out(), () -> Primitives.convolution(round.moves(), x, w, bias, y, Following.only(then)), false);
  }

  /** Memory that all tasks share: weights as they are stacked, weights as the kernels like them, biases; then of each task its sorted input, its sorted output and its scratch. */
  @Override
  NarrowPrimitives.Areas areas() {
    long[] bytes = new long[3 + 3 * rounds.tasks()];
    bytes[0] = weights.size() * (long) Float.BYTES;
    bytes[1] = layouts.size() * liked.bytes();
    bytes[2] = (long) round.allGroups() * round.out() * Float.BYTES;
    for (int t = 0; t < rounds.tasks(); t++) {
      bytes[3 + 3 * t] = round.inBytes();
      bytes[4 + 3 * t] = round.outBytes();
      bytes[5 + 3 * t] = owned.scratchBytes();
    }
    return new NarrowPrimitives.Areas(bytes);
  }

  @Override
  public Runnable bind(long source, long given, long bias, long target, long work) {
    OpenMp.alone(() -> bindAll(source, target, work, areas()));
    long stacked = work + areas().at(0);
    long biases = work + areas().at(2);
    Floats natural = Floats.at(given, weights.size());
    Floats sorted = Floats.at(stacked, weights.size());
    NarrowGroupWeights biasOrder = NarrowGroupWeights.biases(round.allGroups(), round.groups(), round.out());
    Floats naturalBias = biased ? Floats.at(bias, biasOrder.size()) : null;
    Floats sortedBias = Floats.at(biases, biasOrder.size());
    return () -> {
      weights.stack(natural, sorted);
      if (biased) {
        biasOrder.stack(naturalBias, sortedBias);
      }
      OpenMp.alone(() -> layouts.forEach(Primitive::execute));
      rounds.run(this::run);
    };
  }

  private void bindAll(long source, long target, long work, NarrowPrimitives.Areas a) {
    int out = round.out();
    for (int i = 0; i < layouts.size(); i++) {
      owned.bindReorder(layouts.get(i), MemoryDesc.rowMajor(round.weights()), work + a.at(0) + round.weightBytes() * i, liked, work + a.at(1) + liked.bytes() * i);
    }
    MemoryDesc x = owned.own(round.stackedInput());
    MemoryDesc y = owned.own(round.outputPlane());
    MemoryDesc bias = owned.own(MemoryDesc.rowMajor(round.groups()));
    for (int i = 0; i < products.size(); i++) {
      int task = i / layouts.size();
      int kernel = i % layouts.size();
      List<Argument> args = new ArrayList<>(List.of(new Argument(Primitives.SOURCE, x, work + a.at(3 + 3 * task)),
          new Argument(Primitives.WEIGHTS, liked, work + a.at(1) + liked.bytes() * kernel), new Argument(Primitives.DESTINATION, y, work + a.at(4 + 3 * task) + y.bytes() * (kernel % out))));
      if (biased) {
        args.add(new Argument(Primitives.BIAS, bias, work + a.at(2) + bias.bytes() * kernel));
      }
      owned.bind(products.get(i), args, work + a.at(5 + 3 * task));
    }
    for (int i = 0; i < rounds.count(); i++) {
      int task = rounds.task(i);
      owned.bindReorder(sorts.get(i), round.input(), source + round.inputAt(rounds.sample(i), rounds.group(i)), round.sortedInput(), work + a.at(3 + 3 * task));
      owned.bindReorder(outputs.get(i), round.sortedOutput(), work + a.at(4 + 3 * task), round.output(), target + round.outputAt(rounds.sample(i), rounds.group(i)));
    }
  }

  private void run(int i, int task) {
    sorts.get(i).execute();
    int first = task * layouts.size() + rounds.part(i) * round.out();
    for (int o = 0; o < round.out(); o++) {
      products.get(first + o).execute();
    }
    outputs.get(i).execute();
  }
}
