package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * An ONNX file, read and checked: every name is defined once and before it is used, there are no cycles, and tensors have the data that their shapes say. Sizes of activations are not known yet; they
 * follow from the inputs that {@link OnnxSession} or {@link OnnxModule} are given.
 */
public final class OnnxModel {
  /** The first opset that is read; older models are, if all their operations were then what they are in this one. */
  public static final int MIN_OPSET = 7;
  /** The last opset that is read. 22 adds nothing to 21 but element types. */
  public static final int MAX_OPSET = 22;
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  /**
   * An input or output as the file declares it.
   *
   * @param dims sizes, -1 where one is free; {@code null} if even the number of axes is
   */
  public record Port(String name, DType dtype, List<Long> dims) {
    @Override
    public String toString() {
      return name + " " + dtype + (dims == null ? "[…]" : dims.toString().replace("-1", "?"));
    }
  }

  private final String producer;
  private final long irVersion;
  private final int opset;
  private final List<OnnxNode> nodes;
  private final Map<String, HostTensor> initializers;
  private final List<Port> inputs;
  private final List<Port> allInputs;
  private final List<Port> outputs;

  private OnnxModel(ModelProto m, int opset, Path folder) {
    GraphProto g = m.getGraph();
    this.producer = (m.getProducerName() + " " + m.getProducerVersion()).strip();
    this.irVersion = m.getIrVersion();
    this.opset = opset;
    this.initializers = initializers(g, folder);
    this.allInputs = g.getInputList().stream().map(OnnxModel::port).toList();
    this.inputs = allInputs.stream().filter(p -> !initializers.containsKey(p.name())).toList();
    this.outputs = g.getOutputList().stream().map(OnnxModel::port).toList();
    this.nodes = sorted(nodes(g));
    Set<String> known = new HashSet<>(initializers.keySet());
    inputs.forEach(p -> require(known.add(p.name()), "input '" + p.name() + "' is declared twice"));
    nodes.forEach(n -> known.addAll(n.outputs()));
    require(!outputs.isEmpty(), "it has no outputs");
    outputs.forEach(p -> require(known.contains(p.name()), "output '" + p.name() + "' is computed by no node"));
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   * @throws OnnxException if it is broken, or of an opset outside {@value #MIN_OPSET} to {@value #MAX_OPSET}
   */
  public static OnnxModel read(Path file) throws IOException {
    byte[] bytes;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new OnnxException(file + " is larger than 2 GiB; protocol buffers end there, keep the weights in external files");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": no such file", e);
    }
    try {
      return parse(bytes, file.toAbsolutePath().getParent());
    } catch (UnsupportedOnnxException e) {
      throw e;
    } catch (OnnxException e) {
      throw new OnnxException(file + ": " + e.getMessage(), e);
    }
  }

