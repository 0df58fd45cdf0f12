package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong usage, help, and the commands that compute nothing. */
final class UsageTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      train --net resnet19             | there is no network resnet19; the zoo has resnext-mini
      train --schedule sometimes       | unknown schedule 'sometimes'; use one of constant
      train --optimizer lbfgs          | there is no optimiser lbfgs; use sgd, nesterov, adam or adamw
      train --augment much             | unknown augmentation 'much'; use one of none
      train --epochs 0                 | epochs must be at least 1, got 0
      train --epochs many              | Invalid value for option '--epochs': 'many' is not an int
      train --lr -1                    | the learning rate must be above 0, got -1.0
      train --average 1                | the decay of weight averaging must be at least 0 and below 1, got 1.0
      train --label-smoothing 1.5      | --label-smoothing must be at least 0 and below 1, got 1.5
      train --ephocs 3                 | Unknown options: '--ephocs', '3'; Possible solutions: --epochs
      train --resume . --lr 1          | --lr cannot be changed when a run is resumed
      train --threads -1               | --threads must be at least 1, got -1
      eval                             | Missing required parameter: 'CHECKPOINT'
      predict runs/train-1             | Missing required parameter: 'PICTURE'
      bench                            | Missing required parameter: 'NET'
      bench lenet5 --mode guess        | Invalid value for option '--mode'
      bench alexnet --size 32          | alexnet takes pictures of at least 67x67, got 32x32
      trian                            | Unmatched argument at index 0: 'trian'; Did you mean: cardinal plan or cardinal train?
      """)
  void wrongUsageIsOneLineAndExitCode2(String arguments, String message) {
    Ran r = Ran.cardinal((Object[]) arguments.split(" "));
    assertEquals(2, r.code(), r.err());
    assertTrue(r.line().contains(message), r.line());
    assertTrue(r.line().contains("--help"), r.line());
    assertEquals("", r.out());
  }

  @Test
  void withoutACommandItSaysWhichThereAre() {
    Ran r = Ran.cardinal();
    assertEquals(2, r.code());
    assertTrue(r.line().contains("name a command: train"), r.line());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "train", "eval", "predict", "bench", "zoo", "summary", "devices", "doctor", "version"})
  void helpIsEverywhere(String command) {
    Ran r = command.isEmpty() ? Ran.cardinal("--help") : Ran.cardinal(command, "--help");
    assertEquals(0, r.code());
    assertTrue(r.out().contains("Usage: cardinal"), r.out());
    assertFalse(r.out().contains("null"), r.out());
  }

  @Test
  void devicesListsEveryEngineAndJsonSaysTheSame() throws Exception {
    Ran plain = Ran.cardinal("devices");
    assertEquals(0, plain.code());
    Ran json = Ran.cardinal("devices", "--json");
    List<String> lines = json.out().lines().toList();
    assertEquals(plain.out().lines().count(), lines.size());
    for (String name : List.of("cuda:0", "cpu:reference")) {
      assertTrue(plain.out().contains(name), plain.out());
      assertTrue(json.out().contains("\"device\":\"" + name + "\""), json.out());
    }
  }

  @Test
  void doctorComputesOnTheUsableDevices() throws Exception {
    Ran r = Ran.cardinal("doctor", "--json");
    assertEquals(0, r.code(), r.err());
    assertTrue(r.json().path("ok").asBoolean());
    assertTrue(r.json().path("findings").toString().contains("a grouped convolution came out right"), r.out());
    assertTrue(r.err().contains("--device auto uses"), r.err());
  }

  @Test
  void versionIsThatOfTheBuild() throws Exception {
    assertEquals(Version.cardinal(), Ran.cardinal("version", "--json").json().path("cardinal").asText());
    assertTrue(Version.cardinal().matches("\\d+\\..*"), Version.cardinal());
  }
}
