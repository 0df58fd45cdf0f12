package dev.cardinal.jmh;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A program that runs one operation {@value #TIMES} times on the same operands, which lie on the device: so that bringing them into the layout that the operation wants, which happens once in a run,
 * weighs little.
 */
final class Repeated implements AutoCloseable {
  static final int TIMES = 16;

  private final Device device;
  private final Variables variables;
  private final Graph graph = new Graph();
  private Program program;

  Repeated(String device) {
    this.device = Devices.open(device);
    this.variables = this.device.newVariables();
  }

  /** An operand with values from -0.5 to 0.5, or only positive ones. */
  Value operand(String name, boolean positive, int... dims) {
    TensorType type = new TensorType(DType.F32, Shape.of(dims));
    variables.write(name, HostTensor.generate(type, i -> (i * 37L % 64 + 1) / 64.0 - (positive ? 0 : 0.5)));
    return graph.variable(name, type);
  }

  /** Appends an operation once, for operands of others. */
  List<Value> once(Op op, Value... in) {
    return graph.addAll(op, Arrays.asList(in));
  }

  /** The operation to repeat; compiles the program. */
  Repeated times(Op op, Value... in) {
    for (int i = 0; i < TIMES; i++) {
      graph.addAll(op, Arrays.asList(in));
    }
    return compiled();
  }

  /** An operation that overwrites its operands, whose new values begin the next run. */
  Repeated update(Op op, List<Value> in) {
    List<Value> out = graph.addAll(op, in);
    for (int i = 0; i < out.size(); i++) {
      int target = op.overwrites(i, in.size());
      if (target >= 0) {
        graph.assign(in.get(target), out.get(i));
      }
    }
    return compiled();
  }

  private Repeated compiled() {
    program = device.compile(graph, variables, CompileOptions.defaults());
    return this;
  }

  void run() {
    program.run(Map.of());
  }

  /** Arithmetic of a run, two operations a multiply-add. */
  long flops() {
    return graph.nodes().stream().map(Node::cost).mapToLong(c -> 2 * c.macs()).sum();
  }

  /** Traffic of a run if every operand is read and every result written once. */
  long bytes() {
    return graph.nodes().stream().map(Node::cost).mapToLong(c -> c.bytesRead() + c.bytesWritten()).sum();
  }

  @Override
  public void close() {
    program.close();
    variables.close();
    device.close();
  }
}
