package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Form;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;

/** The tensors of a task where an implementation wants them: operands converted to its form, and its result brought to the form that the program wants. */
final class Operands {
  private static final String FAMILY = "convolution";
  private static final int THREADS = 256;
  private static final int MOST_BLOCKS = 8192;
  private final ConvTask task;
  private final Node node;
  private final CudaBuild build;
  private final Form form;

  /**
   * Operands of a node.
   *
   * @param order in which the implementation works
   */
  Operands(ConvTask task, Node node, CudaBuild build, Order order) {
    this.task = task;
    this.node = node;
    this.build = build;
    this.form = new Form(order, task.storage());
  }

  /** The first operand in the implementation's form: x, or dy. */
  Slot first() {
    return build.in(node.input(0), form.order(), form.storage());
  }

  /** The second operand in the implementation's form: weights, or dy. */
  Slot second() {
    return build.in(node.input(1), form.order(), form.storage());
  }

  /** The weights as rows of float32, as own kernels read them. */
  Slot plainWeights() {
    return build.in(node.input(1), Order.ROWS, DType.F32);
  }

  /** The bias, or null. */
  Slot bias() {
    return task.bias() ? build.in(node.input(2), Order.ROWS, DType.F32) : null;
  }

  /** Takes what to do with the slot of the result. */
  interface Writer {
    void write(Slot result);
  }

  /** Lets the implementation write the result in its own form. */
  void result(Writer writer) {
    result(form, writer);
  }

  /** Lets the implementation write the result in that form. */
  void result(Form written, Writer writer) {
    Value v = node.output(0);
    Form wanted = task.givesMap() ? build.maps(v.type().dtype()) : Form.rows(v.type().dtype());
    Slot out = build.out(v, wanted.order(), wanted.storage());
    if (written.equals(wanted)) {
      writer.write(out);
      return;
    }
    Shape shape = task.result();
    Slot own = build.temporary(shape.size() * written.storage().bytes());
    writer.write(own);
    build.convert(shape, own, written, out, wanted);
  }

  /** Adds the bias to a map, in the implementation's form, and applies the activation; nothing if there is neither. */
  void finish(Slot map) {
    Finish.add(build, map, task.result(), form, bias(), task.activation());
  }

  /** The inner slot, with zeros around it on every axis: {@code low} before and as many as the size needs after. */
  Slot pad(Slot from, Shape inner, Shape outer) {
    Slot to = build.temporary(outer.size() * form.storage().bytes());
    window(from, inner, to, outer, 1);
    return to;
  }

  /** The inner part of what {@link #pad} made. */
  void crop(Slot from, Shape outer, Slot to, Shape inner) {
    window(from, outer, to, inner, -1);
  }

  private void window(Slot from, Shape x, Slot to, Shape y, int sign) {
    boolean last = form.order() == Order.CHANNELS_LAST;
    int[] a = three(x, 1);
    int[] b = three(y, 1);
    int[] shift = new int[3];
    for (int i = 0; i < task.geometry().rank(); i++) {
      shift[3 - task.geometry().rank() + i] = sign * task.geometry().padLow().at(i);
    }
    build.kernel(FAMILY, "window", CudaBuild.macros(form.storage()), LaunchShape.over(y.size(), THREADS, MOST_BLOCKS), Arg.in(from), Arg.out(to), Arg.of(y.size()), Arg.of(last ? y.dim(1) : 1),
        Arg.of(a[0]), Arg.of(a[1]), Arg.of(a[2]), Arg.of(b[0]), Arg.of(b[1]), Arg.of(b[2]), Arg.of(shift[0]), Arg.of(shift[1]), Arg.of(shift[2]));
  }

  /** Depth, height and width of a map, of which leading ones may be missing. */
  static int[] three(Shape s, int missing) {
    int[] spatial = s.spatial();
    int[] v = {missing, missing, missing};
    System.arraycopy(spatial, 0, v, v.length - spatial.length, spatial.length);
    return v;
  }
}
