package dev.cardinal.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.transform.Augmentations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LoaderTest {
  private static final Pipeline CIFAR = Augmentations.byName("cifar", 8);

  private static ArrayDataset data(int n) {
    List<Image> images = new ArrayList<>();
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      images.add(Pictures.gradient(8, 8, i));
      labels[i] = i % 3;
    }
    return new ArrayDataset(List.of("a", "b", "c"), images, labels);
  }

  private static List<Batch> epoch(Dataset data, LoaderOptions options, int epoch) {
    List<Batch> copies = new ArrayList<>();
    try (Loader loader = new Loader(data, CIFAR, options)) {
      for (Batch b : loader.epoch(epoch)) {
        copies.add(b.copy());
      }
    }
    return copies;
  }

  @Test
  void threadsAndPrefetchDoNotChangeABit() {
    ArrayDataset data = data(157);
    List<Batch> expected = epoch(data, new LoaderOptions(20, true, false, 4, 1, 1), 2);
    assertEquals(8, expected.size());
    for (int threads : new int[] {2, 5}) {
      List<Batch> batches = epoch(data, new LoaderOptions(20, true, false, 4, threads, 3), 2);
      for (int i = 0; i < expected.size(); i++) {
        assertTrue(expected.get(i).images().sameBits(batches.get(i).images()));
        assertTrue(expected.get(i).labels().sameBits(batches.get(i).labels()));
        assertArrayEquals(expected.get(i).indices(), batches.get(i).indices());
      }
    }
  }

  @Test
  void everySampleComesOnceAndEpochsDiffer() {
    ArrayDataset data = data(50);
    Set<List<Integer>> orders = new HashSet<>();
    for (int e = 0; e < 4; e++) {
      List<Integer> order = new ArrayList<>();
      for (Batch b : epoch(data, LoaderOptions.training(8, 1), e)) {
        for (int r = 0; r < b.count(); r++) {
          order.add(b.indices()[r]);
          assertEquals(data.label(b.indices()[r]), b.labels().ints()[r]);
        }
      }
      assertEquals(50, new HashSet<>(order).size());
      assertEquals(50, order.size());
      orders.add(order);
    }
    assertEquals(4, orders.size());
  }

  /** The same sample is augmented differently in each epoch, and the same way wherever it lands in the order. */
  @Test
  void augmentationBelongsToEpochAndSample() {
    ArrayDataset data = data(40);
    float[][] shuffled = rows(epoch(data, new LoaderOptions(8, true, false, 7, 2, 2), 3), 40);
    float[][] ordered = rows(epoch(data, new LoaderOptions(5, false, false, 7, 2, 2), 3), 40);
    float[][] other = rows(epoch(data, new LoaderOptions(5, false, false, 7, 2, 2), 4), 40);
    int same = 0;
    for (int i = 0; i < 40; i++) {
      assertArrayEquals(shuffled[i], ordered[i]);
      same += Arrays.equals(ordered[i], other[i]) ? 1 : 0;
    }
    assertTrue(same < 10, same + " samples look the same in two epochs");
  }

  private static float[][] rows(List<Batch> batches, int n) {
    float[][] rows = new float[n][];
    int length = CIFAR.length();
    for (Batch b : batches) {
      for (int r = 0; r < b.count(); r++) {
        rows[b.indices()[r]] = Arrays.copyOfRange(b.images().floats(), r * length, (r + 1) * length);
      }
    }
    return rows;
  }

  @Test
  void theTailIsPaddedByRepeating() {
    List<Batch> batches = epoch(data(10), LoaderOptions.evaluation(7), 0);
    Batch tail = batches.get(1);
    assertEquals(3, tail.count());
    assertArrayEquals(new int[] {7, 8, 9, 7, 8, 9, 7}, tail.indices());
    assertArrayEquals(new int[] {1, 2, 0, -1, -1, -1, -1}, tail.labels().ints());
    int length = CIFAR.length();
    float[] f = tail.images().floats();
    assertArrayEquals(Arrays.copyOfRange(f, 0, length), Arrays.copyOfRange(f, 6 * length, 7 * length));
    Batch only = epoch(data(3), LoaderOptions.evaluation(8), 0).get(0);
    assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2, 0, 1}, only.indices());
  }

  @Test
  void theTailCanBeDropped() {
    assertEquals(1, epoch(data(10), LoaderOptions.training(7, 0).withDropLast(true), 0).size());
    String message = assertThrows(IllegalArgumentException.class,
        () -> new Loader(data(10), CIFAR, LoaderOptions.training(11, 0).withDropLast(true))).getMessage();
    assertEquals("a batch of 11 is larger than the data set of 10 images; use a batch of at most 10", message);
  }

  /** Counts what is asked for; sample {@code bad} cannot be read. */
  private record Watched(ArrayDataset all, AtomicInteger asked, int bad) implements Dataset {
    @Override
    public int size() {
      return all.size();
    }

    @Override
    public List<String> classes() {
      return all.classes();
    }

    @Override
    public int label(int i) {
      return all.label(i);
    }

    @Override
    public String name(int i) {
      return "picture " + i;
    }

    @Override
    public Image image(int i) throws IOException {
      asked.incrementAndGet();
      if (i == bad) {
        throw new DataException(name(i) + " is broken");
      }
      return all.image(i);
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public void close() {}
  }

  @Test
  void prefetchIsBounded() throws Exception {
    Watched data = new Watched(data(400), new AtomicInteger(), -1);
    try (Loader loader = new Loader(data, CIFAR, new LoaderOptions(10, true, false, 0, 2, 3)); BatchIterator batches = loader.epoch(0)) {
      batches.next();
      // The one delivered and three ahead; then, however long one waits, no more.
      for (int i = 0; i < 1000 && data.asked.get() < 40; i++) {
        Thread.sleep(10);
      }
      Thread.sleep(50);
      assertEquals(40, data.asked.get());
      batches.next();
    }
  }

  @Test
  void anUnreadableSampleSurfacesAtNext() {
    Watched data = new Watched(data(40), new AtomicInteger(), 25);
    try (Loader loader = new Loader(data, CIFAR, LoaderOptions.evaluation(10))) {
      BatchIterator batches = loader.epoch(0);
      batches.next();
      batches.next();
      UncheckedIOException e = assertThrows(UncheckedIOException.class, batches::next);
      assertEquals("picture 25 is broken", e.getMessage());
      assertFalse(batches.hasNext());
      // The loader survives.
      assertEquals(10, loader.epoch(1).next().count());
    }
  }

  @Test
  void aPictureThatDoesNotFitIsNamed() {
    Dataset data = new ArrayDataset("set/", List.of("a", "b"), List.of(Pictures.gradient(8, 8, 1), Pictures.gradient(9, 8, 2)), new int[] {0, 1});
    Pipeline plain = new Pipeline(8, 8, List.of(), Normalize.IMAGENET);
    try (Loader loader = new Loader(data, plain, LoaderOptions.evaluation(2)); BatchIterator batches = loader.epoch(0)) {
      String message = assertThrows(IllegalArgumentException.class, batches::next).getMessage();
      assertEquals("set/1: an image of 9x8 is 9x8 after the transforms, the pipeline makes 8x8; add a resize or a crop", message);
    }
  }

  @Test
  void buffersAreRecycledAfterTheNextCall() {
    try (Loader loader = new Loader(data(200), CIFAR, new LoaderOptions(10, true, false, 0, 2, 3))) {
      Set<float[]> arrays = new HashSet<>();
      for (int e = 0; e < 3; e++) {
        for (Batch b : loader.epoch(e)) {
          arrays.add(b.images().floats());
        }
      }
      assertTrue(arrays.size() <= 6, arrays.size() + " arrays");
    }
  }

  @Test
  void epochsCanBeGivenUpAndLoadersClosed() {
    Loader loader = new Loader(data(200), CIFAR, LoaderOptions.training(10, 0));
    try (BatchIterator batches = loader.epoch(0)) {
      batches.next();
    }
    BatchIterator open = loader.epoch(1);
    open.next();
    loader.close();
    assertThrows(IllegalStateException.class, open::next);
    assertThrows(IllegalStateException.class, () -> loader.epoch(2));
    BatchIterator done = new Loader(data(3), CIFAR, LoaderOptions.evaluation(3)).epoch(0);
    done.next();
    assertThrows(NoSuchElementException.class, done::next);
  }
}
