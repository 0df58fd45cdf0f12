package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitive.Argument;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.kernel.UpdateKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The gradient of a fully connected layer's weights, dW = dyᵀ x, that nobody wants but the update of those weights: each thread makes some rows of it in its own cache and updates the weights by them. The gradient
 * is as large as the weights; so it is never whole, and never goes to memory.
 */
final class PiecewiseGradient implements UpdateKernels.Gradient {
  /** Smaller gradients stay in the caches between product and update. */
  private static final long FEWEST_BYTES = 4 << 20;
  /** Of a piece: half of a core's cache of the second level. */
  private static final long PIECE_BYTES = 1 << 20;
  /** Products of fewer rows would read x too often. */
  private static final int FEWEST_ROWS = 8;
  private static final int CACHE_LINE = 64;

  private final Slot dy;
  private final Slot x;
  private final int samples;
  private final int outputs;
  private final int inputs;
  private final int rows;
  private final List<Primitive> primitives = new ArrayList<>();
  private final MemoryDesc slice;
  private final MemoryDesc other;
  private final MemoryDesc piece;
  private final MemoryDesc scratchpad;
  private final LongSupplier work;
  private final float[][] scratch;
  private Floats whole;
  private Floats[] slices;
  private Floats[] pieces;

  /** Of a product that was left to the update that is lowered now. */
  PiecewiseGradient(Node product, Build b) {
    Shape s = product.input(0).type().shape();
    this.dy = b.in(product.input(0), Order.PLAIN).slot();
    this.x = b.in(product.input(1), Order.PLAIN).slot();
    this.samples = s.dim(0);
    this.outputs = s.dim(1);
    this.inputs = product.input(1).type().shape().dim(1);
    this.rows = rows(product.output(0));
    this.scratch = new float[b.threads()][rows];
    for (int i = 0; i < b.threads(); i++) {
      primitives.add(b.own(primitive(b, samples, rows, inputs)));
    }
    this.slice = Products.rows(b, samples, rows);
    this.other = Products.rows(b, samples, inputs);
    this.piece = Products.columns(b, inputs, rows);
    this.scratchpad = primitives.get(0).scratchpad() == null ? null : b.own(primitives.get(0).scratchpad());
    this.work = b.scratch(b.threads() * threadBytes());
  }

  /** Whether a product can be left to the update of the one parameter that alone reads it, and is worth it. */
  static boolean suits(Node product, Build b) {
    MatMul op = (MatMul) product.op();
    Value dw = product.output(0);
    List<Node> readers = b.uses().readers(dw);
    boolean alone = readers.size() == 1 && !b.uses().isKept(dw) && gradientOf(readers.get(0)) == dw;
    if (!alone || !OpenMp.isThere() || !op.transposeA() || op.transposeB() || product.cost().macs() == 0 || dw.type().bytes() < FEWEST_BYTES || rows(dw) == 0) {
      return false;
    }
    try (Primitive p = primitive(b, product.input(0).type().shape().dim(0), rows(dw), dw.type().shape().dim(1))) {
      return p != null && !p.isReference();
    }
  }

  /** The gradient that an update of one parameter reads; {@code null} of any other node. */
  static Value gradientOf(Node n) {
    boolean sgd = n.op() instanceof SgdUpdate && n.inputs().size() == Updates.SGD_SCALARS + Updates.SGD_LISTS;
    boolean adam = n.op() instanceof AdamUpdate && n.inputs().size() == Updates.ADAM_SCALARS + Updates.ADAM_LISTS;
    return sgd ? n.input(Updates.SGD_SCALARS + 1) : adam ? n.input(Updates.ADAM_SCALARS + 1) : null;
  }

  /** Rows of a piece: as many as fit, of which all pieces have the same; 0 if they would be too few. */
  private static int rows(Value dw) {
    int outputs = dw.type().shape().dim(0);
    long most = PIECE_BYTES / (dw.type().bytes() / outputs);
    for (int n = (int) Math.min(most, outputs); n >= FEWEST_ROWS; n--) {
      if (outputs % n == 0) {
        return n;
      }
    }
    return 0;
  }

  /** For one thread: as {@link Products} has it for all. */
  private static Primitive primitive(Build b, int samples, int rows, int inputs) {
    Primitive[] p = new Primitive[1];
    OpenMp.alone(() -> p[0] = Primitives.innerProductBackwardWeights(Products.rows(b, samples, rows), Products.columns(b, inputs, rows), Products.rows(b, samples, inputs), b.reduced()));
    return p[0];
  }

  private static long aligned(long bytes) {
    return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
  }

  private long sliceBytes() {
    return aligned((long) samples * rows * Float.BYTES);
  }

  private long pieceBytes() {
    return aligned((long) rows * inputs * Float.BYTES);
  }

  private long scratchBytes() {
    return scratchpad == null ? 0 : aligned(scratchpad.bytes());
  }

  private long threadBytes() {
    return sliceBytes() + pieceBytes() + scratchBytes();
  }

  /** What it reads. */
  List<Slot> slots() {
    return List.of(dy, x);
  }

  /** Fixes where everything is. */
  PiecewiseGradient bound() {
    whole = Floats.at(dy.address(), (long) samples * outputs);
    slices = new Floats[primitives.size()];
    pieces = new Floats[primitives.size()];
    for (int i = 0; i < slices.length; i++) {
      long sliceAt = work.getAsLong() + i * threadBytes();
      long pieceAt = sliceAt + sliceBytes();
      slices[i] = Floats.at(sliceAt, (long) samples * rows);
      pieces[i] = Floats.at(pieceAt, (long) rows * inputs);
      List<Argument> args = new ArrayList<>(List.of(new Argument(Primitives.SOURCE, slice, sliceAt), new Argument(Primitives.DESTINATION_GRADIENT, other, x.address()),
          new Argument(Primitives.WEIGHTS_GRADIENT, piece, pieceAt)));
      if (scratchpad != null) {
        args.add(new Argument(Primitives.SCRATCHPAD, scratchpad, pieceAt + pieceBytes()));
      }
      primitives.get(i).bind(args);
    }
    return this;
  }

  @Override
  public long length() {
    return (long) rows * inputs;
  }

  @Override
  public Floats piece(long from, int worker) {
    int row = (int) (from / inputs);
    for (int n = 0; n < samples; n++) {
      whole.get((long) n * outputs + row, scratch[worker], 0, rows);
      slices[worker].put((long) n * rows, scratch[worker], 0, rows);
    }
    primitives.get(worker).execute();
    return pieces[worker];
  }
}
