package dev.cardinal.cpu.onednn.plan;

import dev.cardinal.graph.Value;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The values of a program in the making, each in the orders in which it is there; some are made only if somebody asks for them, of some it is known how to make them anew. */
final class Forms {
  private final Map<Value, EnumMap<Order, Tensor>> tensors = new HashMap<>();
  private final Map<Value, Supplier<Tensor>> deferred = new HashMap<>();
  private final Map<Value, Supplier<Tensor>> recipes = new HashMap<>();

  /** Adds a form; where there are no positions to order, it is there in both orders. */
  Tensor define(Value v, Tensor t) {
    EnumMap<Order, Tensor> forms = tensors.computeIfAbsent(v, k -> new EnumMap<>(Order.class));
    forms.put(t.order(), t);
    if (Tensor.orderless(v.type().shape()) && t.order() != Order.REDUCED) {
      for (Order o : new Order[] {Order.PLAIN, Order.CHANNELS_LAST}) {
        forms.put(o, new Tensor(t.type(), o, t.slot()));
      }
    }
    return t;
  }

  /** The forms of a value, which is made now if it was deferred. */
  Map<Order, Tensor> of(Value v) {
    Supplier<Tensor> maker = deferred.remove(v);
    if (maker != null) {
      define(v, maker.get());
    }
    return tensors.get(v);
  }

  /** Leaves a value to be made when somebody asks for it. */
  void defer(Value v, Supplier<Tensor> maker) {
    deferred.put(v, maker);
  }

  /** Whether nobody has asked for a value that was deferred. */
  boolean isDeferred(Value v) {
    return deferred.containsKey(v);
  }

  /** Tells how a value can be made anew. */
  void remember(Value v, Supplier<Tensor> recipe) {
    recipes.put(v, recipe);
  }

  /** Whether there is a recipe for a value. */
  boolean isRemembered(Value v) {
    return recipes.containsKey(v);
  }

  /** The recipe for a value, which is used once, or {@code null}. */
  Supplier<Tensor> recipe(Value v) {
    return recipes.remove(v);
  }
}
