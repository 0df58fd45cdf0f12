package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * One device's part in bringing tensors from one layout to another; every device of a mesh has its own in its own graph, and they meet there. Inputs: this device's shares under {@code from}. Outputs: its
 * shares under {@code to}. What becomes of summands is their sum in the order of the devices, so that every device gets the same bits.
 *
 * <p>Named as the field does: AllGather makes the divided whole, ReduceScatter divides a sum, AllReduce makes a sum whole, AllToAll divides otherwise, Transfer gives devices what others hold.
 *
 * <p>An AllReduce of several tensors comes in two nodes, so that it goes on while a device computes what does not need it: gradients of late layers are summed while those of early layers are computed
 * (Li et al., "PyTorch Distributed", VLDB 2020, section 3.2). What {@link Phase#START} gives is in the making, and only its {@link Phase#FINISH} may read it.
 *
 * @param tensors types of the tensors; one, but for the two phases
 * @param from layout of the inputs
 * @param to layout of the outputs, not a sum
 * @param rank which device this is
 * @param ticket number of the meeting, the same on all devices; that of both phases
 * @param phase which part of the work
 */
public record Collective(List<TensorType> tensors, Layout from, Layout to, int rank, int ticket, Phase phase) implements Op {
  /** Which part of the work a node does. */
  public enum Phase {
    /** All of it. */
    WHOLE,
    /** Begins. The memory of each input may become that of its output. */
    START,
    /** Waits until what was begun is done; gives its inputs, which are then complete. */
    FINISH
  }

  public Collective {
    tensors = List.copyOf(tensors);
    Expect.that(from.devices() == to.devices() && rank >= 0 && rank < from.devices(), "device %d is not one of %d and %d", rank, from.devices(), to.devices());
    Expect.that(!to.isSum(), "a collective cannot end in summands, got %s", to);
    boolean allReduce = from.isSum() && from.isUndivided() && to.isWhole();
    Expect.that(phase == Phase.WHOLE ? tensors.size() == 1 : allReduce, "only sums of whole tensors are made in two phases, and only there several at once, got %s to %s of %d", from, to, tensors.size());
  }

  /** Of one tensor, all at once. */
  public Collective(TensorType whole, Layout from, Layout to, int rank, int ticket) {
    this(List.of(whole), from, to, rank, ticket, Phase.WHOLE);
  }

  /** The sum of some tensors of which every device has a summand, in one of two phases. */
  public static Collective allReduce(List<TensorType> tensors, int devices, int rank, int ticket, Phase phase) {
    return new Collective(tensors, Layout.summands(devices), Layout.whole(devices), rank, ticket, phase);
  }

  /** Type of the tensor, of one. */
  public TensorType whole() {
    return tensors.get(0);
  }

  @Override
  public String opName() {
    if (phase == Phase.FINISH) {
      return "Await";
    }
    if (from.isSum()) {
      return to.isWhole() ? "AllReduce" : "ReduceScatter";
    }
    return to.isWhole() ? "AllGather" : from.isWhole() || !to.isDisjoint() ? "Transfer" : "AllToAll";
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, tensors.size(), "this device's shares");
    Layout given = phase == Phase.FINISH ? to : from;
    for (int i = 0; i < in.size(); i++) {
      Expect.same(given.local(tensors.get(i), rank), in.get(i), "device " + rank + "'s share of " + tensors.get(i) + " and the input");
    }
    return tensors.stream().map(t -> to.local(t, rank)).toList();
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public String toString() {
    return opName() + "[" + from + " to " + to + (tensors.size() > 1 ? ", " + tensors.size() + " tensors" : "") + ", device " + rank + " of " + from.devices() + "]";
  }
}
