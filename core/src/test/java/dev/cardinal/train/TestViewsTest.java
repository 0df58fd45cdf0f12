package dev.cardinal.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestViewsTest {
  private final HostTensor picture = HostTensor.of(Shape.of(1, 1, 2, 3), 1f, 2f, 3f, 4f, 5f, 6f);

  @Test
  void thePictureAlone() {
    List<TestViews.View> v = TestViews.PLAIN.of(picture);
    assertEquals(1, v.size());
    assertEquals(1, v.get(0).weight());
    assertArrayEquals(picture.floats(), v.get(0).images().floats());
  }

  @Test
  void mirrorsAndShifts() {
    List<TestViews.View> v = new TestViews(true, true).of(picture);
    float[][] expected = {{1, 2, 3, 4, 5, 6}, {1, 1, 2, 1, 1, 2}, {5, 6, 6, 5, 6, 6}, {3, 2, 1, 6, 5, 4}, {3, 3, 2, 3, 3, 2}, {5, 4, 4, 5, 4, 4}};
    float[] weights = {0.25f, 0.125f, 0.125f, 0.25f, 0.125f, 0.125f};
    assertEquals(expected.length, v.size());
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], v.get(i).images().floats(), "view " + i);
      assertEquals(weights[i], v.get(i).weight());
    }
  }
}
