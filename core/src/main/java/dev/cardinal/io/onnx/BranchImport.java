package dev.cardinal.io.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** If, where its condition follows from sizes and stored tensors, as that of a squeeze of an axis of unknown size does: the branch that is taken becomes part of the graph. */
final class BranchImport {
  private BranchImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("If", BranchImport::branch);
  }

  private static void branch(NodeImport n) {
    GraphProto then = n.attributes().graph("then_branch");
    GraphProto otherwise = n.attributes().graph("else_branch");
    if (then == null || otherwise == null) {
      throw n.broken("needs a then_branch and an else_branch");
    }
    GraphProto taken = n.scalar(0) != 0 ? then : otherwise;
    int outputs = n.node().outputs().size();
    if (taken.getOutputCount() != outputs || taken.getSparseInitializerCount() > 0) {
      throw n.broken("has a branch with " + taken.getOutputCount() + " outputs and " + taken.getSparseInitializerCount() + " sparse tensors for " + outputs + " outputs");
    }
    n.graph().branch(taken);
    for (int i = 0; i < outputs; i++) {
      n.alias(i, n.graph().operand(taken.getOutput(i).getName()));
    }
  }

  /** A node's inputs, and what its branches read from around them. */
  static List<String> reads(NodeProto n) {
    Set<String> all = new LinkedHashSet<>();
    for (AttributeProto a : n.getAttributeList()) {
      if (a.hasG()) {
        all.addAll(captured(a.getG()));
      }
    }
    List<String> reads = new ArrayList<>(n.getInputList());
    reads.addAll(all);
    return reads;
  }

  private static Set<String> captured(GraphProto g) {
    Set<String> own = new HashSet<>();
    g.getInitializerList().forEach(t -> own.add(t.getName()));
    g.getInputList().forEach(i -> own.add(i.getName()));
    Set<String> free = new LinkedHashSet<>();
    for (NodeProto n : g.getNodeList()) {
      free.addAll(reads(n));
      own.addAll(n.getOutputList());
    }
    g.getOutputList().forEach(o -> free.add(o.getName()));
    free.removeAll(own);
    free.remove("");
    return free;
  }
}
