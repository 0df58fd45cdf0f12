package dev.cardinal.cuda.collective;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Link;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.Nccl;
import dev.cardinal.cuda.api.NcclAccess;
import dev.cardinal.cuda.api.NcclGroup;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.CudaSession;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the GPUs of a program exchange: through NCCL, or by copies from peer to peer. They decide alike, since each tells the others what it has; which way it is, and why, is said once.
 *
 * <p>NCCL adds up in an order of its own, which depends on how GPUs are joined; where a program is to be deterministic, sums are made in the order of the devices instead, and NCCL only carries the summands.
 */
final class Route implements AutoCloseable {
  /** System property: {@code nccl}, as it is unless it says otherwise, or {@code peers}. */
  static final String WAY = "cardinal.cuda.collectives";
  private static final String PEERS = "peers";
  private static final Logger LOG = LoggerFactory.getLogger(Route.class);
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private final Optional<NcclGroup> group;
  private final boolean sums;

  /** What a device tells the others. */
  private record Offer(CudaContext context, boolean deterministic, NcclAccess nccl) {}

  /** The communicators of a mesh, which all of its programs share. */
  private static final class Joined implements AutoCloseable {
    private NcclGroup group;

    /** Joins the devices, again if a failure has parted them. */
    NcclGroup group(Nccl nccl, List<CudaContext> devices) {
      if (group == null || group.aborted()) {
        group = nccl.join(devices);
      }
      return group;
    }

    @Override
    public void close() {
      if (group != null) {
        group.close();
      }
    }
  }

  private Route(Optional<NcclGroup> group, boolean sums) {
    this.group = group;
    this.sums = sums;
  }

  /** The route of a program, which its devices agree on when the first of its collectives is lowered. */
  static Route of(CudaBuild b) {
    return b.shared(Route.class, () -> decide(b.link(), b.session()));
  }

  private static Route decide(Link link, CudaSession session) {
    boolean asked = !System.getProperty(WAY, "nccl").equals(PEERS);
    List<Offer> offers = link.meet(new Offer(session.context(), session.options().deterministic(), asked && link.size() > 1 ? session.nccl() : NcclAccess.none("-D" + WAY + "=" + PEERS + " asks for it")));
    String reason = reason(offers);
    Object joined = reason;
    if (link.rank() == 0 && reason.isEmpty()) {
      List<CudaContext> devices = offers.stream().map(Offer::context).toList();
      try {
        joined = session.shared(devices, Joined.class, Joined::new).group(offers.get(0).nccl.nccl().orElseThrow(), devices);
      } catch (DeviceException e) {
        joined = "NCCL cannot join these GPUs: " + e.getMessage();
      }
      // Joining goes through all of them.
      session.context().makeCurrent();
    }
    Object outcome = link.meet(joined).get(0);
    boolean through = outcome instanceof NcclGroup;
    if (link.rank() == 0 && link.size() > 1) {
      String said = through ? "GPUs exchange through NCCL " + offers.get(0).nccl.nccl().orElseThrow().version() : "GPUs exchange by copies from peer to peer: " + outcome;
      if (SAID.add(said)) {
        LOG.info(said);
      }
      if (outcome instanceof NcclGroup g) {
        link.whenFailed(g::abort);
      }
    }
    return new Route(through ? Optional.of((NcclGroup) outcome) : Optional.empty(), through && offers.stream().noneMatch(Offer::deterministic));
  }

  /** Why NCCL cannot be used, or nothing. */
  private static String reason(List<Offer> offers) {
    long different = offers.stream().map(o -> o.context.properties().ordinal()).distinct().count();
    Optional<String> problem = offers.stream().map(o -> o.nccl.problem()).filter(p -> !p.isEmpty()).findFirst();
    return problem.orElse(different < offers.size() ? "a GPU is named more than once, which NCCL does not allow" : "");
  }

  /** The way through NCCL, if it is taken. */
  Optional<NcclGroup> nccl() {
    return group;
  }

  /** Whether NCCL adds up, too. */
  boolean addsUp() {
    return sums;
  }

  /** The communicators live on with their mesh. */
  @Override
  public void close() {}
}