  /** Reads a model from bytes; {@code folder} is where external data may lie, {@code null} for none. */
  public static OnnxModel parse(byte[] bytes, Path folder) {
    ModelProto m;
    try {
      m = ModelProto.parseFrom(limited(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new OnnxException("it is not an ONNX model: " + e.getMessage().replace('\n', ' '), e);
    } catch (IOException e) {
      throw new OnnxException("it cannot be read: " + e.getMessage(), e);
    }
    require(m.hasGraph(), "it is not an ONNX model: there is no graph in it");
    if (m.getFunctionsCount() > 0) {
      throw new UnsupportedOnnxException("local functions", "the model defines " + m.getFunctions(0).getName());
    }
    int opset = -1;
    for (OperatorSetIdProto o : m.getOpsetImportList()) {
      if (ownDomain(o.getDomain())) {
        boolean old = o.getVersion() > 0 && o.getVersion() < MIN_OPSET
            && m.getGraph().getNodeList().stream().allMatch(n -> ownDomain(n.getDomain()) && Importers.unchangedSince(n.getOpType()) <= o.getVersion());
        if (!old && (o.getVersion() < MIN_OPSET || o.getVersion() > MAX_OPSET)) {
          throw new UnsupportedOnnxException("opset " + o.getVersion(), "opsets " + MIN_OPSET + " to " + MAX_OPSET + " are read, convert it with ONNX's version converter");
        }
        opset = (int) o.getVersion();
      }
    }
    if (opset < 0) {
      m.getGraph().getNodeList().stream().filter(n -> !ownDomain(n.getDomain())).findFirst().ifPresent(n -> {
        throw new UnsupportedOnnxException("op " + n.getDomain() + "." + n.getOpType(), "the model uses no operations of ONNX itself");
      });
    }
    require(opset > 0, "it does not say which opset it uses");
    if (m.getGraph().getSparseInitializerCount() > 0) {
      throw new UnsupportedOnnxException("sparse initializers", "");
    }
    return new OnnxModel(m, opset, folder);
  }

  /** A stream that refuses to nest deeply or to allocate on a lying length. */
  static CodedInputStream limited(byte[] bytes) {
    CodedInputStream in = CodedInputStream.newInstance(bytes);
    in.setRecursionLimit(64);
    return in;
  }

  private static boolean ownDomain(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  private static void require(boolean ok, String problem) {
    if (!ok) {
      throw new OnnxException(problem);
    }
  }

  private static Map<String, HostTensor> initializers(GraphProto g, Path folder) {
    Map<String, HostTensor> map = new LinkedHashMap<>();
    for (TensorProto t : g.getInitializerList()) {
      require(!t.getName().isEmpty(), "an initializer has no name");
      require(map.put(t.getName(), OnnxTensors.read(t, folder)) == null, "initializer '" + t.getName() + "' is there twice");
    }
    return map;
  }

  private static Port port(ValueInfoProto v) {
    String what = "'" + v.getName() + "'";
    if (!v.getType().hasTensorType()) {
      throw new UnsupportedOnnxException("type of " + what, "it is not a tensor but " + v.getType().getValueCase());
    }
    List<Long> dims = null;
    if (v.getType().getTensorType().hasShape()) {
      dims = new ArrayList<>();
      for (TensorShapeProto.Dimension d : v.getType().getTensorType().getShape().getDimList()) {
        dims.add(d.hasDimValue() && d.getDimValue() >= 0 ? d.getDimValue() : -1L);
      }
      dims = Collections.unmodifiableList(dims);
    }
    return new Port(v.getName(), OnnxTensors.dtype(v.getType().getTensorType().getElemType(), what), dims);
  }

  static List<OnnxNode> nodes(GraphProto g) {
    List<OnnxNode> list = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (NodeProto n : g.getNodeList()) {
      String type = ownDomain(n.getDomain()) ? n.getOpType() : n.getDomain() + "." + n.getOpType();
      String name = n.getName().isEmpty() ? n.getOpType() + "_" + list.size() : n.getName();
      while (!names.add(name)) {
        name += "_" + list.size();
      }
      Map<String, AttributeProto> attributes = new LinkedHashMap<>();
      for (AttributeProto a : n.getAttributeList()) {
        require(attributes.put(a.getName(), a) == null, type + " '" + name + "' has the attribute " + a.getName() + " twice");
      }
      list.add(new OnnxNode(name, type, List.copyOf(BranchImport.reads(n)), List.copyOf(n.getOutputList()), attributes));
    }
    return list;
  }

  /** In order of execution (Kahn 1962), keeping the file's order where it is one. */
  private List<OnnxNode> sorted(List<OnnxNode> all) {
    Set<String> known = new HashSet<>(initializers.keySet());
    allInputs.forEach(p -> known.add(p.name()));
    Map<String, Integer> maker = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      for (String o : all.get(i).outputs()) {
        boolean once = o.isEmpty() || !known.contains(o) && maker.put(o, i) == null;
        require(once, "value '" + o + "' is defined twice, the second time by " + all.get(i));
      }
    }
    Map<Integer, List<Integer>> readers = new HashMap<>();
    int[] waiting = new int[all.size()];
    TreeSet<Integer> ready = new TreeSet<>();
    for (int i = 0; i < all.size(); i++) {
      Set<Integer> makers = new LinkedHashSet<>();
      for (String in : all.get(i).inputs()) {
        if (!in.isEmpty() && !known.contains(in)) {
          require(maker.containsKey(in), all.get(i) + " reads '" + in + "', which is neither an input, nor an initializer, nor computed by a node");
          makers.add(maker.get(in));
        }
      }
      for (int m : makers) {
        readers.computeIfAbsent(m, k -> new ArrayList<>()).add(i);
      }
      waiting[i] = makers.size();
      if (makers.isEmpty()) {
        ready.add(i);
      }
    }
    List<OnnxNode> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      int i = ready.pollFirst();
      order.add(all.get(i));
      for (int r : readers.getOrDefault(i, List.of())) {
        if (--waiting[r] == 0) {
          ready.add(r);
        }
      }
    }
    for (int i = 0; i < all.size(); i++) {
      require(waiting[i] == 0, "its nodes form a cycle through " + all.get(i));
    }
    return order;
  }

  /** What wrote the file. */
  public String producer() {
    return producer;
  }

  /** Version of the file format. */
  public long irVersion() {
    return irVersion;
  }

  /** Version of the operations. */
  public int opset() {
    return opset;
  }

  /** Inputs that a run must be given: those without an initializer. */
  public List<Port> inputs() {
    return inputs;
  }

  /** All declared inputs, those with a default value included. */
  public List<Port> declaredInputs() {
    return allInputs;
  }

  /** Outputs. */
  public List<Port> outputs() {
    return outputs;
  }

  /** Weights and other stored tensors by name. */
  public Map<String, HostTensor> initializers() {
    return Collections.unmodifiableMap(initializers);
  }

  /** Nodes in order of execution. */
  List<OnnxNode> nodes() {
    return nodes;
  }

  /**
   * What the last layer with weights on the way to the first output reads: where to put another head.
   *
   * @throws OnnxException if the output does not come straight from such a layer
   */
  public String headInput() {
    Map<String, OnnxNode> makers = new HashMap<>();
    nodes.forEach(n -> n.outputs().forEach(o -> makers.put(o, n)));
    OnnxNode n = makers.get(outputs.get(0).name());
    while (n != null && !Set.of("Gemm", "MatMul", "Conv").contains(n.type())) {
      List<OnnxNode> before = n.inputs().stream().map(makers::get).filter(m -> m != null && !m.type().equals("Constant")).toList();
      n = before.size() == 1 ? before.get(0) : null;
    }
    require(n != null, "there is no single Gemm, MatMul or Conv in front of output '" + outputs.get(0).name() + "'; name the value to end with");
    return n.inputs().get(0);
  }

  /** How often each operation occurs, by name. */
  public Map<String, Integer> operations() {
    Map<String, Integer> count = new java.util.TreeMap<>();
    nodes.forEach(n -> count.merge(n.type(), 1, Integer::sum));
    return count;
  }

  /** The operations that can be imported, by name. A form of one may still be refused. */
  public static SortedSet<String> supportedOperations() {
    return Importers.names();
  }

  /** The operations that cannot be imported, by name. */
  public Set<String> unsupportedOperations() {
    Set<String> missing = new TreeSet<>(operations().keySet());
    missing.removeIf(Importers::has);
    return missing;
  }

  /** Refuses a model with operations that cannot be imported, naming the first. */
  void requireSupported() {
    for (String o : unsupportedOperations()) {
      throw new UnsupportedOnnxException("op " + o, "");
    }
  }

  /** Number of values in floating-point initializers, single numbers and the running statistics of normalisation aside. */
  public long parameterCount() {
    Set<String> statistics = new HashSet<>();
    nodes.stream().filter(n -> n.type().equals("BatchNormalization") && n.inputs().size() == 5).forEach(n -> statistics.addAll(n.inputs().subList(3, 5)));
    return initializers.entrySet().stream().filter(e -> e.getValue().dtype().isFloating() && e.getValue().shape().rank() > 0 && !statistics.contains(e.getKey())).mapToLong(e -> e.getValue().size()).sum();
  }
}
