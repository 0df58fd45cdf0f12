package dev.cardinal.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One way of dividing an operation over devices: a dimension is cut into units that belong together, each device takes some of them, and every operand lies accordingly.
 *
 * @param batch whether samples are divided, not channels
 * @param units of the divided dimension, its finest division
 * @param inputs how each input lies
 * @param outputs how each output lies
 * @param local the operation on one device's share
 * @param inOrder whether a device's units must follow one another
 * @param repeatable whether devices may do the same units, where there are fewer units than devices
 * @param lateBias the input that is added after the outputs have been summed, or -1
 */
public record Way(boolean batch, int units, List<Operand> inputs, List<Operand> outputs, Local local, boolean inOrder, boolean repeatable, int lateBias) {
  /**
   * How an operand lies.
   *
   * @param axis its axis along which the dimension runs, or -1 if every device takes all of it
   * @param units into how many units the axis is cut: as many as the dimension has, or fewer, coarser ones; a device takes all coarse units that its own lie in
   * @param sum whether devices give summands
   */
  public record Operand(int axis, int units, boolean sum) {
    /** Every device takes or gives all of it. */
    public static final Operand WHOLE = new Operand(-1, 1, false);
    /** Every device gives a summand of all of it. */
    public static final Operand SUM = new Operand(-1, 1, true);

    /** Divided along an axis. */
    public static Operand along(int axis, int units) {
      return new Operand(axis, units, false);
    }
  }

  /** The operation on a device's share. */
  @FunctionalInterface
  public interface Local {
    /** The operation that computes a share. */
    Op of(Share share);
  }

  /**
   * What one device takes.
   *
   * @param units of the whole dimension
   * @param mine the units of this device, in its order
   */
  public record Share(int units, int[] mine) {
    /** This device's part of an axis of {@code size} elements in all. */
    public int of(int size) {
      return size / units * mine.length;
    }

    /** The first element of this device on an axis of {@code size} elements. */
    public int first(int size) {
      return size / units * mine[0];
    }

    /** How many of {@code coarse} larger units this device's lie in. */
    public int count(int coarse) {
      return (int) Arrays.stream(mine).map(u -> u / (units / coarse)).distinct().count();
    }
  }

  /** Divides {@code units} along the operands' axes; the operation stays as it is. */
  public static Way along(Op op, boolean batch, int units, List<Operand> inputs, List<Operand> outputs) {
    return new Way(batch, units, inputs, outputs, s -> op, false, false, -1);
  }

  /** With another operation on each share. */
  public Way locally(Local l) {
    return new Way(batch, units, inputs, outputs, l, inOrder, repeatable, lateBias);
  }

  /** With one input taken whole. */
  public Way wholeInput(int input) {
    List<Operand> in = new ArrayList<>(inputs);
    in.set(input, Operand.WHOLE);
    return new Way(batch, units, in, outputs, local, inOrder, repeatable, lateBias);
  }

  /** Only for shares that are one piece. */
  public Way inPieces() {
    return new Way(batch, units, inputs, outputs, local, true, repeatable, lateBias);
  }

  /** Also where devices must repeat each other's work. */
  public Way repeatably() {
    return new Way(batch, units, inputs, outputs, local, inOrder, true, lateBias);
  }

  /** With a bias that is added when the outputs have been summed. */
  public Way withLateBias(int input) {
    return new Way(batch, units, inputs, outputs, local, inOrder, repeatable, input);
  }
}
