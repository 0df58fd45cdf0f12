package dev.cardinal.parallel;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Layout;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** A value of the undivided graph as it lies in the devices' graphs: in one layout, and in others once they were asked for. */
final class Spread {
  /** One layout with each device's value. */
  record Form(Layout layout, Value[] values) {}

  private final TensorType type;
  private final boolean movable;
  private final List<Form> forms = new ArrayList<>();
  private final List<Form> forwardOnly = new ArrayList<>();

  /** In a layout. What is not movable stays in it: a backend may keep indices in a form of its own. */
  Spread(TensorType type, Layout layout, Value[] values, boolean movable) {
    this.type = type;
    this.movable = movable;
    forms.add(new Form(layout, values));
  }

  Spread(TensorType type, Layout layout, Value[] values) {
    this(type, layout, values, true);
  }

  TensorType type() {
    return type;
  }

  boolean movable() {
    return movable;
  }

  /** The layout it was computed in; of what was a sum, the one it was added up in. */
  Layout layout() {
    return forms.get(0).layout;
  }

  /** The forms that are there: in the gradients' part of the graph without those that are not kept until then. */
  List<Form> forms(boolean backward) {
    if (backward || forwardOnly.isEmpty()) {
      return forms;
    }
    List<Form> all = new ArrayList<>(forms);
    all.addAll(forwardOnly);
    return all;
  }

  /** The values in a layout, or null. */
  Value[] in(Layout layout, boolean backward) {
    for (Form f : forms(backward)) {
      if (f.layout.equals(layout)) {
        return f.values;
      }
    }
    return null;
  }

  /**
   * Remembers another form.
   *
   * @param keep whether the gradients' part may use it, so that it stays in memory until then
   */
  void add(Form f, boolean keep) {
    if (layout().isSum()) {
      // Once added up, the summands are not needed any more.
      forms.set(0, f);
    } else {
      (keep ? forms : forwardOnly).add(f);
    }
  }
}
