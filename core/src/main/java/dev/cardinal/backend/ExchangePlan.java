package dev.cardinal.backend;

import dev.cardinal.op.Collective;
import dev.cardinal.op.Layout;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A collective as runs of elements to copy from the devices' shares: for engines whose devices can read each other's memory. Elements are counted row by row in each share.
 *
 * @param runs what to copy, in order; of a sum, what to add to zeros
 * @param adds whether it is a sum
 * @param alone whether every device takes only from itself, so that nobody must meet
 */
public record ExchangePlan(List<Run> runs, boolean adds, boolean alone) {
  /**
   * Elements that lie together.
   *
   * @param source rank of the device they come from
   * @param from first element in its share
   * @param to first element in the result
   * @param length number of elements
   */
  public record Run(int source, long from, long to, long length) {}

  /** The plan of one device. */
  public static ExchangePlan of(Collective c) {
    boolean crossing = c.from().axis() >= 0 && c.to().axis() >= 0 && c.from().axis() != c.to().axis();
    return new ExchangePlan(crossing ? crossing(c) : alongOneAxis(c), c.from().isSum(), c.from().isWhole());
  }

  private static void append(List<Run> runs, int source, long from, long to, long length) {
    Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    if (last != null && last.source == source && last.from + last.length == from && last.to + last.length == to) {
      runs.set(runs.size() - 1, new Run(source, last.from, last.to, last.length + length));
    } else if (length > 0) {
      runs.add(new Run(source, from, to, length));
    }
  }

  private static long product(Shape s, int from, int to) {
    long p = 1;
    for (int i = from; i < to; i++) {
      p *= s.dim(i);
    }
    return p;
  }

  private static List<Run> alongOneAxis(Collective c) {
    Layout from = c.from();
    Layout to = c.to();
    Shape s = c.whole().shape();
    int axis = Math.max(from.axis(), to.axis());
    int size = axis < 0 ? 1 : s.dim(axis);
    long outer = axis < 0 ? 1 : product(s, 0, axis);
    long inner = axis < 0 ? s.size() : product(s, axis + 1, s.rank());
    int[][][] owners = owners(from, size, c.rank());
    int mine = to.held(c.rank(), size);
    List<Run> runs = new ArrayList<>();
    // One source after the other where there are sums, so that everybody adds in the order of the devices.
    int rounds = from.isSum() ? from.devices() : 1;
    for (int round = 0; round < rounds; round++) {
      for (long o = 0; o < outer; o++) {
        for (int j = 0; j < mine; j++) {
          int index = to.axis() < 0 ? j : to.part(c.rank())[j];
          for (int[] owner : owners[index]) {
            if (rounds == 1 || owner[0] == round) {
              append(runs, owner[0], (o * from.held(owner[0], size) + owner[1]) * inner, (o * mine + j) * inner, inner);
            }
          }
        }
      }
    }
    return runs;
  }

  /** For each index the devices to take it from, with its position there: all of a sum, otherwise itself if it can, or the first. */
  private static int[][][] owners(Layout from, int size, int rank) {
    List<List<int[]>> owners = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      owners.add(new ArrayList<>());
    }
    for (int e = 0; e < from.devices(); e++) {
      for (int p = 0; p < from.held(e, size); p++) {
        List<int[]> of = owners.get(from.axis() < 0 ? p : from.part(e)[p]);
        if (from.isSum() || of.isEmpty()) {
          of.add(new int[] {e, p});
        } else if (e == rank) {
          of.set(0, new int[] {e, p});
        }
      }
    }
    return owners.stream().map(l -> l.toArray(int[][]::new)).toArray(int[][][]::new);
  }

  private static List<Run> crossing(Collective c) {
    Shape s = c.whole().shape();
    int a = c.from().axis();
    int b = c.to().axis();
    int[] columns = c.to().part(c.rank());
    int first = Math.min(a, b);
    int second = Math.max(a, b);
    long outer = product(s, 0, first);
    long middle = product(s, first + 1, second);
    long inner = product(s, second + 1, s.rank());
    int[][][] owners = owners(c.from(), s.dim(a), c.rank());
    List<Run> runs = new ArrayList<>();
    int rounds = c.from().isSum() ? c.from().devices() : 1;
    for (int round = 0; round < rounds; round++) {
      for (long o = 0; o < outer; o++) {
        for (int p = 0; p < (first == a ? s.dim(a) : columns.length); p++) {
          for (long m = 0; m < middle; m++) {
            for (int q = 0; q < (first == a ? columns.length : s.dim(a)); q++) {
              int row = first == a ? p : q;
              int column = first == a ? q : p;
              for (int[] owner : owners[row]) {
                if (rounds == 1 || owner[0] == round) {
                  int rows = c.from().part(owner[0]).length;
                  long source = first == a ? ((o * rows + owner[1]) * middle + m) * s.dim(b) + columns[column] : ((o * s.dim(b) + columns[column]) * middle + m) * rows + owner[1];
                  long target = first == a ? ((o * s.dim(a) + row) * middle + m) * columns.length + column : ((o * columns.length + column) * middle + m) * s.dim(a) + row;
                  append(runs, owner[0], source * inner, target * inner, inner);
                }
              }
            }
          }
        }
      }
    }
    return runs;
  }
}
