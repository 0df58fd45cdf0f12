package dev.cardinal.conformance;

import dev.cardinal.graph.Graph;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A small network: a graph with its variables' first values and inputs.
 *
 * @param build appends the network to an empty graph: inputs, variables, outputs, assignments
 * @param values a value for an input or variable, from its name, its type and random numbers
 * @param steps runs one after the other, so that what is assigned is read again
 */
record NetworkCase(Consumer<Graph> build, Function<Request, HostTensor> values, int steps) {
  /** A value asked for. */
  record Request(String name, TensorType type, Samples samples) {}
}
