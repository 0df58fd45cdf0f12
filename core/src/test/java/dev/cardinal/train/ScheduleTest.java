package dev.cardinal.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static double at(String schedule, double epoch, Double... losses) {
    return Schedule.parse(schedule).factor(new Schedule.Progress(Math.round(epoch * 10), 10, 100, List.of(losses)));
  }

  @Test
  void steps() {
    assertEquals(1, at("constant", 50));
    assertEquals(1, at("step:30", 29.9));
    assertEquals(0.1, at("step:30", 30), 1e-12);
    assertEquals(0.25, at("step:30:0.5", 60), 1e-12);
    assertEquals(1, at("multistep:40,80", 39));
    assertEquals(0.1, at("multistep:40,80", 40), 1e-12);
    assertEquals(0.01, at("multistep:40,80", 99), 1e-12);
  }

  @Test
  void curves() {
    assertEquals(1, at("cosine", 0), 1e-12);
    assertEquals(0.5, at("cosine", 50), 1e-12);
    assertEquals(0, at("cosine", 100), 1e-12);
    assertEquals(0.04, at("onecycle", 0), 1e-12);
    assertEquals(1, at("onecycle", 25), 1e-12);
    assertEquals(0.5, at("onecycle:0.2", 60), 1e-12);
    assertEquals(0, at("onecycle", 100), 1e-12);
    assertEquals(1.0 / 51, at("warmup:5+constant", 0), 1e-12);
    assertEquals(0.5, at("warmup:5+cosine", 50), 1e-12);
  }

  @Test
  void plateauDividesByTenWhenTheLossStopsFalling() {
    assertEquals(1, at("plateau:2", 3, 3.0, 2.0, 2.5));
    assertEquals(0.1, at("plateau:2", 4, 3.0, 2.0, 2.5, 2.0), 1e-12);
    assertEquals(0.1, at("plateau:2", 5, 3.0, 2.0, 2.5, 2.0, 1.0), 1e-12);
    assertEquals(0.01, at("plateau:2", 7, 3.0, 2.0, 2.5, 2.0, 1.0, 1.0, 1.0), 1e-12);
  }

  @Test
  void nonsenseIsRefusedWithTheForms() {
    for (String bad : List.of("cosinus", "step", "step:x", "step:0", "multistep:a", "warmup:+cosine")) {
      String m = assertThrows(IllegalArgumentException.class, () -> Schedule.parse(bad)).getMessage();
      assertTrue(m.contains(bad) && m.contains("onecycle"), m);
    }
  }
}
