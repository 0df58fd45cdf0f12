package dev.cardinal.backend.mesh;

import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.backend.SharedSum;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Layout;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** Cuts host tensors into the devices' shares and puts them together again. */
public final class Shares {
  private Shares() {}

  /** A device's share of a tensor; the tensor itself if that is all of it. */
  static HostTensor cut(HostTensor whole, Layout layout, int device) {
    if (layout.isWhole()) {
      return whole;
    }
    return exchange(new Collective(whole.type(), Layout.whole(layout.devices()), layout, device, 0), java.util.Collections.nCopies(layout.devices(), whole));
  }

  /** The whole of the devices' shares. */
  static HostTensor join(TensorType type, Layout layout, List<HostTensor> shares) {
    return layout.isWhole() ? shares.get(0) : exchange(new Collective(type, layout, Layout.whole(layout.devices()), 0, 0), shares);
  }

  private static HostTensor exchange(Collective c, List<HostTensor> shares) {
    HostTensor out = HostTensor.zeros(c.to().local(c.whole(), c.rank()));
    apply(ExchangePlan.of(c), shares, out);
    return out;
  }

  /**
   * Does a collective in the Java heap.
   *
   * @param shares of all devices, by rank
   * @param out this device's result, zeros at first
   */
  public static void apply(ExchangePlan plan, List<HostTensor> shares, HostTensor out) {
    for (ExchangePlan.Run r : plan.runs()) {
      HostTensor from = shares.get(r.source());
      if (!plan.adds()) {
        System.arraycopy(from.array(), (int) r.from(), out.array(), (int) r.to(), (int) r.length());
        continue;
      }
      for (int i = 0; i < r.length(); i++) {
        int at = (int) r.to() + i;
        out.set(at, out.get(at) + from.get((int) r.from() + i));
      }
    }
  }

  /** A device's part of a {@linkplain SharedSum shared sum}: adds its stretch up over all devices, in their order, into its own tensors. */
  public static void sumStretch(SharedSum plan, int rank, List<HostTensor[]> all) {
    for (SharedSum.Piece p : plan.stretches().get(rank)) {
      HostTensor mine = all.get(rank)[p.tensor()];
      for (int i = (int) p.from(); i < p.from() + p.length(); i++) {
        float sum = (float) all.get(0)[p.tensor()].get(i);
        for (int e = 1; e < all.size(); e++) {
          sum += (float) all.get(e)[p.tensor()].get(i);
        }
        mine.set(i, sum);
      }
    }
  }

  /** The second half of it: takes the stretches that the others added up. */
  public static void gatherStretches(SharedSum plan, int rank, List<HostTensor[]> all) {
    for (int e = 0; e < all.size(); e++) {
      for (SharedSum.Piece p : e == rank ? List.<SharedSum.Piece>of() : plan.stretches().get(e)) {
        System.arraycopy(all.get(e)[p.tensor()].array(), (int) p.from(), all.get(rank)[p.tensor()].array(), (int) p.from(), (int) p.length());
      }
    }
  }
}
