package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.backend.Link;
import dev.cardinal.backend.SharedSum;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import java.util.ArrayList;
import java.util.List;

/** Sums float tensors over devices in place, each device its stretch, which the others then copy. */
public final class SharedSumKernel {
  private static final int CHUNK = 4096;

  private final List<SharedSum.Piece> mine;
  private final List<List<Floats>> sources = new ArrayList<>();
  private final List<Floats> targets = new ArrayList<>();
  private final List<long[]> copies = new ArrayList<>();
  private final float[] sum = new float[CHUNK];
  private final float[] next = new float[CHUNK];

  /**
   * For the tensors at some addresses.
   *
   * @param addresses of the tensors, by device
   */
  public SharedSumKernel(SharedSum plan, int rank, List<long[]> addresses) {
    mine = plan.stretches().get(rank);
    for (SharedSum.Piece p : mine) {
      long offset = p.from() * Float.BYTES;
      sources.add(addresses.stream().map(a -> Floats.at(a[p.tensor()] + offset, p.length())).toList());
      targets.add(Floats.at(addresses.get(rank)[p.tensor()] + offset, p.length()));
    }
    for (int e = 0; e < addresses.size(); e++) {
      for (SharedSum.Piece p : e == rank ? List.<SharedSum.Piece>of() : plan.stretches().get(e)) {
        long offset = p.from() * Float.BYTES;
        copies.add(new long[] {addresses.get(e)[p.tensor()] + offset, addresses.get(rank)[p.tensor()] + offset, p.length() * Float.BYTES});
      }
    }
  }

  /** Does it together with the other devices. */
  public void run(Link link) {
    link.meet(null);
    for (int i = 0; i < mine.size(); i++) {
      for (long at = 0; at < mine.get(i).length(); at += CHUNK) {
        add(i, at, (int) Math.min(CHUNK, mine.get(i).length() - at));
      }
    }
    link.meet(null);
    copies.forEach(c -> NativeMemory.copy(c[0], c[1], c[2]));
    // Nobody changes the result before everybody has read it.
    link.meet(null);
  }

  /** In the order of the devices, so that every division of the work gives the same bits. */
  private void add(int piece, long at, int n) {
    sources.get(piece).get(0).get(at, sum, 0, n);
    for (int e = 1; e < sources.get(piece).size(); e++) {
      sources.get(piece).get(e).get(at, next, 0, n);
      for (int j = 0; j < n; j++) {
        sum[j] += next[j];
      }
    }
    targets.get(piece).put(at, sum, 0, n);
  }
}
