package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.cache.AlgorithmMemory;
import dev.cardinal.cuda.api.ConvolutionAlgorithm;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.DnnConvolution;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.CudaSession;
import dev.cardinal.cuda.plan.Form;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Trial;
import dev.cardinal.graph.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which implementation computes a task: the fastest of those that fit, measured once for a task on a GPU with its libraries, and remembered on disk. Candidates are cuDNN's algorithms in both orders of
 * elements, cuBLAS for single taps, and own kernels; conversions that a candidate brings with it are part of its time.
 */
final class Choice {
  private static final Logger LOG = LoggerFactory.getLogger(Choice.class);
  private final ConvTask task;
  private final Node node;
  private final CudaBuild build;
  private final CudaSession session;
  private final Order order;

  private Choice(ConvTask task, Node node, CudaBuild build) {
    this.task = task;
    this.node = node;
    this.build = build;
    this.session = build.session();
    this.order = build.maps(node.output(0).type().dtype()).order();
  }

  /** The implementation of a task. */
  static Implementation of(ConvTask task, Node node, CudaBuild build) {
    Choice c = new Choice(task, node, build);
    return c.session.measures() ? c.remembered() : c.estimated();
  }

  private List<Implementation> own(Order in) {
    List<Implementation> found = new ArrayList<>();
    if (DepthwiseImplementation.fits(task, in)) {
      found.add(new DepthwiseImplementation(in));
    }
    if (GroupedImplementation.fits(task, in)) {
      found.add(new GroupedImplementation(in));
    }
    if (PointwiseImplementation.fits(task, in)) {
      found.add(new PointwiseImplementation(in));
    }
    return found;
  }

  private Implementation slow() {
    LOG.warn("cuDNN {} computes {} ({} in {}) neither way within {} MiB of workspace{}; a plain kernel of ours does, slowly", session.dnn().version(), node.name(), task, task.storage(),
        session.workspaceLimit() >> 20, session.options().deterministic() ? " with the same bits in every run" : "");
    return new DirectImplementation();
  }

  /** Without measuring: a kernel of ours where there is one, else what cuDNN thinks best. */
  private Implementation estimated() {
    return own(order).stream().findFirst().or(() -> suggested(order)).or(() -> suggested(other())).orElseGet(this::slow);
  }

  private Order other() {
    return order == Order.ROWS ? Order.CHANNELS_LAST : Order.ROWS;
  }

  private boolean allowed(ConvolutionAlgorithm a) {
    return a.workspaceBytes() <= session.workspaceLimit() && (a.deterministic() || !session.options().deterministic());
  }

  private DnnConvolution library(Order in) {
    return session.dnn().convolution(task.direction(), (task.isLopsided() ? task.padded() : task).problem(in));
  }

  private Optional<Implementation> suggested(Order in) {
    try (DnnConvolution c = library(in)) {
      return c.suggest().stream().filter(this::allowed).findFirst().map(a -> new CudnnImplementation(in, a, false));
    } catch (CudaException e) {
      LOG.debug("cuDNN suggests nothing for {}: {}", task, e.getMessage());
      return Optional.empty();
    }
  }

  private Implementation remembered() {
    AlgorithmMemory memory = session.algorithms();
    String key = task.key(order) + (session.options().deterministic() ? " same bits" : "") + " within " + session.workspaceLimit() + (CudnnImplementation.fuses(task, build) ? " learning nothing" : "");
    Optional<Implementation> known = memory.get(key).flatMap(this::named);
    if (known.isPresent()) {
      return known.get();
    }
    Implementation best = measured();
    memory.put(key, best.name());
    return best;
  }

  private Optional<Implementation> named(String name) {
    for (Order o : Order.values()) {
      for (Implementation i : own(o)) {
        if (i.name().equals(name)) {
          return Optional.of(i);
        }
      }
    }
    return name.equals(new DirectImplementation().name()) ? Optional.of(new DirectImplementation()) : CudnnImplementation.of(name);
  }

  private Implementation measured() {
    boolean fuses = CudnnImplementation.fuses(task, build);
    List<Implementation> candidates = new ArrayList<>();
    for (Order o : List.of(order, other())) {
      candidates.addAll(own(o));
      fastest(o).ifPresent(c -> {
        candidates.add(c);
        if (fuses) {
          candidates.add(new CudnnImplementation(c.order(), c.algorithm(), true));
        }
      });
    }
    Form map = build.maps(node.output(0).type().dtype());
    List<Form> forms = new ArrayList<>();
    for (int i = 0; i < node.inputs().size(); i++) {
      boolean isMap = i == 0 || i == 1 && !task.givesMap();
      forms.add(isMap ? map : Form.rows(node.input(i).type().dtype()));
    }
    Implementation best = null;
    double least = Double.POSITIVE_INFINITY;
    for (Implementation i : candidates) {
      try {
        double millis = Trial.millis(session, node, forms, (n, b) -> i.lower(task, n, b));
        LOG.debug("{}: {} takes {} ms", task, i.name(), millis);
        if (millis < least) {
          least = millis;
          best = i;
        }
      } catch (DeviceException e) {
        LOG.debug("{}: {} cannot run: {}", task, i.name(), e.getMessage());
      }
    }
    return best == null ? slow() : best;
  }

  /** The fastest of cuDNN's algorithms in an order, by its own measurement. */
  private Optional<CudnnImplementation> fastest(Order in) {
    ConvTask t = task.isLopsided() ? task.padded() : task;
    long bytes = task.storage().bytes();
    try (DnnConvolution c = library(in); Trial.Buffers b = new Trial.Buffers(session)) {
      long x = b.zeros(t.x().size() * bytes);
      long w = b.zeros(t.w().size() * bytes);
      long y = b.zeros(t.y().size() * bytes);
      long workspace = b.some(session.workspaceLimit());
      List<ConvolutionAlgorithm> all = switch (task.direction()) {
        case FORWARD -> c.measure(x, w, y, workspace, session.workspaceLimit());
        case BACKWARD_DATA -> c.measure(y, w, x, workspace, session.workspaceLimit());
        case BACKWARD_FILTER -> c.measure(x, y, w, workspace, session.workspaceLimit());
      };
      return all.stream().filter(this::allowed).findFirst().map(a -> new CudnnImplementation(in, a, false));
    } catch (CudaException e) {
      LOG.debug("cuDNN cannot compute {} in {}: {}", task, in, e.getMessage());
      return Optional.empty();
    }
  }
}
