package dev.cardinal.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhiloxTest {
  private static int[] block(long key, long stream, long index) {
    int[] out = new int[4];
    Philox.block(key, stream, index, out, 0);
    return out;
  }

  /** The known-answer vectors of Random123 1.14 (kat_vectors, philox4x32 with 10 rounds); counter words 0 and 1 are the index, 2 and 3 the stream. */
  @Test
  void knownAnswers() {
    assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
    assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1));
    // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: the digits of pi.
    assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}, block(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L));
  }

  @Test
  void wordsAreThoseOfTheBlocks() {
    for (int i = 0; i < 64; i++) {
      assertEquals(block(5, 9, i / 4)[i % 4], Philox.word(5, 9, i));
    }
  }

  @Test
  void uniformsAreInRangeAndEven() {
    assertEquals(0f, Philox.toUniform(0));
    assertEquals(1 - 0x1p-24f, Philox.toUniform(-1));
    int[] bins = new int[16];
    int n = 160_000;
    for (int i = 0; i < n; i++) {
      bins[(int) (Philox.toUniform(Philox.word(1, 2, i)) * 16)]++;
    }
    // Chi-squared with 15 degrees of freedom: above 37.7 once in a thousand.
    double chi = Arrays.stream(bins).mapToDouble(b -> (b - n / 16.0) * (b - n / 16.0) / (n / 16.0)).sum();
    assertTrue(chi < 37.7, "chi-squared " + chi);
  }

  @Test
  void generatorsReadTheirStreamInOrder() {
    PhiloxRandom r = new PhiloxRandom(3, 4);
    for (int i = 0; i < 20; i++) {
      assertEquals(Philox.word(3, 4, i), r.nextInt());
    }
  }

  @Test
  void permutationsHoldEveryNumber() {
    for (int n = 0; n < 40; n++) {
      int[] p = new PhiloxRandom(n, 1).permutation(n);
      Arrays.sort(p);
      assertArrayEquals(IntStream.range(0, n).toArray(), p);
    }
  }
}
