package dev.cardinal.cuda.plan;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.tensor.Shape;
import java.util.Map;

/** Steps that bring a value from one form to another. */
final class Conversion {
  private static final String FAMILY = "convert";
  private static final int THREADS = 256;
  private static final int MOST_BLOCKS = 4096;
  private static final int TILE = 32;
  private static final int TILE_ROWS = 8;

  private Conversion() {}

  /** Whether both orders are the same for a shape: it has one channel, or one position. */
  static boolean sameOrder(Shape s) {
    return s.rank() < 3 || s.dim(1) == 1 || s.spatialSize() == 1;
  }

  static void add(CudaBuild build, Shape shape, Slot x, Form from, Slot y, Form to) {
    if (shape.size() == 0) {
      return;
    }
    Map<String, String> macros = Map.of("FROM", String.valueOf(CudaBuild.storageNumber(from.storage())), "TO", String.valueOf(CudaBuild.storageNumber(to.storage())));
    if (from.order() == to.order() || sameOrder(shape)) {
      build.auxiliary("Convert", FAMILY, "convert_elements", macros, LaunchShape.over(shape.size(), THREADS, MOST_BLOCKS), Arg.in(x), Arg.out(y), Arg.of(shape.size()));
      return;
    }
    int channels = shape.dim(1);
    int positions = Math.toIntExact(shape.spatialSize());
    boolean fromRows = from.order() == Order.ROWS;
    int rows = fromRows ? channels : positions;
    int columns = fromRows ? positions : channels;
    int rowTiles = (rows + TILE - 1) / TILE;
    int columnTiles = (columns + TILE - 1) / TILE;
    int blocks = Math.toIntExact((long) shape.dim(0) * rowTiles * columnTiles);
    build.auxiliary("Convert", FAMILY, "convert_transposed", macros, new LaunchShape(blocks, 1, 1, TILE, TILE_ROWS, 1, 0), Arg.in(x), Arg.out(y), Arg.of(rows), Arg.of(columns), Arg.of(rowTiles),
        Arg.of(columnTiles));
  }
}
