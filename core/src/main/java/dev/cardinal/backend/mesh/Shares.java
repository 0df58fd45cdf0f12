package dev.cardinal.backend.mesh;

import dev.cardinal.backend.ExchangePlan;
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
}
