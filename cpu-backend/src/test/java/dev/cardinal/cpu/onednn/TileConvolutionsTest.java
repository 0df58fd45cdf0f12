package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Convolutions by tiles against the reference: small whole numbers, so that every sum is exact. Results must be right on every processor; that it was tiles that computed them is checked where there are
 * some.
 */
class TileConvolutionsTest {
  private static final String DETAIL = "tiles";
  private static final int CASES = 24;
  /** What tiles take at least. */
  private static final long FEWEST_MACS = 4 << 20;
  private static final long MOST_MACS = 12_000_000;
  /** ReLU may give zeros of either sign. */
  private static final float EITHER_ZERO = 1e-3f;
  /** Parts of numbers below the smallest normal one are lost, and the weights that they are multiplied by add up to less than eight. */
  private static final float LOST = 8 * Float.MIN_NORMAL;
  private static final float FRACTION = 1f / 256;
  private final PhiloxRandom random = new PhiloxRandom(41, 3);
  private final WholeNumbers numbers = new WholeNumbers(random);
  private Device cpu;
  private Device reference;
  @TempDir
  Path temporary;

  @BeforeEach
  void open() {
    cpu = Devices.open("cpu");
    reference = Devices.open("cpu:reference");
  }

  @AfterEach
  void close() {
    cpu.close();
    reference.close();
  }

  /** Maps, weights and how they meet. */
  private record Meeting(ConvGeometry geometry, TensorType x, TensorType w) {
    TensorType y() {
      return new Conv(geometry).infer(List.of(x, w)).get(0);
    }

    Spatial kernel() {
      return Spatial.of(w.shape().spatial());
    }

    Spatial size() {
      return Spatial.of(x.shape().spatial());
    }

    int in() {
      return x.shape().dim(1);
    }

    int out() {
      return w.shape().dim(0);
    }

    /** Multiply-adds of a direction that writes so many positions in each sample. */
    long macs(TensorType written) {
      return written.shape().dim(0) * written.shape().spatialSize() * w.shape().size();
    }

    boolean isLarge() {
      return Math.min(macs(x), macs(y())) >= FEWEST_MACS;
    }

    boolean forwardByTiles() {
      return in() / geometry.groups() % 32 == 0;
    }

    /** With more padding than the window reaches back, some outputs depend on no input. */
    boolean backwardByTiles() {
      boolean reached = true;
      for (int a = 0; a < geometry.rank(); a++) {
        reached &= Math.max(geometry.padLow().at(a), geometry.padHigh().at(a)) <= (kernel().at(a) - 1) * geometry.dilation().at(a);
      }
      return reached && out() / geometry.groups() % 32 == 0;
    }
  }

  private Meeting meeting(int i) {
    int rank = 1 + i % 2;
    int groups = i % 3 == 2 ? 2 : 1;
    boolean pointwise = i % 4 == 3;
    while (true) {
      int in = groups == 2 ? 2 * 32 * (2 + random.nextInt(2)) : 16 * (1 + random.nextInt(6));
      int out = groups == 2 ? 2 * 32 * (2 + random.nextInt(2)) : 16 * (1 + random.nextInt(6));
      int[] kernel = numbers.sizes(rank, 1, pointwise ? 1 : 4);
      int[] dilation = numbers.sizes(rank, 1, 2);
      int[] low = numbers.sizes(rank, 0, pointwise ? 1 : 3);
      int[] high = numbers.sizes(rank, 0, pointwise ? 1 : 3);
      int[] size = numbers.sizes(rank, 1, rank == 1 ? 2000 : 40);
      boolean fits = true;
      for (int a = 0; a < rank; a++) {
        fits &= size[a] + low[a] + high[a] > dilation[a] * (kernel[a] - 1);
      }
      ConvGeometry g = new ConvGeometry(Spatial.all(rank, 1), Spatial.of(low), Spatial.of(high), Spatial.of(dilation), groups);
      Meeting m = new Meeting(g, TensorType.f32(WholeNumbers.dims(1 + random.nextInt(4), in, size)), TensorType.f32(WholeNumbers.dims(out, in / groups, kernel)));
      if (fits && m.isLarge() && Math.max(m.macs(m.x), m.macs(m.y())) <= MOST_MACS) {
        return m;
      }
    }
  }

