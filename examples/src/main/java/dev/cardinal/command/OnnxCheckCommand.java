package dev.cardinal.command;

import dev.cardinal.backend.Device;
import dev.cardinal.io.onnx.OnnxCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs ONNX models on the test data beside them. */
@Command(name = "check", description = {"Runs each ONNX model on the test_data_set_*/input_*.pb beside it and compares with output_*.pb.",
    "Prints one line per model (PASS, FAIL, UNSUPPORTED, or NO DATA where there is nothing to compare with) and a total. The exit code is 1 if any failed."})
final class OnnxCheckCommand extends DeviceCommand {
  @Parameters(arity = "1..*", paramLabel = "FILE|DIR", description = "Models, or folders to search for .onnx files.")
  List<Path> places;

  @Option(names = "--rtol", paramLabel = "X", defaultValue = "1e-3", description = "Tolerance relative to the expected value; ${DEFAULT-VALUE} if not said.")
  double rtol;

  @Option(names = "--atol", paramLabel = "X", defaultValue = "1e-5", description = "Absolute tolerance, added to the relative one; ${DEFAULT-VALUE} if not said.")
  double atol;

  @Override
  int execute() throws IOException {
    if (!(rtol >= 0) || !(atol >= 0)) {
      throw usage("--rtol and --atol must not be negative, got " + rtol + " and " + atol);
    }
    List<Path> models = OnnxCheck.models(places);
    if (models.isEmpty()) {
      throw usage("there is no .onnx file in " + places);
    }
    Map<OnnxCheck.Status, Integer> count = new EnumMap<>(OnnxCheck.Status.class);
    try (Device engine = openDevice()) {
      OnnxCheck check = new OnnxCheck(engine, rtol, atol);
      for (Path p : models) {
        OnnxCheck.Result r = check.check(p);
        count.merge(r.status(), 1, Integer::sum);
        say("%s", r);
        result(object().put("model", p.toString()).put("status", r.status().name()).put("detail", r.detail()));
      }
    }
    int untested = count.getOrDefault(OnnxCheck.Status.NO_DATA, 0);
    say("total %d: %d passed, %d failed, %d unsupported%s", models.size(), count.getOrDefault(OnnxCheck.Status.PASS, 0), count.getOrDefault(OnnxCheck.Status.FAIL, 0),
        count.getOrDefault(OnnxCheck.Status.UNSUPPORTED, 0), untested == 0 ? "" : ", " + untested + " without test data");
    return count.containsKey(OnnxCheck.Status.FAIL) ? Failures.FAILED : 0;
  }
}
