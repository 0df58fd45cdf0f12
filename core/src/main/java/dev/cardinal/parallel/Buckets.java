package dev.cardinal.parallel;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Layout;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sums of parameters' gradients, and of what else only the update reads, that go on beside the backward part. Gradients are collected as they are computed, last layers first; a bucket that is full is begun at once, and waited for where its first
 * gradient is read, which is in the update. Few large sums cost less than many small ones, and what cannot overlap is the last bucket alone.
 */
final class Buckets {
  private static final long LEAST = 16 << 10;
  private static final long MOST = 4 << 20;
  /** With eight buckets or more at most an eighth of the bytes waits until the backward part is over. */
  private static final int PARTS = 8;

  private final LocalGraphs locals;
  private final int devices;
  private final long capacity;
  private final Map<Spread, Bucket> of = new HashMap<>();
  private Bucket filling;

  /** Gradients whose sums are made together. */
  private static final class Bucket {
    private final List<Spread> gradients = new ArrayList<>();
    private long bytes;
    private List<Value[]> started;
    private int ticket;

    private List<TensorType> types() {
      return gradients.stream().map(Spread::type).toList();
    }
  }

  Buckets(LocalGraphs locals, int devices, long capacity) {
    this.locals = locals;
    this.devices = devices;
    this.capacity = capacity;
  }

  /** How many bytes a bucket of these gradients holds before it is begun. */
  static long capacity(Collection<Value> gradients) {
    long all = gradients.stream().mapToLong(v -> v.type().bytes()).sum();
    return Math.max(LEAST, Math.min(MOST, all / PARTS));
  }

  /** Whether a value's sum is to be made here, or is in the making. */
  boolean holds(Spread s) {
    return of.containsKey(s);
  }

  /** Takes a gradient. Returns whether its bucket is full now. */
  boolean add(Spread gradient) {
    if (filling == null) {
      filling = new Bucket();
    }
    filling.gradients.add(gradient);
    filling.bytes += gradient.type().bytes();
    of.put(gradient, filling);
    return filling.bytes >= capacity;
  }

  /** Begins the sums of the bucket that is being filled. */
  void start(String layer, int ticket) {
    Bucket b = filling;
    filling = null;
    b.ticket = ticket;
    List<Value[]> in = b.gradients.stream().map(s -> s.in(Layout.summands(devices), true)).toList();
    b.started = locals.emit(layer, d -> Collective.allReduce(b.types(), devices, d, ticket, Collective.Phase.START), in);
  }

  /** Whether a gradient's bucket is not begun yet. */
  boolean waits(Spread gradient) {
    return of.get(gradient) == filling;
  }

  /** Waits for the bucket of a gradient: all of its gradients are whole from here on. */
  void finish(Spread gradient, String layer) {
    Bucket b = of.get(gradient);
    List<Value[]> out = locals.emit(layer, d -> Collective.allReduce(b.types(), devices, d, b.ticket, Collective.Phase.FINISH), b.started);
    for (int i = 0; i < out.size(); i++) {
      b.gradients.get(i).add(new Spread.Form(Layout.whole(devices), out.get(i)), true);
      of.remove(b.gradients.get(i));
    }
  }
}