  /** What the engine gives, the same bits twice. */
  private float[] run(boolean byTiles, Op op, HostTensor... in) {
    Graph g = new Graph();
    List<Value> values = new ArrayList<>();
    Map<String, HostTensor> given = new HashMap<>();
    for (int i = 0; i < in.length; i++) {
      values.add(g.input("in" + i, in[i].type()));
      given.put("in" + i, in[i]);
    }
    g.output("out", g.add(op, values.toArray(new Value[0])));
    try (Variables v = cpu.newVariables(); Program p = cpu.compile(g, v, new CompileOptions(true))) {
      p.run(given);
      boolean tiles = p.profile().stream().anyMatch(t -> t.detail().equals(DETAIL));
      assertEquals(byTiles && TileCode.isThere(), tiles, () -> op + " of " + Arrays.toString(in) + ": " + p.profile());
      HostTensor first = p.read("out");
      p.run(given);
      assertTrue(first.sameBits(p.read("out")), () -> "bits of a second run of " + op);
      return first.floats();
    }
  }

  private float[] wanted(Op op, HostTensor... in) {
    return SingleOp.run(reference, op, in).get(0).floats();
  }

  private void exact(boolean byTiles, Op op, HostTensor... in) {
    assertArrayEquals(wanted(op, in), run(byTiles, op, in), EITHER_ZERO, () -> op + " of " + Arrays.toString(in));
  }

  private static void assumeTiles() {
    Assumptions.assumeTrue(TileCode.isThere(), "this processor has no tiles, or they are turned off");
  }

  @Test
  void areExact() {
    for (int i = 0; i < CASES; i++) {
      Meeting m = meeting(i);
      ConvGeometry g = m.geometry;
      HostTensor x = numbers.tensor(m.x);
      HostTensor w = numbers.tensor(m.w);
      HostTensor dy = numbers.tensor(m.y());
      Activation.Kind kind = i % 2 == 0 ? Activation.Kind.RELU : Activation.Kind.RELU6;
      exact(m.forwardByTiles(), new Conv(g), x, w);
      exact(m.forwardByTiles(), new Conv(g), x, w, numbers.tensor(m.out()));
      exact(m.forwardByTiles(), new Conv(g, kind), x, w, numbers.tensor(m.out()));
      exact(m.backwardByTiles(), new ConvBackwardData(g, m.size()), dy, w);
      exact(m.backwardByTiles(), new ConvBackwardData(g, m.size(), kind), dy, w, numbers.tensor(m.in()));
      exact(true, new ConvBackwardWeights(g, m.kernel()), x, dy);
    }
  }

  /** Otherwise this would prove little: of the random shapes some are for tiles and some are not. */
  @Test
  void manyAreByTiles() {
    int forward = 0;
    int backward = 0;
    for (int i = 0; i < CASES; i++) {
      Meeting m = meeting(i);
      forward += m.forwardByTiles() ? 1 : 0;
      backward += m.backwardByTiles() ? 1 : 0;
    }
    assertTrue(forward > CASES / 3 && forward < CASES, forward + " of " + CASES);
    assertTrue(backward > CASES / 3 && backward < CASES, backward + " of " + CASES);
  }

  /** Without a bias or an activation for the positions between, where there is nothing to compute. */
  @Test
  void onesWithAStride() {
    strided(ConvGeometry.of(2).withStride(2, 2), TensorType.f32(2, 64, 33, 47), 1, 1);
    strided(ConvGeometry.of(2).withStride(1, 2), TensorType.f32(1, 64, 60, 21), 1, 1);
    strided(ConvGeometry.of(2).withStride(3, 1), TensorType.f32(3, 64, 40, 17), 1, 1);
    strided(ConvGeometry.of(1).withStride(3), TensorType.f32(4, 64, 500), 1);
    strided(ConvGeometry.of(2, 2, 1, 1, 1), TensorType.f32(2, 64, 40, 40), 3, 3);
    strided(ConvGeometry.of(2, 2, 2, 1, 1), TensorType.f32(2, 64, 29, 32), 5, 5);
    strided(ConvGeometry.of(2).withStride(2, 3), TensorType.f32(3, 64, 30, 31), 2, 2);
  }

