package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.UnsupportedOnDeviceException;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Runs models on the test data beside them, as ONNX's own test models have it: {@code test_data_set_0/input_0.pb}, {@code output_0.pb}. */
public final class OnnxCheck {
  /** How a check ended. */
  public enum Status {
    /** Every output agrees. */
    PASS,
    /** An output differs, or the model does not run. */
    FAIL,
    /** The model uses something that Cardinal does not have. */
    UNSUPPORTED,
    /** There is no test data beside the model: it was read, and run if its inputs have sizes, but nothing was compared. */
    NO_DATA
  }

  /**
   * The result for one model.
   *
   * @param detail the largest error, or what went wrong
   */
  public record Result(Path model, Status status, String detail) {
    /** As a line: {@code PASS path}, {@code FAIL max error … path}, {@code UNSUPPORTED op … path}, {@code NO DATA … path}. */
    @Override
    public String toString() {
      return status.name().replace('_', ' ') + (detail.isEmpty() ? "" : " " + detail) + "  " + model;
    }
  }

  private final Device device;
  private final double rtol;
  private final double atol;

  /** With the tolerance |got - expected| ≤ atol + rtol |expected|. */
  public OnnxCheck(Device device, double rtol, double atol) {
    this.device = device;
    this.rtol = rtol;
    this.atol = atol;
  }

