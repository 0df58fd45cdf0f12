package dev.cardinal.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {
  @Test
  void countsByHand() {
    ConfusionMatrix m = new ConfusionMatrix(List.of("a", "b", "c"));
    int[][] pairs = {{0, 0}, {0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}};
    for (int[] p : pairs) {
      m.add(p[0], p[1]);
    }
    assertEquals(6, m.total());
    assertEquals(4 / 6.0, m.accuracy());
    assertEquals(3 / 4.0, m.precision(0));
    assertEquals(3 / 4.0, m.recall(0));
    assertEquals(1 / 2.0, m.precision(1));
    assertEquals(1 / 2.0, m.recall(1));
    assertEquals(0.5, m.f1(1));
    assertEquals(1, m.count(0, 1));
    assertEquals(4, m.support(0));
    assertEquals(2, m.predictions(1));
    assertTrue(Double.isNaN(m.precision(2)) && Double.isNaN(m.recall(2)) && Double.isNaN(m.f1(2)));
    assertThrows(IndexOutOfBoundsException.class, () -> m.add(0, 3));
  }

  @Test
  void anEmptyMatrixHasNoAccuracy() {
    assertTrue(Double.isNaN(new ConfusionMatrix(List.of()).accuracy()));
  }
}