  private void strided(ConvGeometry g, TensorType x, int... kernel) {
    Meeting m = new Meeting(g, x, TensorType.f32(WholeNumbers.dims(128, 64, kernel)));
    HostTensor w = numbers.tensor(m.w);
    HostTensor dy = numbers.tensor(m.y());
    exact(true, new Conv(g), numbers.tensor(x), w);
    exact(true, new Conv(g, Activation.Kind.RELU), numbers.tensor(x), w, numbers.tensor(m.out()));
    exact(true, new ConvBackwardData(g, m.size()), dy, w);
    exact(false, new ConvBackwardData(g, m.size(), Activation.Kind.RELU), dy, w, numbers.tensor(m.in()));
    exact(true, new ConvBackwardWeights(g, m.kernel()), numbers.tensor(x), dy);
  }

  @Test
  void otherShapesAreNot() {
    others(ConvGeometry.of(2, 1, 1, 1, 1), "three channels", TensorType.f32(2, 3, 64, 64), TensorType.f32(64, 3, 3, 3));
    others(ConvGeometry.of(2, 1, 1, 1, 1), "odd channels", TensorType.f32(2, 40, 20, 20), TensorType.f32(40, 40, 3, 3));
    others(ConvGeometry.of(2, 1, 1, 1, 1), "little work", TensorType.f32(1, 32, 8, 8), TensorType.f32(32, 32, 3, 3));
    others(ConvGeometry.of(2, 1, 1, 1, 4), "groups of 32", TensorType.f32(2, 128, 20, 20), TensorType.f32(128, 32, 3, 3));
    others(ConvGeometry.of(3, 1, 1, 1, 1), "volumes", TensorType.f32(1, 32, 6, 6, 6), TensorType.f32(32, 32, 3, 3, 3));
  }

  private void others(ConvGeometry g, String what, TensorType x, TensorType w) {
    Meeting m = new Meeting(g, x, w);
    assertEquals(!what.equals("little work"), m.isLarge(), what);
    exact(false, new Conv(g, Activation.Kind.RELU), numbers.tensor(x), numbers.tensor(w), numbers.tensor(m.out()));
    exact(false, new ConvBackwardData(g, m.size()), numbers.tensor(m.y()), numbers.tensor(w));
    exact(false, new ConvBackwardWeights(g, m.kernel()), numbers.tensor(x), numbers.tensor(m.y()));
  }

  @Test
  void otherActivationsAreNot() {
    Meeting m = new Meeting(ConvGeometry.of(2, 1, 1, 1, 1), TensorType.f32(1, 32, 24, 24), TensorType.f32(32, 32, 3, 3));
    HostTensor x = numbers.tensor(m.x);
    HostTensor w = numbers.tensor(m.w);
    Op op = new Conv(m.geometry, Activation.Kind.TANH);
    assertArrayEquals(wanted(op, x, w), run(false, op, x, w), 1e-5f);
  }

  /** With a window, with positions all in a line, and of two groups. */
  private static List<Meeting> kinds() {
    return List.of(new Meeting(ConvGeometry.of(2, 1, 1, 1, 1), TensorType.f32(1, 32, 16, 16), TensorType.f32(64, 32, 3, 3)),
        new Meeting(ConvGeometry.of(2, 1, 0, 1, 1), TensorType.f32(2, 64, 24, 24), TensorType.f32(64, 64, 1, 1)),
        new Meeting(ConvGeometry.of(1, 1, 2, 2, 2), TensorType.f32(2, 128, 90), TensorType.f32(128, 64, 3)));
  }

  private HostTensor special(TensorType type) {
    HostTensor t = numbers.tensor(type);
    for (float f : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      t.set(random.nextInt(t.size()), f);
    }
    return t;
  }

  /** What is not finite in the reference's result is not finite in this one, and other results are exact. (The library's kernels differ: padding is no term of a sum, and ReLU of NaN is zero.) */
  @Test
  void infinitiesAndNotANumberStaySo() {
    assumeTiles();
    for (Meeting m : kinds()) {
      ConvGeometry g = m.geometry;
      HostTensor x = numbers.tensor(m.x);
      HostTensor w = numbers.tensor(m.w);
      HostTensor dy = numbers.tensor(m.y());
      HostTensor bias = numbers.tensor(m.out());
      sameWhereFinite(new Conv(g), special(m.x), w, bias);
      sameWhereFinite(new Conv(g), x, w, special(bias.type()));
      sameWhereFinite(new ConvBackwardData(g, m.size()), special(dy.type()), w);
      notLost(new Conv(g, Activation.Kind.RELU), special(m.x), w, bias);
      // Products with the zeros of padding are terms of sums, too.
      notLost(new Conv(g), x, special(m.w));
      notLost(new ConvBackwardData(g, m.size()), dy, special(m.w));
      notLost(new ConvBackwardWeights(g, m.kernel()), special(m.x), dy);
      notLost(new ConvBackwardWeights(g, m.kernel()), x, special(dy.type()));
    }
  }

