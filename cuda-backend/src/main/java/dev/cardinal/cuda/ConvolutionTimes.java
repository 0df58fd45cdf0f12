package dev.cardinal.cuda;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Times the convolutions of a list on the first GPU, in the three directions, and prints a JSON object a line: what the comparison with another library is made of. Times are of the steps that compute,
 * without those that bring inputs and outputs from and to the host's form.
 */
public final class ConvolutionTimes {
  private static final int RUNS = 30;
  private static final int BATCH = 64;
  private static final int WORDS = 9;

  private ConvolutionTimes() {}

  /** Arguments: the file with the list, the precision ({@code float16}), and the batch if it is not 64. */
  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      System.err.println("usage: ConvolutionTimes LIST PRECISION [BATCH]");
      System.exit(2);
    }
    int batch = args.length > 2 ? Integer.parseInt(args[2]) : BATCH;
    Precision precision = Precision.valueOf(args[1].toUpperCase(Locale.ROOT));
    try (Device device = new CudaProvider().open("cuda:0", new DeviceOptions(0, false, precision))) {
      time(device, Files.readAllLines(Path.of(args[0])), batch, args[1], System.out);
    }
  }

  /** Times the convolutions of a list's lines. */
  static void time(Device device, List<String> lines, int batch, String precision, PrintStream out) {
    for (String line : lines) {
      String[] words = line.strip().split("\\s+");
      if (words.length == WORDS && !line.startsWith("#")) {
        time(device, words, batch, precision, out);
      }
    }
  }

  private static void time(Device device, String[] words, int batch, String precision, PrintStream out) {
    boolean transposed = words[1].equals("transposed");
    int[] n = new int[WORDS - 2];
    for (int i = 0; i < n.length; i++) {
      n[i] = Integer.parseInt(words[i + 2]);
    }
    int groups = n[2];
    ConvGeometry g = ConvGeometry.of(2, n[4], n[5], 1, groups);
    Spatial kernel = Spatial.all(2, n[3]);
    Shape x = Shape.of(batch, n[0], n[6], n[6]);
    Spatial in = Spatial.all(2, n[6]);
    Spatial size = transposed ? g.transposedOutputSize(in, kernel, Spatial.all(2, 0)) : g.outputSize(in, kernel);
    Shape y = Shape.of(batch, n[1], size.toArray());
    Shape w = transposed ? Shape.of(n[0], n[1] / groups, kernel.toArray()) : Shape.of(n[1], n[0] / groups, kernel.toArray());
    // A transposed convolution's directions are those of the other.
    measure(device, words[0], "forward", transposed ? new ConvBackwardData(g, size) : new Conv(g), x, w, batch, precision, out);
    measure(device, words[0], "data", transposed ? new Conv(g) : new ConvBackwardData(g, in), y, w, batch, precision, out);
    measure(device, words[0], "weights", new ConvBackwardWeights(g, kernel), transposed ? y : x, transposed ? x : y, batch, precision, out);
  }

  private static void measure(Device device, String name, String direction, Op op, Shape first, Shape second, int batch, String precision, PrintStream out) {
    Graph graph = new Graph();
    Value a = graph.input("a", new TensorType(DType.F32, first));
    Value b = graph.input("b", new TensorType(DType.F32, second));
    // Maps come out of an operation before, as they do in networks, so that they are in the program's form.
    boolean weights = op instanceof ConvBackwardWeights;
    Value left = graph.add(new Activation(Activation.Kind.RELU), a);
    Value right = weights ? graph.add(new Activation(Activation.Kind.RELU), b) : b;
    graph.output("out", graph.add(op, left, right));
    Map<String, HostTensor> given = Map.of("a", HostTensor.zeros(a.type()), "b", HostTensor.zeros(b.type()));
    try (Variables none = device.newVariables(); Program p = device.compile(graph, none, new CompileOptions(true))) {
      p.run(given);
      List<NodeTime> warm = p.profile();
      for (int i = 0; i < RUNS; i++) {
        p.run(given);
      }
      List<NodeTime> all = p.profile();
      double seconds = 0;
      for (int i = 0; i < all.size(); i++) {
        seconds += all.get(i).op().equals(op.opName()) ? all.get(i).seconds() - warm.get(i).seconds() : 0;
      }
      String how = all.stream().filter(t -> t.op().equals(op.opName())).map(NodeTime::detail).collect(Collectors.joining(" + "));
      out.printf(Locale.ROOT, "{\"kind\": \"op\", \"name\": \"%s\", \"batch\": %d, \"direction\": \"%s\", \"precision\": \"%s\", \"ms\": %.6f, \"how\": \"%s\"}%n", name, batch, direction, precision,
          seconds / RUNS * 1e3, how);
    }
  }
}
