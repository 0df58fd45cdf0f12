package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * One device's part in bringing a tensor from one layout to another; every device of a mesh has its own in its own graph, and they meet there. Input: this device's share under {@code from}. Output: its
 * share under {@code to}. What becomes of summands is their sum in the order of the devices, so that every device gets the same bits.
 *
 * <p>Named as the field does: AllGather makes the divided whole, ReduceScatter divides a sum, AllReduce makes a sum whole, AllToAll divides otherwise, Transfer gives devices what others hold.
 *
 * @param whole type of the tensor
 * @param from layout of the inputs
 * @param to layout of the outputs, not a sum
 * @param rank which device this is
 * @param ticket number of the meeting, the same on all devices
 */
public record Collective(TensorType whole, Layout from, Layout to, int rank, int ticket) implements Op {
  public Collective {
    Expect.that(from.devices() == to.devices() && rank >= 0 && rank < from.devices(), "device %d is not one of %d and %d", rank, from.devices(), to.devices());
    Expect.that(!to.isSum(), "a collective cannot end in summands, got %s", to);
  }

  @Override
  public String opName() {
    if (from.isSum()) {
      return to.isWhole() ? "AllReduce" : "ReduceScatter";
    }
    return to.isWhole() ? "AllGather" : from.isWhole() || !to.isDisjoint() ? "Transfer" : "AllToAll";
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "this device's share");
    Expect.same(from.local(whole, rank), in.get(0), "device " + rank + "'s share of " + whole + " and the input");
    return List.of(to.local(whole, rank));
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public String toString() {
    return opName() + "[" + from + " to " + to + ", device " + rank + " of " + from.devices() + "]";
  }
}
