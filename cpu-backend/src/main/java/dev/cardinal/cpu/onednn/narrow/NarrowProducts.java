package dev.cardinal.cpu.onednn.narrow;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What both kinds of work have in common: depthwise products, copies of weights between their order and the one that the products like, and copies of maps between channels last and sorted. */
abstract class NarrowProducts implements NarrowWork {
  final NarrowRounds rounds;
  final NarrowShape round;
  final NarrowPrimitives owned = new NarrowPrimitives();
  final List<Primitive> products = new ArrayList<>();
  /** Of weights, one for each output channel of a group in each part of the groups. */
  final List<Primitive> layouts = new ArrayList<>();
  /** Of inputs into sorted ones, one for each round. */
  final List<Primitive> sorts = new ArrayList<>();
  /** Of outputs, one for each round. */
  final List<Primitive> outputs = new ArrayList<>();
  MemoryDesc liked;

  NarrowProducts(NarrowRounds rounds) {
    this.rounds = rounds;
    this.round = rounds.round();
  }

  /**
   * Describes all primitives, on one thread alone.
   *
   * @param count of products
   * @param givesWeights whether weights are the result and outputs are read, else the other way
   */
  final void describe(int count, Supplier<Primitive> product, boolean givesWeights) {
    for (int i = 0; i < count; i++) {
      if (!owned.take(products, product.get())) {
        return;
      }
    }
    liked = owned.own(givesWeights ? products.get(0).weightsGradient() : products.get(0).weights());
    MemoryDesc plain = owned.own(MemoryDesc.rowMajor(round.weights()));
    for (int i = 0; i < rounds.parts() * round.out(); i++) {
      owned.take(layouts, givesWeights ? Primitives.reorder(liked, plain) : Primitives.reorder(plain, liked));
    }
    MemoryDesc input = owned.own(round.input());
    MemoryDesc output = owned.own(round.output());
    MemoryDesc sortedInput = owned.own(round.sortedInput());
    MemoryDesc sortedOutput = owned.own(round.sortedOutput());
    for (int i = 0; i < rounds.count(); i++) {
      owned.take(sorts, Primitives.reorder(input, sortedInput));
      owned.take(outputs, givesWeights ? Primitives.reorder(output, sortedOutput) : Primitives.reorder(sortedOutput, output));
    }
  }

  /** The memory of a run. */
  abstract NarrowPrimitives.Areas areas();

  @Override
  public boolean possible() {
    return OpenMp.isThere() && owned.complete();
  }

  @Override
  public String detail() {
    return products.get(0).implementation() + " narrow groups";
  }

  @Override
  public long workBytes() {
    return areas().bytes();
  }

  @Override
  public void close() {
    owned.close();
  }
}
