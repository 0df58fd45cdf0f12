package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.conformance.CaseTable;
import dev.cardinal.conformance.OpCase;
import dev.cardinal.conformance.Samples;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.io.onnx.OnnxException;
import dev.cardinal.io.onnx.OnnxExport;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.Binary;
import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.Cast;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.Linear;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.Op;
import dev.cardinal.op.Pad;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Resize;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Slice;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.Transpose;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation there is: those of a network's inference form give in ONNX Runtime what the conformance suite's closed forms say, on its cases; the others are refused by name. An operation that is in
 * neither half fails here.
 */
class EveryExporterTest {
  private static final int CASES = 24;

  /** Those with an ONNX form. Unpooling's indices have one only behind their pooling; {@link OnnxExportTest} has such a pair. */
  private static final Set<Class<? extends Op>> EXPORTED = Set.of(Activation.class, AdaptiveAvgPool.class, AvgPool.class, BatchNormInference.class, Binary.class, BroadcastTo.class, Cast.class,
      ChannelShuffle.class, Concat.class, Conv.class, ConvBackwardData.class, Linear.class, Lrn.class, MatMul.class, MaxPool.class, Pad.class, Reduce.class, Reshape.class, Resize.class, Scale.class,
      Slice.class, Softmax.class, Transpose.class, Unary.class);

  static Stream<Class<?>> operations() {
    return Arrays.stream(Op.class.getPermittedSubclasses());
  }

  @ParameterizedTest
  @MethodSource("operations")
  void isExportedOrRefusedByName(Class<?> kind) {
    Class<? extends Op> op = kind.asSubclass(Op.class);
    int exported = 0;
    for (int i = 0; i < CASES; i++) {
      exported += exported(op, i) ? 1 : 0;
    }
    assertEquals(EXPORTED.contains(op) ? CASES : 0, exported, op.getSimpleName() + ": cases exported of " + CASES);
  }

  private static boolean exported(Class<? extends Op> op, int index) {
    Graph g = new Graph();
    if (op == Collective.class) {
      refused(g, Collective.allReduce(List.of(TensorType.f32(2)), 2, 0, 0, Collective.Phase.WHOLE), List.of(g.input("in0", TensorType.f32(2))));
      return false;
    }
    OpCase c = CaseTable.standard().draw(op, new Samples(5, op.getSimpleName(), index, false));
    HostTensor[] in = c.inputsAs(DType.F32);
    Map<String, HostTensor> given = new LinkedHashMap<>();
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < in.length; i++) {
      given.put("in" + i, in[i]);
      values.add(g.input("in" + i, in[i].type()));
    }
    if (!EXPORTED.contains(op)) {
      refused(g, c.op(), values);
      return false;
    }
    g.output("y", g.addAll(c.op(), values).get(0));
    byte[] model = OnnxExport.model(g, Map.of(), 0);
    // ONNX Runtime normalises responses of pictures in windows of odd size only.
    boolean lacking = c.op() instanceof Lrn l && (l.size() % 2 == 0 || in[0].shape().rank() != 4);
    HostTensor got = (lacking ? imported(model, given) : Oracle.run(model, given)).get("y");
    Oracle.close(c.toString(), c.expected(in).get(0), got, c.op() instanceof Cast ? 1e-2 : 1e-4);
    return true;
  }

  private static Map<String, HostTensor> imported(byte[] model, Map<String, HostTensor> given) {
    try (Device d = Devices.open("cpu:reference")) {
      return OnnxRun.run(OnnxModel.parse(model, null), d, given);
    }
  }

  private static void refused(Graph g, Op op, List<Value> values) {
    List<Value> y = g.addAll(op, values);
    g.output("y", y.get(0));
    String said = assertThrows(OnnxException.class, () -> OnnxExport.model(g, Map.of(), 0), op::opName).getMessage();
    assertTrue(said.contains(op instanceof MaxUnpool ? "unpooling" : op.opName()), op.opName() + ": " + said);
  }
}