  private void sameWhereFinite(Op op, HostTensor... in) {
    float[] wanted = wanted(op, in);
    float[] got = run(true, op, in);
    for (int i = 0; i < wanted.length; i++) {
      int place = i;
      if (Float.isFinite(wanted[i])) {
        assertEquals(wanted[i], got[i], EITHER_ZERO, () -> op + ", element " + place);
      } else {
        assertFalse(Float.isFinite(got[i]), () -> op + ", element " + place + ": " + got[place] + " for " + wanted[place]);
      }
    }
  }

  private void notLost(Op op, HostTensor... in) {
    float[] wanted = wanted(op, in);
    float[] got = run(true, op, in);
    int count = 0;
    for (int i = 0; i < wanted.length; i++) {
      int place = i;
      if (!Float.isFinite(wanted[i])) {
        count++;
        assertFalse(Float.isFinite(got[i]), () -> op + ", element " + place + ": " + got[place] + " for " + wanted[place]);
      } else if (Float.isFinite(got[i])) {
        assertEquals(wanted[i], got[i], EITHER_ZERO, () -> op + ", element " + place);
      }
    }
    assertTrue(count > 0, "none to see");
  }

  /** Numbers below the smallest normal one, or with bits below it, or among others. */
  private HostTensor small(TensorType type, int kind) {
    return HostTensor.generate(type, i -> {
      double sign = random.nextInt(2) * 2 - 1;
      return switch (kind) {
        case 0 -> sign * Float.MIN_VALUE * random.nextInt(1 << 23);
        case 1 -> sign * Float.MIN_NORMAL * (1 + random.nextInt(1 << 23) * 0x1p-20);
        default -> random.nextInt(3) == 0 ? sign * Float.MIN_VALUE * random.nextInt(1 << 23) : random.nextInt(9) - 4;
      };
    });
  }

  private HostTensor fractions(TensorType type) {
    return HostTensor.generate(type, i -> (random.nextInt(9) - 4) * FRACTION);
  }

  @Test
  void numbersTooSmallForTilesDoNoHarm() {
    assertTrue(LOST < 1e-37);
    for (Meeting m : kinds()) {
      ConvGeometry g = m.geometry;
      for (int kind = 0; kind < 3; kind++) {
        near(new Conv(g), small(m.x, kind), fractions(m.w), small(TensorType.f32(m.out()), kind));
        near(new Conv(g, Activation.Kind.RELU), small(m.x, kind), fractions(m.w));
        near(new Conv(g), fractions(m.x), small(m.w, kind));
        near(new ConvBackwardData(g, m.size()), small(m.y(), kind), fractions(m.w));
        near(new ConvBackwardWeights(g, m.kernel()), small(m.x, kind), fractions(m.y()));
      }
    }
  }

  private void near(Op op, HostTensor... in) {
    assertArrayEquals(wanted(op, in), run(true, op, in), LOST, () -> op + " of " + Arrays.toString(in));
  }

  /** Prints what ran a convolution that is for tiles, in a Java of its own. */
  static final class Printer {
    private Printer() {}

    public static void main(String[] none) {
      Meeting m = kinds().get(0);
      Graph g = new Graph();
      g.output("y", g.add(new Conv(m.geometry), g.input("x", m.x), g.input("w", m.w)));
      try (Device d = Devices.open("cpu"); Variables v = d.newVariables(); Program p = d.compile(g, v, new CompileOptions(true))) {
        p.run(Map.of("x", HostTensor.generate(m.x, i -> i % 9 - 4), "w", HostTensor.generate(m.w, i -> i % 7 - 3)));
        System.out.println("tiles " + p.profile().stream().anyMatch(t -> t.detail().equals(DETAIL)) + " " + Arrays.hashCode(p.read("y").floats()));
      }
    }
  }

  @Test
  void aPropertyTurnsThemOff() throws Exception {
    assumeTiles();
    OwnJava java = new OwnJava(temporary);
    String with = java.printed(Printer.class, "tiles");
    String without = java.printed(Printer.class, "tiles", "-Dcardinal.cpu.tiles=false");
    assertTrue(with.startsWith("true "), with);
    assertEquals(with.replace("true", "false"), without);
  }
}
