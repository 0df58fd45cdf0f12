package dev.cardinal.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvHistoryTest {
  @TempDir
  Path folder;

  @Test
  void rowsAreThereAtOnceAndExact() throws IOException {
    Path file = folder.resolve("results.csv");
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try (CsvHistory csv = CsvHistory.open(file, 0)) {
      EpochStats third = new EpochStats(1, 1 / 3.0, 0.25, Double.NaN, Double.NaN, Double.NaN, 1e-7, 12.5, 800);
      csv.append(third);
      assertEquals(List.of("epoch,train_loss,train_top1,test_loss,test_top1,test_top5,learning_rate,seconds,images_per_second",
          "1,0.3333333333333333,0.25,,,,1.0E-7,12.5,800.0"), Files.readAllLines(file));
      assertEquals(List.of(third), CsvHistory.read(file));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void resumingDropsWhatCameAfterTheCheckpoint() throws IOException {
    Path file = folder.resolve("results.csv");
    List<EpochStats> epochs = Samples.epochs(5);
    try (CsvHistory csv = CsvHistory.open(file, 0)) {
      for (EpochStats e : epochs) {
        csv.append(e);
      }
    }
    Files.writeString(file, "6,0.1,0.", StandardOpenOption.APPEND); // killed while writing
    assertEquals(epochs, CsvHistory.read(file));
    try (CsvHistory csv = CsvHistory.open(file, 3)) {
      assertEquals(epochs.subList(0, 3), csv.rows());
      csv.append(epochs.get(3));
      assertEquals(epochs.subList(0, 4), csv.rows());
    }
    assertEquals(epochs.subList(0, 4), CsvHistory.read(file));
    CsvHistory.open(file, 0).close();
    assertEquals(List.of(), CsvHistory.read(file));
  }

  @Test
  void otherFilesAreNotHistories() throws IOException {
    Path file = Files.writeString(folder.resolve("other.csv"), "a,b\n1,2\n");
    assertTrue(assertThrows(IOException.class, () -> CsvHistory.read(file)).getMessage().contains("first line"));
    CsvHistory.open(file, 0).close();
    Files.writeString(file, "1,2,x\n", StandardOpenOption.APPEND);
    assertTrue(assertThrows(IOException.class, () -> CsvHistory.read(file)).getMessage().contains("line 2"));
  }
}