  /** The models in files and, at any depth, in folders; sorted by path. */
  public static List<Path> models(List<Path> places) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path p : places) {
      if (Files.isDirectory(p)) {
        try (Stream<Path> all = Files.walk(p, FileVisitOption.FOLLOW_LINKS)) {
          all.filter(f -> f.getFileName().toString().endsWith(".onnx") && Files.isRegularFile(f)).sorted().forEach(found::add);
        }
      } else {
        found.add(p);
      }
    }
    return found;
  }

  /** Checks one model on every data set beside it. Never throws for what is wrong with the model. */
  public Result check(Path file) {
    try {
      OnnxModel model = OnnxModel.read(file);
      List<Path> sets = entries(file.toAbsolutePath().getParent(), "test_data_set_");
      if (sets.isEmpty()) {
        return new Result(file, Status.NO_DATA, untested(model));
      }
      double worst = 0;
      for (Path set : sets) {
        Difference d = difference(model, set);
        if (d.beyond > 0) {
          String error = String.format(Locale.ROOT, "max error %.3g in %s of %s (%d of %d elements beyond tolerance)", d.max, d.output, set.getFileName(), d.beyond, d.elements);
          return new Result(file, Status.FAIL, error);
        }
        worst = Math.max(worst, d.max);
      }
      return new Result(file, Status.PASS, String.format(Locale.ROOT, "max error %.2g", worst));
    } catch (UnsupportedOnnxException e) {
      return new Result(file, Status.UNSUPPORTED, e.feature());
    } catch (UnsupportedOnDeviceException e) {
      return new Result(file, Status.UNSUPPORTED, e.getMessage());
    } catch (OnnxException | DeviceException | IOException e) {
      return new Result(file, Status.FAIL, e.getMessage());
    } catch (IllegalArgumentException | OutOfMemoryError e) {
      return new Result(file, Status.FAIL, "it does not run: " + e.getMessage());
    }
  }

  /** Runs a model on noise, where its inputs say what they want; a free batch is 1. */
  private String untested(OnnxModel model) {
    Map<String, HostTensor> noise = new LinkedHashMap<>();
    PhiloxRandom random = new PhiloxRandom(0, 0);
    for (OnnxModel.Port p : model.inputs()) {
      if (p.dims() == null || p.dims().stream().skip(1).anyMatch(d -> d < 0) || !p.dtype().isFloating()) {
        model.requireSupported();
        return "no test_data_set_* beside it, not run: input " + p + " leaves open what to give";
      }
      List<Long> dims = p.dims().stream().map(d -> d < 0 ? 1 : d).toList();
      TensorType type = new TensorType(p.dtype(), OnnxTensors.shape(dims, "input '" + p.name() + "'"));
      noise.put(p.name(), HostTensor.generate(type, i -> random.nextGaussian()));
    }
    Map<String, HostTensor> out = OnnxRun.run(model, device, noise);
    boolean finite = out.values().stream().allMatch(t -> IntStream.range(0, t.size()).allMatch(i -> Double.isFinite(t.get(i))));
    return "no test_data_set_* beside it, runs on noise" + (finite ? "" : ", with outputs that are not finite");
  }

  private record Difference(double max, long beyond, long elements, String output) {}

  private Difference difference(OnnxModel model, Path set) throws IOException {
    Map<String, HostTensor> out = OnnxRun.run(model, device, inputs(model, set));
    List<Path> files = entries(set, "output_");
    if (files.isEmpty()) {
      throw new OnnxException(set + " has no output_*.pb");
    }
    Difference worst = new Difference(0, 0, 0, "");
    for (int i = 0; i < files.size(); i++) {
      if (i >= model.outputs().size()) {
        throw new OnnxException(set + " has " + files.size() + " outputs, the model " + model.outputs().size());
      }
      String name = model.outputs().get(i).name();
      Difference d = compare(name, out.get(name), OnnxTensors.ofPort(OnnxTensors.parse(files.get(i)), set, model.outputs().get(i).dtype()));
      if (d.beyond > 0) {
        return d;
      }
      worst = d.max >= worst.max ? d : worst;
    }
    return worst;
  }

  private Difference compare(String name, HostTensor got, HostTensor expected) {
    if (!got.shape().equals(expected.shape())) {
      throw new OnnxException("output '" + name + "' has shape " + got.shape() + ", expected " + expected.shape());
    }
    double max = 0;
    long beyond = 0;
    double relative = Math.max(rtol, ulp(got.dtype()));
    for (int i = 0; i < got.size(); i++) {
      double a = got.get(i);
      double b = expected.get(i);
      if (a == b || Double.isNaN(a) && Double.isNaN(b)) {
        continue;
      }
      double error = Math.abs(a - b);
      max = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(max, error);
      beyond += error <= atol + relative * Math.abs(b) ? 0 : 1;
    }
    return new Difference(max, beyond, got.size(), name);
  }

  /** What one unit in the last place of a type of 16 bits may be worth: what was computed in float32 and rounded once need not round to the same side. */
  private static double ulp(DType d) {
    return d == DType.BF16 ? 0x1p-7 : d == DType.F16 ? 0x1p-10 : 0;
  }

  /** By name where every file names an input, else by position among the inputs that need a value. */
  private static Map<String, HostTensor> inputs(OnnxModel model, Path set) throws IOException {
    List<TensorProto> tensors = new ArrayList<>();
    for (Path p : entries(set, "input_")) {
      tensors.add(OnnxTensors.parse(p));
    }
    Map<String, OnnxModel.Port> byName = new LinkedHashMap<>();
    model.declaredInputs().forEach(p -> byName.put(p.name(), p));
    List<OnnxModel.Port> ports = tensors.stream().map(t -> byName.get(t.getName())).toList();
    if (ports.contains(null) || ports.stream().distinct().count() < ports.size()) {
      ports = tensors.size() == model.declaredInputs().size() ? model.declaredInputs() : model.inputs();
    }
    if (tensors.size() != ports.size()) {
      throw new OnnxException(set + " has " + tensors.size() + " inputs, the model needs " + ports);
    }
    Map<String, HostTensor> map = new LinkedHashMap<>();
    for (int i = 0; i < ports.size(); i++) {
      map.put(ports.get(i).name(), OnnxTensors.ofPort(tensors.get(i), set, ports.get(i).dtype()));
    }
    return map;
  }

  /** Entries of a folder by the number behind the prefix. */
  private static List<Path> entries(Path folder, String prefix) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(p -> p.getFileName().toString().matches(prefix + "\\d{1,9}(\\.pb)?")).sorted(Comparator.comparingInt((Path p) -> number(p, prefix))).toList();
    }
  }

  private static int number(Path p, String prefix) {
    return Integer.parseInt(p.getFileName().toString().substring(prefix.length()).replace(".pb", ""));
  }
}
