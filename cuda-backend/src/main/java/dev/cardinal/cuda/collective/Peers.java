package dev.cardinal.cuda.collective;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaStream;
import java.util.List;

/** The other GPUs of a collective, seen from one. */
record Peers(CudaContext context, int rank, List<Party> all) {
  /**
   * What a device tells the others when a program is bound.
   *
   * @param context of the device
   * @param addresses of the tensors that others read
   * @param ready recorded when others may read them
   * @param summed recorded when this device's stretch of a sum may be read; null where nothing is summed in stretches
   * @param taken recorded when this device has read all it needs
   */
  record Party(CudaContext context, long[] addresses, CudaEvent ready, CudaEvent summed, CudaEvent taken) {}

  /** Meets them, and lets this device reach their memory directly where the hardware can; elsewhere the driver copies by way of the host. */
  static Peers meet(dev.cardinal.backend.Link link, Party mine) {
    List<Party> all = link.meet(mine);
    for (Party p : all) {
      if (!isSame(mine.context, p.context)) {
        mine.context.enablePeerAccess(p.context);
      }
    }
    return new Peers(mine.context, link.rank(), all);
  }

  private static boolean isSame(CudaContext a, CudaContext b) {
    return a.properties().ordinal() == b.properties().ordinal();
  }

  int size() {
    return all.size();
  }

  Party mine() {
    return all.get(rank);
  }

  /** Copies from a peer's memory, which may be this GPU's own. */
  void copy(CudaStream stream, int from, long target, long source, long bytes) {
    CudaContext theirs = all.get(from).context;
    if (isSame(context, theirs)) {
      stream.copy(target, source, bytes);
    } else {
      stream.copyFromPeer(target, theirs, source, bytes);
    }
  }

  /** Lets a stream wait until the others' tensors may be read. */
  void awaitReady(CudaStream stream) {
    each(e -> stream.waitFor(all.get(e).ready));
  }

  /** Lets a stream wait until the others have read all they need. */
  void awaitTaken(CudaStream stream) {
    each(e -> stream.waitFor(all.get(e).taken));
  }

  /** Does something for every other device, in order. */
  void each(java.util.function.IntConsumer work) {
    for (int e = 0; e < all.size(); e++) {
      if (e != rank) {
        work.accept(e);
      }
    }
  }
}
