package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How a tensor lies on k devices: on every device the whole of it, or on each device some of the indices of one axis, in an order of its own. Two devices may hold the same index. In a <em>sum</em> the
 * devices hold summands: the tensor's element is the sum over all devices that hold it.
 *
 * <p>Compared by value. Immutable: the arrays that {@link #part} gives must not be changed.
 */
public final class Layout {
  private final int devices;
  private final int axis;
  private final int[][] parts;
  private final boolean sum;

  private Layout(int devices, int axis, int[][] parts, boolean sum) {
    this.devices = devices;
    this.axis = axis;
    this.parts = parts;
    this.sum = sum;
  }

  /** The whole tensor on every device. */
  public static Layout whole(int devices) {
    return new Layout(devices, -1, null, false);
  }

  /** On every device a summand of the whole tensor. */
  public static Layout summands(int devices) {
    return new Layout(devices, -1, null, devices > 1);
  }

  /** The indices of an axis that each device holds. */
  public static Layout of(int axis, int[][] parts) {
    return new Layout(parts.length, axis, parts, false);
  }

  /** As {@link #of}, of summands; where no index is held twice that is no sum. */
  public static Layout summandsOf(int axis, int[][] parts) {
    return new Layout(parts.length, axis, parts, !disjoint(parts));
  }

  /**
   * Device d holds the d-th of k equal parts of an axis.
   *
   * @param size of the axis, which k divides
   */
  public static Layout even(int devices, int axis, int size) {
    int[][] parts = new int[devices][];
    for (int d = 0; d < devices; d++) {
      int first = size / devices * d;
      parts[d] = IntStream.range(first, first + size / devices).toArray();
    }
    return of(axis, parts);
  }

  /** Number of devices. */
  public int devices() {
    return devices;
  }

  /** The divided axis, or -1. */
  public int axis() {
    return axis;
  }

  /** Whether no axis is divided. */
  public boolean isUndivided() {
    return axis < 0;
  }

  /** Whether every device holds the tensor itself. */
  public boolean isWhole() {
    return axis < 0 && !sum;
  }

  /** Whether devices hold summands. */
  public boolean isSum() {
    return sum;
  }

  /** The indices that a device holds, in its order; of a divided tensor only. */
  public int[] part(int device) {
    return parts[device];
  }

  /** Whether no index is on two devices; false if undivided. */
  public boolean isDisjoint() {
    return axis >= 0 && disjoint(parts);
  }

  private static boolean disjoint(int[][] parts) {
    Set<Integer> seen = new HashSet<>();
    return Arrays.stream(parts).flatMapToInt(Arrays::stream).allMatch(seen::add);
  }

  /** How many indices of an axis of that size a device holds. */
  public int held(int device, int size) {
    return axis < 0 ? size : parts[device].length;
  }

  /** The shape of a device's share of a tensor. */
  public Shape local(Shape whole, int device) {
    return axis < 0 ? whole : whole.with(axis, parts[device].length);
  }

  /** The type of a device's share of a tensor. */
  public TensorType local(TensorType whole, int device) {
    return whole.with(local(whole.shape(), device));
  }

  /** Where in its share a device holds each index of its part. */
  public Map<Integer, Integer> positions(int device) {
    Map<Integer, Integer> at = new HashMap<>();
    for (int i = 0; i < parts[device].length; i++) {
      at.put(parts[device][i], i);
    }
    return at;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Layout l && devices == l.devices && axis == l.axis && sum == l.sum && Arrays.deepEquals(parts, l.parts);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.deepHashCode(parts) + axis;
  }

  /** As in {@code whole}, {@code axis 1: 48+48}, {@code sum}. */
  @Override
  public String toString() {
    String where = axis < 0 ? "" : "axis " + axis + ": " + String.join("+", Arrays.stream(parts).map(p -> Integer.toString(p.length)).toList());
    return sum ? where.isEmpty() ? "sum" : "sum, " + where : where.isEmpty() ? "whole" : where;
  }
}
