package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cardinal.io.onnx.OnnxModel;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation that is imported, with random shapes, against ONNX Runtime: once on tensors given with the run, once on tensors stored in the model. */
class EveryImporterTest {
  static Stream<String> operations() {
    return OnnxModel.supportedOperations().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void agreesWithOnnxRuntime(String op) {
    for (int seed = 0; seed < 4; seed++) {
      List<ImporterCases.Case> cases = new ImporterCases(new Random(31L * seed + op.hashCode())).of(op);
      assertFalse(cases.isEmpty(), op + " is imported but has no case in ImporterCases");
      for (int i = 0; i < cases.size(); i++) {
        Oracle.compare(op + " " + i + " given, seed " + seed, cases.get(i).model(true));
        Oracle.compare(op + " " + i + " stored, seed " + seed, cases.get(i).model(false));
      }
    }
  }
}
